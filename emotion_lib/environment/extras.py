"""Packages that only some uses need, and the error where one of them is missing.

A light installation reads pictures. All other uses need an extra of the package, such as
``emotion-lib[video]``; pyproject.toml lists them.
"""

import importlib.util
import os
from typing import NamedTuple

from ..errors import EmotionError


class Optional(NamedTuple):
    """A package of an extra.

    Attributes:
        package: its name, as pip takes it.
        extra: that of emotion-lib which brings it.
        purpose: what needs it.
    """

    package: str
    extra: str
    purpose: str


# By the name of the module that is imported. The extra lab includes video. Video brings tables and
# figures too, with cv2, so that whoever lacks only these needs more than videos.
OPTIONAL = {
    "cv2": Optional("opencv-python", "video", "videos, cameras and the detector haar"),
    "gradio": Optional("gradio", "app", "the page"),
    "fastapi": Optional("fastapi", "app", "the page and its API"),
    "starlette": Optional("fastapi", "app", "the page and its API"),
    "jinja2": Optional("gradio", "app", "the page"),
    "uvicorn": Optional("uvicorn", "app", "the page and its API"),
    "h11": Optional("uvicorn", "app", "the page and its API"),  # which requires it
    "prometheus_client": Optional("prometheus-client", "app", "figures of the server"),
    "pi_heif": Optional("pi-heif", "app", "photographs in the format HEIC"),
    "mcp": Optional("mcp", "mcp", "emotion app --mcp"),
    "keras": Optional("keras", "lab", "training, evaluation and models that are not compiled"),
    "tensorflow": Optional("tensorflow", "lab", "Keras, which computes on it"),
    "h5py": Optional("h5py", "lab", "HDF5 files"),
    "scipy": Optional("scipy", "lab", "statistics and tracks of faces"),
    "pandas": Optional("pandas", "lab", "data sets and tables"),
    "matplotlib": Optional("matplotlib", "lab", "figures"),
    "seaborn": Optional("seaborn", "lab", "figures"),
    "sklearn": Optional("scikit-learn", "lab", "metrics and splits"),
    "joblib": Optional("joblib", "lab", "classifiers of scikit-learn"),
    "skimage": Optional("scikit-image", "lab", "histograms of oriented gradients"),
    "iterstrat": Optional("iterative-stratification", "lab", "splits of several labels"),
    "kagglehub": Optional("kagglehub", "lab", "a download of FER-2013"),
    "papermill": Optional("papermill", "lab", "running notebooks"),
    "nbformat": Optional("nbformat", "lab", "reading notebooks"),
    "nbconvert": Optional("nbconvert", "lab", "notebooks as HTML"),
    "pygments": Optional("pygments", "lab", "the report as HTML"),  # nbconvert requires it
    "bs4": Optional("beautifulsoup4", "lab", "the report as HTML"),
    "doit": Optional("doit", "lab", "the series of notebooks"),
    "huggingface_hub": Optional("huggingface-hub", "lab", "the model card"),
    "imagehash": Optional("imagehash", "lab", "near copies of images"),
    "cleanlab": Optional("cleanlab", "lab", "doubtful labels"),
    "optuna": Optional("optuna", "lab", "a search for hyper-parameters"),
    "ray": Optional("ray", "distributed", "--engine ray"),
    "pyarrow": Optional("pyarrow", "distributed", "--engine ray"),
    "tf2onnx": Optional("tf2onnx", "export", "models in the format ONNX"),
    "onnx": Optional("onnx", "export", "models in the format ONNX"),
    "onnxruntime": Optional("onnxruntime", "export", "models in the format ONNX"),
    "torch": Optional("torch", "bench", "the comparison with PyTorch"),
    "motmetrics": Optional("motmetrics", "bench", "figures of trackers"),
    "trackers": Optional("trackers", "bench", "the comparison with other trackers"),
    "supervision": Optional("supervision", "bench", "the comparison with other trackers"),
}


class MissingPackageError(EmotionError, ImportError):
    """A package of an extra is not installed, or does not load; the message says what to do."""


def require(module: str) -> None:
    """Raise an error unless a module of :data:`OPTIONAL` is installed.

    It is called before the first import of an optional package, so that the error is the same
    everywhere.

    Raises:
        MissingPackageError: the module's package is not installed.

    Example:
        >>> require("cv2")
    """
    if importlib.util.find_spec(module) is None:
        raise MissingPackageError(_message(module), name=module)


def explained(error: ImportError) -> ImportError:
    """Return the error to raise for a failed import.

    Returns:
        A :class:`MissingPackageError` if an optional package is missing or cannot be loaded; else
        the error itself, which is a bug.
    """
    if isinstance(error, MissingPackageError):
        return error
    if "libGL" in str(error):
        message = (
            f"Expected OpenCV to load. Received: {error}. Install the system packages libgl1 and "
            "libglib2.0-0; in a checkout, `make system` does."
        )
        return MissingPackageError(message, name=error.name)
    backend = os.environ.get("KERAS_BACKEND")
    if backend is not None and error.name == backend:
        message = (
            f"Expected the Keras backend that KERAS_BACKEND names. Received: {backend}, which is "
            "not installed. Install it, or unset KERAS_BACKEND to use TensorFlow."
        )
        return MissingPackageError(message, name=error.name)
    if isinstance(error, ModuleNotFoundError) and error.name in OPTIONAL:
        return MissingPackageError(_message(error.name), name=error.name)
    return error


def _message(module: str) -> str:
    package, extra, purpose = OPTIONAL[module]
    return (
        f"Expected the package {package} for {purpose}. Received: it is not installed. "
        f"`pip install 'emotion-lib[{extra}]'` installs it."
    )
