"""What a model's scores on a split are worth: metrics with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn import metrics

from .models.inference import folded


@dataclass(frozen=True)
class Evaluation:
    """Scores of one model on one split, of a multi-class task or a multi-label one.

    Attributes:
        y_true: int ``(n,)`` true labels; of a multi-label task bool ``(n, num_classes)``.
        y_score: float ``(n, num_classes)`` probabilities.
        class_names: what labels and columns mean, in order.
        thresholds: float ``(num_classes,)`` from which on a label is predicted, of a multi-label task only; None: 0.5.
    """

    y_true: np.ndarray
    y_score: np.ndarray
    class_names: tuple[str, ...]
    thresholds: np.ndarray | None = None

    def __post_init__(self):
        expected = (len(self.y_true), len(self.class_names))
        if self.y_score.shape != expected or (self.multi_label and self.y_true.shape != expected):
            raise ValueError(
                f"Expected y_score of shape {expected}: a row an image, a column a class; and y_true of as many rows, or of "
                f"this shape where images may have several labels. Received: {self.y_score.shape} and {self.y_true.shape}."
            )
        if self.thresholds is not None and (not self.multi_label or len(self.thresholds) != len(self.class_names)):
            raise ValueError(
                f"Expected thresholds for a multi-label task alone, one a class ({len(self.class_names)}). Received: "
                f"{len(self.thresholds)} for y_true of shape {self.y_true.shape}."
            )
        if not np.isfinite(self.y_score).all():
            raise ValueError("Expected finite scores. Received: NaN or infinity. The model has diverged.")

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.y_true)

    @property
    def multi_label(self) -> bool:
        """Whether an image may have several labels."""
        return self.y_true.ndim == 2

    @cached_property
    def y_pred(self) -> np.ndarray:
        """The class with the highest score, int ``(n,)``; multi-label: every label above its threshold, bool
        ``(n, num_classes)``."""
        if self.multi_label:
            return self.y_score >= (0.5 if self.thresholds is None else np.asarray(self.thresholds))
        return self.y_score.argmax(axis=1)

    @cached_property
    def correct(self) -> np.ndarray:
        """bool ``(n,)``: images whose class, or whose whole set of labels, is predicted."""
        right = self.y_pred == self.y_true
        return right.all(axis=1) if self.multi_label else right

    @cached_property
    def accuracy(self) -> float:
        """Share of correct images; of a multi-label task this is the exact-match ratio."""
        return float(self.correct.mean())

    @cached_property
    def accuracy_interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy (Wilson, 1927)."""
        return wilson_interval(int(self.correct.sum()), self.n)

    @cached_property
    def macro_f1(self) -> float:
        """Mean F1 over the classes that the split holds, each with equal weight; one never predicted counts 0."""
        present = self.y_true.any(axis=0).nonzero()[0] if self.multi_label else np.unique(self.y_true)
        return self._f1("macro", present)

    @cached_property
    def micro_f1(self) -> float:
        """F1 of all decisions together; of a multi-class task it equals the accuracy."""
        return self._f1("micro", None)

    def _f1(self, average: str, labels) -> float:
        return float(metrics.f1_score(self.y_true, self.y_pred, labels=labels, average=average, zero_division=0))

    @cached_property
    def recall(self) -> dict[str, float]:
        """Share of each class's images that are recognised; NaN for a class that the split does not hold."""
        matrix = self.confusion_matrix
        hits, truth = (matrix[:, 1, 1], matrix[:, 1].sum(1)) if self.multi_label else (np.diag(matrix), matrix.sum(axis=1))
        with np.errstate(invalid="ignore"):
            return dict(zip(self.class_names, (hits / truth).tolist(), strict=True))

    @cached_property
    def balanced_accuracy(self) -> float:
        """Mean recall over the classes that the split holds."""
        return float(np.nanmean(list(self.recall.values())))

    @cached_property
    def confusion_matrix(self) -> np.ndarray:
        """int ``(num_classes, num_classes)``: rows true, columns predicted; multi-label: ``(num_classes, 2, 2)``, no and
        yes of each label."""
        if self.multi_label:
            return metrics.multilabel_confusion_matrix(self.y_true, self.y_pred)
        return metrics.confusion_matrix(self.y_true, self.y_pred, labels=np.arange(len(self.class_names)))

    @cached_property
    def hamming_loss(self) -> float:
        """Share of single decisions that are wrong."""
        return float((self._true_matrix != self._pred_matrix).mean())

    @cached_property
    def average_precision(self) -> dict[str, float]:
        """Area under each class's precision-recall curve; NaN for one that the split does not hold. Chance gives its
        :attr:`prevalence`."""
        columns = zip(self._true_matrix.T, self.y_score.T, strict=True)
        values = [metrics.average_precision_score(t, s) if t.any() else float("nan") for t, s in columns]
        return dict(zip(self.class_names, map(float, values), strict=True))

    @cached_property
    def mean_average_precision(self) -> float:
        """Mean of :attr:`average_precision` over the classes that the split holds: EMOTIC's and others' mAP."""
        return float(np.nanmean(list(self.average_precision.values())))

    @cached_property
    def prevalence(self) -> dict[str, float]:
        """Share of the images that have each class."""
        return dict(zip(self.class_names, self._true_matrix.mean(axis=0).tolist(), strict=True))

    @cached_property
    def co_occurrence(self) -> np.ndarray:
        """int ``(num_classes, num_classes)``: images that have the row's label and for which the column's is predicted."""
        return self._true_matrix.astype(int).T @ self._pred_matrix.astype(int)

    @cached_property
    def calibration_error(self) -> float:
        """Expected calibration error: mean distance, over 15 equal bins of confidence and weighted by their images, between
        confidence and accuracy (Naeini, Cooper & Hauskrecht, AAAI 2015). Of a multi-class task."""
        bins = self.reliability()
        return float((bins["n"] * (bins["accuracy"] - bins["confidence"]).abs()).sum() / self.n)

    def reliability(self, bins: int = 15):
        """Confidence, accuracy and number of images in equal bins of confidence, as a pandas DataFrame; empty bins are
        left out."""
        import pandas as pd

        confidence = self.y_score.max(axis=1)
        table = pd.DataFrame({"confidence": confidence, "accuracy": self.correct, "n": 1})
        which = np.minimum((confidence * bins).astype(int), bins - 1)
        return table.groupby(which).agg({"confidence": "mean", "accuracy": "mean", "n": "sum"})

    def risk_coverage(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What abstaining buys, from the surest image to all of them: thresholds of confidence, share of images answered
        (coverage), share of these that are wrong (risk); float ``(n,)`` each (El-Yaniv & Wiener, JMLR 2010)."""
        confidence = self.y_score.max(axis=1)
        order = np.argsort(-confidence, kind="stable")
        answered = np.arange(1, self.n + 1)
        return confidence[order], answered / self.n, np.cumsum(~self.correct[order]) / answered

    def per_label(self):
        """Precision, recall, F1, average precision and prevalence of each class, as a pandas DataFrame."""
        import pandas as pd

        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            self._true_matrix, self._pred_matrix, average=None, zero_division=0
        )
        columns = {"precision": precision, "recall": recall, "f1": f1}
        columns |= {"average_precision": list(self.average_precision.values()), "prevalence": list(self.prevalence.values())}
        return pd.DataFrame(columns, index=pd.Index(self.class_names, name="class"))

    @cached_property
    def _true_matrix(self) -> np.ndarray:
        return self.y_true.astype(bool) if self.multi_label else self._one_hot(self.y_true)

    @cached_property
    def _pred_matrix(self) -> np.ndarray:
        return self.y_pred if self.multi_label else self._one_hot(self.y_pred)

    def _one_hot(self, labels: np.ndarray) -> np.ndarray:
        return np.eye(len(self.class_names), dtype=bool)[labels]

    def where(self, mask: np.ndarray) -> "Evaluation":
        """The same scores on some of the images (a mask or integers)."""
        return Evaluation(self.y_true[mask], self.y_score[mask], self.class_names, self.thresholds)

    def summary(self) -> dict:
        """The figures as plain numbers, as they go into run.json."""
        figures = {
            "n": self.n,
            "accuracy": self.accuracy,
            "accuracy_interval_95": list(self.accuracy_interval),
            "balanced_accuracy": self.balanced_accuracy,
            "macro_f1": self.macro_f1,
            "recall": _plain(self.recall),
        }
        if not self.multi_label:
            figures["calibration_error"] = self.calibration_error
        else:
            figures |= {
                "micro_f1": self.micro_f1,
                "hamming_loss": self.hamming_loss,
                "mean_average_precision": self.mean_average_precision,
                "average_precision": _plain(self.average_precision),
                "prevalence": _plain(self.prevalence),
                "thresholds": None if self.thresholds is None else [float(t) for t in self.thresholds],
            }
        return figures


def _plain(values: dict[str, float]) -> dict[str, float | None]:
    """JSON has no NaN."""
    return {name: None if np.isnan(value) else value for name, value in values.items()}


def fit_thresholds(validation: Evaluation) -> np.ndarray:
    """For each label of a multi-label task the threshold with the highest F1 on *validation* scores.

    Returns:
        float ``(num_classes,)``; 0.5 for a label that validation does not hold. Between two scores that do equally well
        the middle is taken.
    """
    thresholds = np.full(len(validation.class_names), 0.5)
    for index, (truth, score) in enumerate(zip(validation.y_true.T.astype(bool), validation.y_score.T, strict=True)):
        if not truth.any():
            continue
        order = np.argsort(-score, kind="stable")
        hits, above = np.cumsum(truth[order]), np.arange(1, len(score) + 1)
        f1 = 2 * hits / (above + truth.sum())
        # Equal scores cannot be parted: only the last of a run of them is a place to cut.
        cut = np.append(score[order][1:] < score[order][:-1], True)
        best = int(np.where(cut, f1, -1).argmax())
        below = score[order][best + 1] if best + 1 < len(score) else 0.0
        thresholds[index] = (score[order][best] + below) / 2
    return thresholds


def evaluate(
    model,
    split,
    class_names: Sequence[str],
    *,
    batch_size: int = 256,
    flip: bool = False,
    crop: int | None = None,
    precision: str | None = None,
    thresholds: np.ndarray | None = None,
) -> Evaluation:
    """Run a model over a split and keep its probabilities.

    Args:
        model: Keras model, raw pixels in, probabilities ``(n, len(class_names))`` out.
        split: a :class:`emotion_lib.datasets.Split`.
        class_names: what the model's outputs *and* the split's labels mean.
        batch_size: images a step.
        flip: average the probabilities of each image and its mirror image; twice the time.
        crop: also average over five crops of this many pixels a side, four corners and the middle, each enlarged again: ten
            crops with ``flip``; five times the time. None: the whole image alone.
        precision: compute in this Keras policy: "mixed_bfloat16" takes half the time where the processor has it, and
            moves probabilities by about 0.01. None keeps the model's own.
        thresholds: of a multi-label task, see :class:`Evaluation`.
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
        views = [batch] if crop is None else _crops(batch, crop)
        views += [view[:, :, ::-1] for view in views] if flip else []
        scores.append(np.mean([probabilities(view) for view in views], axis=0))
    return Evaluation(np.asarray(split.labels), np.concatenate(scores), tuple(class_names), thresholds)


def _crops(images: np.ndarray, side: int) -> list[np.ndarray]:
    """Corners and middle of images ``(n, height, width, channels)``, as large as the images."""
    import cv2

    height, width = images.shape[1:3]
    if not 0 < side <= min(height, width):
        raise ValueError(f"Expected a crop of at most {min(height, width)} px. Received: {side}.")
    bottom, right = height - side, width - side
    corners = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]

    def enlarged(image: np.ndarray) -> np.ndarray:
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, -1)

    return [np.stack([enlarged(image[y : y + side, x : x + side]) for image in images]) for y, x in corners]


