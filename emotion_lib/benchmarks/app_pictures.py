"""Pictures, good and bad, that clients send to the page's server, and what is right about each."""

import io
import re
from dataclasses import dataclass

from PIL import Image

from ..inference.predictor import Predictor
from .scenes import scene

# Of the probabilities: the size of a batch of faces changes the rounding.
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Sent:
    """A picture, and its right answer.

    Attributes:
        name: of the kind.
        content: of the file.
        status: "ok", "no_face" or "error".
        error: part of the message, of an error.
        faces: probabilities of each class, per face.
    """

    name: str
    content: bytes
    status: str
    error: str = ""
    faces: tuple[dict[str, float], ...] = ()

    def is_right(self, answer: dict) -> bool:
        """Return whether the API's answer for the picture is right."""
        if answer["status"] != self.status or self.error not in (answer["error"] or ""):
            return False
        if len(answer["faces"]) != len(self.faces):
            return False
        for face, expected in zip(answer["faces"], self.faces, strict=True):
            for label, probability in expected.items():
                if abs(face["probabilities"][label] - probability) > TOLERANCE:
                    return False
        return True

    def is_right_before(self, answer: str) -> bool:
        """Return whether the text of the page of version 0.3 is right."""
        if self.status == "error":
            return "cannot be read" in answer
        labels = [max(face, key=face.__getitem__) for face in self.faces]
        if not labels:
            return "No face found" in answer
        return re.findall(r"\\u00b7 (\w+)", answer) == labels


def pictures(predictor: Predictor) -> dict[str, Sent]:
    """Return one picture of each kind, by the name of the kind.

    Args:
        predictor: says what is right.
    """
    files = {
        "one face": _jpeg(Image.fromarray(scene(1))),
        "six faces": _jpeg(Image.fromarray(scene(6))),
        "no face": _jpeg(Image.effect_noise((640, 480), 40).convert("RGB")),
        "broken": _jpeg(Image.fromarray(scene(1)))[:200],
        "no picture": b"%PDF-1.7 " + bytes(range(256)) * 40,
    }
    found = {}
    for name, content in files.items():
        result = predictor.predict(content)
        found[name] = Sent(
            name=name,
            content=content,
            status=result.status,
            faces=tuple(prediction.probabilities for prediction in result),
        )
    found["too large"] = Sent("too large", _too_large(), "error", "pixels")
    return found


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue()


def _too_large() -> bytes:
    """Return a PNG of 144 megapixels in few bytes."""
    file = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(file, "PNG")
    return file.getvalue()
