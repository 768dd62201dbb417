import numpy as np
import pytest

from emotion_lib.artifacts import ArtifactError
from emotion_lib.inference.probabilities import are_probabilities, require_probabilities


class Fixed:
    """Network that gives the same scores for every face of 48 px."""

    runtime = "fixed"
    input_shape = (48, 48, 1)

    def __init__(self, scores):
        self.scores = np.asarray(scores, np.float32)
        self.num_classes = self.scores.shape[-1]

    def __call__(self, batch):
        return np.repeat(self.scores[None], len(batch), axis=0)


def test_rows_that_sum_to_one_are_probabilities():
    assert are_probabilities(np.array([[0.25, 0.75], [1.0, 0.0]]))
    assert are_probabilities(np.array([[0.5, 0.5]], np.float16))
    assert not are_probabilities(np.array([[0.25, 0.75], [1.0, 0.5]]))
    assert not are_probabilities(np.array([[np.nan, 1.0]]))
    assert not are_probabilities(np.array([0.5, 0.5]))


def test_a_network_of_probabilities_is_accepted():
    require_probabilities(Fixed([0.25, 0.75]))


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([2.0, -1.0], "put keras.layers.Softmax"),
        ([0.9, 0.9], "with sums from 1.8 to 1.8"),
        ([1.2, -0.2], "values from -0.2 to 1.2"),
        ([np.nan, 1.0], "NaN or infinite"),
        ([np.inf, 0.0], "NaN or infinite"),
        ([0.3], "only one"),
        ([[0.5, 0.5], [0.5, 0.5]], "an array of shape"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_other_outputs_are_refused_with_a_reason(scores, message):
    with pytest.raises(ArtifactError, match=f"Expected .*probabilities.*Received: .*{message}"):
        require_probabilities(Fixed(scores))


def test_a_network_that_fails_is_refused():
    class Broken(Fixed):
        def __call__(self, batch):
            raise RuntimeError("of the library\nand more")

    message = r"computes pictures \(48, 48, 1\)\. Received: RuntimeError \(of the library\)"
    with pytest.raises(ArtifactError, match=message):
        require_probabilities(Broken([0.5, 0.5]))
