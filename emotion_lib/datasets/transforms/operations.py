"""Changes to one image, of which degradation, framing and corruptions consist.

Each takes and returns uint8 ``(height, width[, channels])``. OpenCV drops a single channel; the
callers restore the shape.
"""

import cv2
import numpy as np


def blurred(image: np.ndarray, deviation: float) -> np.ndarray:
    """Return a Gaussian blur; the standard deviation is in px."""
    return cv2.GaussianBlur(image, (0, 0), deviation)


def noisy(image: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Return an image with Gaussian noise; the standard deviation is of 255."""
    noise = rng.normal(0, deviation, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def compressed(image: np.ndarray, quality: int) -> np.ndarray:
    """Return an image as it comes out of JPEG compression with a quality of 1 to 100."""
    _, file = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(file, cv2.IMREAD_UNCHANGED)


def enlarged(image: np.ndarray, side: int) -> np.ndarray:
    """Return an image that was ``side`` px large before, and was enlarged to its size."""
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def reframed(
    image: np.ndarray, scale: float = 1.0, angle: float = 0.0, shift: np.ndarray | float = 0.0
) -> np.ndarray:
    """Return another crop of the same face; the edge is repeated beyond its border.

    Args:
        image: uint8 ``(height, width[, channels])``.
        scale: the face becomes so many times as large.
        angle: rotation about the centre, degrees counter-clockwise.
        shift: to the right and downwards, as shares of the width and the height.
    """
    height, width = image.shape[:2]
    center = ((width - 1) / 2, (height - 1) / 2)
    matrix = cv2.getRotationMatrix2D(center, angle, scale)
    matrix[:, 2] = matrix[:, 2] + shift * np.array([width, height])
    return cv2.warpAffine(
        image,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
