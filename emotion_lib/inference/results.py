"""Results of an image: one prediction per face."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, overload

from ..faces.detection import Face

NOT_SURE = "not sure"
# Shown instead of the label of a face whose view is too poor to believe it, see Face.quality.
POOR_VIEW = "poor view"


@dataclass(frozen=True)
class Prediction:
    """Perceived expression of one face. It is not a feeling.

    Attributes:
        face: the face and its place in the image.
        probabilities: class name -> probability; they sum to 1.
        label: the most probable class, or "not sure" if its probability is below the threshold.

    Example:
        >>> from emotion_lib import Predictor
        >>> for face in Predictor.load().predict("photo.jpg"):  # doctest: +SKIP
        ...     print(face.label, face.probabilities["happy"], face.face.box)
        happy 0.96 (172.0, 62.0, 102.0, 128.0)
    """

    face: Face
    probabilities: dict[str, float]
    label: str


@dataclass(frozen=True)
class Result(Sequence[Prediction]):
    """Result of one image; as a sequence, its predictions from left to right.

    Attributes:
        status: "ok", "no_face" or "error".
        predictions: one per face.
        error: description of the fault and of what to do, if the status is "error".

    Example:
        >>> result = Result("no_face")
        >>> result.status, len(result)
        ('no_face', 0)
    """

    status: Literal["ok", "no_face", "error"]
    predictions: tuple[Prediction, ...] = ()
    error: str | None = None

    def __len__(self) -> int:
        return len(self.predictions)

    @overload
    def __getitem__(self, index: int) -> Prediction: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Prediction, ...]: ...
    def __getitem__(self, index):
        return self.predictions[index]
