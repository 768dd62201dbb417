"""What a model's scores on a split are worth: metrics with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn import metrics

from .models.inference import folded


@dataclass(frozen=True)
class Evaluation:
    """Scores of one model on one split.

    Attributes:
        y_true: int ``(n,)`` true labels.
        y_score: float ``(n, num_classes)`` probabilities.
        class_names: what labels and columns mean, in order.
    """

    y_true: np.ndarray
    y_score: np.ndarray
    class_names: tuple[str, ...]

    def __post_init__(self):
        expected = (len(self.y_true), len(self.class_names))
        if self.y_score.shape != expected:
            raise ValueError(
                f"Expected y_score of shape {expected}: a row an image, a column a class. Received: {self.y_score.shape}."
            )
        if not np.isfinite(self.y_score).all():
            raise ValueError("Expected finite scores. Received: NaN or infinity. The model has diverged.")

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.y_true)

    @cached_property
    def y_pred(self) -> np.ndarray:
        """int ``(n,)``: the class with the highest score."""
        return self.y_score.argmax(axis=1)

    @cached_property
    def accuracy(self) -> float:
        """Share of images whose highest score is the true class."""
        return float((self.y_pred == self.y_true).mean())

    @cached_property
    def accuracy_interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy (Wilson, 1927)."""
        return wilson_interval(int((self.y_pred == self.y_true).sum()), self.n)

    @cached_property
    def macro_f1(self) -> float:
        """Mean F1 over the classes that the split holds, each with equal weight; one never predicted counts 0."""
        labels = np.unique(self.y_true)
        return float(metrics.f1_score(self.y_true, self.y_pred, labels=labels, average="macro", zero_division=0))

    @cached_property
    def recall(self) -> dict[str, float]:
        """Share of each class's images that are recognised; NaN for a class that the split does not hold."""
        matrix = self.confusion_matrix
        with np.errstate(invalid="ignore"):
            values = np.diag(matrix) / matrix.sum(axis=1)
        return dict(zip(self.class_names, values.tolist(), strict=True))

    @cached_property
    def balanced_accuracy(self) -> float:
        """Mean recall over the classes that the split holds."""
        return float(np.nanmean(list(self.recall.values())))

    @cached_property
    def confusion_matrix(self) -> np.ndarray:
        """int ``(num_classes, num_classes)``: rows true, columns predicted."""
        return metrics.confusion_matrix(self.y_true, self.y_pred, labels=np.arange(len(self.class_names)))

    def where(self, mask: np.ndarray) -> "Evaluation":
        """The same scores on some of the images (a mask or integers)."""
        return Evaluation(self.y_true[mask], self.y_score[mask], self.class_names)

    def summary(self) -> dict:
        """The figures as plain numbers, as they go into run.json."""
        return {
            "n": self.n,
            "accuracy": self.accuracy,
            "accuracy_interval_95": list(self.accuracy_interval),
            "balanced_accuracy": self.balanced_accuracy,
            "macro_f1": self.macro_f1,
            "recall": {name: None if np.isnan(value) else value for name, value in self.recall.items()},
        }


def evaluate(
    model, split, class_names: Sequence[str], *, batch_size: int = 256, flip: bool = False, precision: str | None = None
) -> Evaluation:
    """Run a model over a split and keep its probabilities.

    Args:
        model: Keras model, raw pixels in, probabilities ``(n, len(class_names))`` out.
        split: a :class:`emotion_lib.datasets.Split`.
        class_names: what the model's outputs *and* the split's labels mean.
        batch_size: images a step.
        flip: average the probabilities of each image and its mirror image; twice the time.
        precision: compute in this Keras policy: "mixed_bfloat16" takes half the time where the processor has it, and
            moves probabilities by about 0.01. None keeps the model's own.
    """
    images = split.images if split.images.ndim == 4 else split.images[..., None]
    network = folded(model, precision)

    # Not model.predict: on TensorFlow its input pipeline ends by waiting for a tuning thread that sleeps ever longer
    # (10 ms, 20 ms ...), so that a call of 2.7 s returns after 5.1 s.
    def probabilities(batch: np.ndarray) -> np.ndarray:
        return np.asarray(network.predict_on_batch(batch), np.float32)

    scores = []
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size]
        scores.append(probabilities(batch))
        if flip:
            scores[-1] = (scores[-1] + probabilities(batch[:, :, ::-1])) / 2
    return Evaluation(np.asarray(split.labels), np.concatenate(scores), tuple(class_names))


def wilson_interval(successes: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a proportion; ``z`` = 1.96 is 95 %."""
    if n == 0:
        return (0.0, 1.0)
    p = successes / n
    center = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return float(max(0.0, center - half)), float(min(1.0, center + half))


@dataclass(frozen=True)
class Comparison:
    """How two models differ on the same images; positive: the first is better.

    Attributes:
        difference: of the accuracies.
        interval: 95 % interval of the difference (bootstrap of the images, both models on the same draw).
        only_first, only_second: images that only the one, only the other gets right.
        p_value: of McNemar's exact test that both are right equally often (McNemar, 1947).
    """

    difference: float
    interval: tuple[float, float]
    only_first: int
    only_second: int
    p_value: float


def compare(first: Evaluation, second: Evaluation, *, draws: int = 10_000, seed: int = 0) -> Comparison:
    """Compare two models on the same images, pair by pair: far sharper than two intervals side by side.

    Raises:
        ValueError: the two were not evaluated on the same images in the same order.
    """
    from scipy.stats import binomtest

    if first.n != second.n or not np.array_equal(first.y_true, second.y_true) or first.class_names != second.class_names:
        raise ValueError(
            f"Expected two evaluations of the same images and classes. Received: {first.n} and {second.n} images"
            f"{'' if first.n != second.n else ', with other labels'}."
        )
    right = (first.y_pred == first.y_true), (second.y_pred == second.y_true)
    only_first, only_second = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    p_value = binomtest(only_first, only_first + only_second).pvalue if only_first + only_second else 1.0
    # Of the draw only the numbers of both kinds of disagreement matter: a multinomial instead of n indices a draw.
    counts = [only_first, only_second, first.n - only_first - only_second]
    drawn = np.random.default_rng(seed).multinomial(first.n, np.array(counts) / first.n, size=draws)
    low, high = np.quantile((drawn[:, 0] - drawn[:, 1]) / first.n, [0.025, 0.975])
    difference = (only_first - only_second) / first.n
    return Comparison(difference, (float(low), float(high)), only_first, only_second, float(p_value))