def mean(evaluations: Sequence[Evaluation]) -> Evaluation:
    """The mean of several models' probabilities on the same images: an ensemble.

    Raises:
        ValueError: they are of other images or classes.
    """
    first = evaluations[0]
    for other in evaluations[1:]:
        if not np.array_equal(first.y_true, other.y_true) or first.class_names != other.class_names:
            raise ValueError(f"Expected evaluations of the same images and classes. Received: n = {first.n} and {other.n}.")
    return Evaluation(first.y_true, np.mean([e.y_score for e in evaluations], axis=0), first.class_names, first.thresholds)


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
    right = first.correct, second.correct
    only_first, only_second = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    p_value = binomtest(only_first, only_first + only_second).pvalue if only_first + only_second else 1.0
    # Of the draw only the numbers of both kinds of disagreement matter: a multinomial instead of n indices a draw.
    counts = [only_first, only_second, first.n - only_first - only_second]
    drawn = np.random.default_rng(seed).multinomial(first.n, np.array(counts) / first.n, size=draws)
    low, high = np.quantile((drawn[:, 0] - drawn[:, 1]) / first.n, [0.025, 0.975])
    difference = (only_first - only_second) / first.n
    return Comparison(difference, (float(low), float(high)), only_first, only_second, float(p_value))
