import numpy as np
import pytest

from emotion_lib.artifacts import ArtifactError
from emotion_lib.errors import EmotionError
from emotion_lib.inference.network_checks import are_probabilities, check_names, check_network


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
    assert not are_probabilities(np.array([[1.005, -0.005]]))
    assert not are_probabilities(np.array([[1.0]]))


def test_a_network_of_probabilities_is_accepted():
    check_network(Fixed([0.25, 0.75]), ("a", "b"))


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([2.0, -1.0], r"as_probabilities\(model, logits=True\)"),
        ([1.005, -0.005], "values from -0.005 to 1"),
        ([0.9, 0.9], "with sums from 1.8 to 1.8"),
        ([1.2, -0.2], "values from -0.2 to 1.2"),
        ([np.nan, 1.0], "NaN or infinite"),
        ([np.inf, 0.0], "NaN or infinite"),
        ([0.3], r"only one\. If it is a sigmoid.*as_probabilities\(model\)"),
        ([1.0], "only one"),  # a softmax over one output
        ([1 / 3, 1 / 3], "over the pictures of a batch: give it axis=-1"),
        ([[0.5, 0.5], [0.5, 0.5]], "an array of shape"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_other_outputs_are_refused_with_a_reason(scores, message):
    network = Fixed(scores)
    with pytest.raises(ArtifactError, match=f"Expected .*output.*Received: .*{message}"):
        check_network(network, tuple("ab"[: network.num_classes]))


def test_a_network_that_fails_is_refused():
    class Broken(Fixed):
        def __call__(self, batch):
            raise RuntimeError("of the library\nand more")

    message = r"computes pictures \(48, 48, 1\)\. Received: RuntimeError \(of the library\)"
    with pytest.raises(ArtifactError, match=message):
        check_network(Broken([0.5, 0.5]), ("a", "b"))


def test_the_number_of_class_names_must_fit():
    with pytest.raises(ValueError, match=r"Expected 2 class names.*Received: 3"):
        check_network(Fixed([0.5, 0.5]), ("a", "b", "c"))


def test_class_names_that_contradict_the_model_s_own():
    own = ("angry", "happy", "sad")
    for other_words in (own, ("Anger", "Joy", "Sadness"), ("wütend", "froh", "traurig")):
        check_names(other_words, own, "m.keras")
    message = r"that m\.keras holds: angry,happy,sad\. Received: .*with {} for the output {}\."
    with pytest.raises(EmotionError, match=message.format("joy", "angry")):
        check_names(("joy", "angry", "sad"), own, "m.keras")
    with pytest.raises(ValueError, match=message.format("angry", "sad")):
        check_names(("furious", "glad", "angry"), own, "m.keras")


def test_class_names_must_differ():
    message = r"Expected class names that differ. Received: \('a', 'a'\)"
    with pytest.raises(ValueError, match=message):
        check_network(Fixed([0.5, 0.5]), ("a", "a"))


@pytest.mark.parametrize("shape", [(4,), (48, 48), (None, None, 1), (48, 48, 2)])
def test_a_network_that_takes_no_images_is_refused(shape):
    network = Fixed([0.5, 0.5])
    network.input_shape = shape
    with pytest.raises(ValueError, match="Expected a model for pictures"):
        check_network(network, ("a", "b"))
