"""Framing of a face detector, and accuracy on its crops, measured on FER-2013.

FER-2013's faces are cut out already, and are found again by :mod:`emotion_lib.faces.cut_out`.
`python -m emotion_lib.benchmarks.framing NAME` prints the framing of
a detector, see :class:`emotion_lib.faces.detection.Detector`.
"""

import sys
from dataclasses import dataclass

import numpy as np

from .. import datasets
from ..faces.cropping import crop
from ..faces.cut_out import ENLARGEMENT, largest_face, padded
from ..faces.detection import Detector
from ..faces.detectors import load_detector

_EVERY = 25  # training image: about 1,100 of them


@dataclass(frozen=True)
class Framing:
    """Framing that a detector needs.

    Attributes:
        images: number of images that the detector was run on.
        found: number of images in which it found a face.
        framing: median over these of the face's side relative to the box's, see
            :class:`emotion_lib.faces.detection.Detector`.
        q1: lower quartile.
        q3: upper quartile.
    """

    images: int
    found: int
    framing: float
    q1: float
    q3: float


def measure_framing(detector: Detector, images: np.ndarray) -> Framing:
    """Measure the framing of a detector.

    Args:
        detector: face detector.
        images: uint8 ``(n, side, side)``, faces of FER-2013's training split.

    Raises:
        ValueError: the detector finds no face in any image.

    Example:
        >>> faces = datasets.load("fer2013").train.images[::25]  # doctest: +SKIP
        >>> measure_framing(load_detector("yunet"), faces)  # doctest: +SKIP
        Framing(images=1121, found=1036, framing=1.16, q1=1.13, q3=1.21)
    """
    ratios = []
    for image in images:
        face = largest_face(detector, padded(image))
        if face is not None:
            ratios.append(ENLARGEMENT * image.shape[0] / face.size)
    if not ratios:
        raise ValueError(
            f"Expected faces that {detector.name} finds. Received: none in {len(images)} images. "
            "Pass faces of FER-2013."
        )
    q1, median, q3 = np.quantile(ratios, (0.25, 0.5, 0.75))
    return Framing(len(images), len(ratios), float(median), float(q1), float(q3))


def found_crops(detector: Detector, images: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the crops that a detector makes of the faces that it finds.

    Args:
        detector: face detector.
        images: uint8 ``(n, side, side)``.

    Returns:
        The indices of the images in which a face was found, and for each its crop, uint8 RGB.
    """
    indices = []
    crops = []
    for index, image in enumerate(images):
        picture = padded(image)
        face = largest_face(detector, picture)
        if face is not None:
            indices.append(index)
            crops.append(crop(picture, face, detector.framing))
    return np.array(indices, int), crops


if __name__ == "__main__":
    training_images = datasets.load("fer2013").train.images[::_EVERY]
    for detector_name in sys.argv[1:]:
        print(detector_name, measure_framing(load_detector(detector_name), training_images))
