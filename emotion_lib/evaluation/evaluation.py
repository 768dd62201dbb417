"""Labels and scores of one model on one split, and every metric that follows from them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from sklearn import metrics

from .intervals import wilson_interval


@dataclass(frozen=True)
class Evaluation:
    """Scores of one model on one split, for a single-label or a multi-label task.

    Attributes:
        y_true: true labels, int ``(n,)``; for a multi-label task bool ``(n, num_classes)``.
        y_score: probabilities, float ``(n, num_classes)``.
        class_names: names of the columns of ``y_score``, in order.
        thresholds: for a multi-label task, float ``(num_classes,)``: a label is predicted if its
            score reaches its threshold. None: 0.5 for every label.

    Raises:
        ValueError: the shapes do not match, a label is out of range, or a score is not finite.

    Example:
        >>> scores = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
        >>> result = Evaluation(np.array([0, 1, 1]), scores, ("happy", "sad"))
        >>> round(result.accuracy, 2)
        0.67
        >>> result.recall
        {'happy': 1.0, 'sad': 0.5}
    """

    y_true: np.ndarray
    y_score: np.ndarray
    class_names: tuple[str, ...]
    thresholds: np.ndarray | None = None

    def __post_init__(self) -> None:
        self._check_shapes()
        self._check_labels()
        self._check_thresholds()
        if not np.isfinite(self.y_score).all():
            raise ValueError(
                "Expected finite scores. Received: NaN or infinity. The training of this model "
                "has diverged: train it again with a lower learning rate."
            )

    def _check_shapes(self) -> None:
        expected = (len(self.y_true), len(self.class_names))
        labels_fit = not self.multi_label or self.y_true.shape == expected
        if self.y_score.shape != expected or not labels_fit:
            raise ValueError(
                f"Expected y_score of shape {expected} (one row per image, one column per class) "
                "and y_true with as many rows, or of this shape for a multi-label task. "
                f"Received: {self.y_score.shape} and {self.y_true.shape}."
            )

    def _check_labels(self) -> None:
        if self.multi_label or self.n == 0:
            return
        lowest = self.y_true.min()
        highest = self.y_true.max()
        if lowest < 0 or highest >= len(self.class_names):
            raise ValueError(
                f"Expected labels from 0 to {len(self.class_names) - 1}, the indices of "
                f"{self.class_names}. Received: {lowest} to {highest}. Pass label_names if the "
                "split has other classes."
            )

    def _check_thresholds(self) -> None:
        if self.thresholds is None:
            return
        if not self.multi_label or len(self.thresholds) != len(self.class_names):
            raise ValueError(
                "Expected thresholds for a multi-label task only, one per class "
                f"({len(self.class_names)}). Received: {len(self.thresholds)} for y_true of shape "
                f"{self.y_true.shape}."
            )

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.y_true)

    @property
    def multi_label(self) -> bool:
        """True if an image may have several labels."""
        return self.y_true.ndim == 2

    @cached_property
    def y_pred(self) -> np.ndarray:
        """Predictions: the class with the highest score, int ``(n,)``.

        For a multi-label task every label whose score reaches its threshold, bool
        ``(n, num_classes)``.
        """
        if not self.multi_label:
            return self.y_score.argmax(axis=1)
        if self.thresholds is None:
            return self.y_score >= 0.5
        return self.y_score >= np.asarray(self.thresholds)

    @cached_property
    def correct(self) -> np.ndarray:
        """Correct images, bool ``(n,)``; for a multi-label task all labels must be correct."""
        equal = self.y_pred == self.y_true
        return equal.all(axis=1) if self.multi_label else equal

    @cached_property
    def accuracy(self) -> float:
        """Share of correct images; for a multi-label task the exact-match ratio."""
        return float(self.correct.mean())

    @cached_property
    def accuracy_interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return wilson_interval(int(self.correct.sum()), self.n)

    @cached_property
    def macro_f1(self) -> float:
        """Mean F1 of the classes that the split contains; 0 for a class never predicted."""
        if self.multi_label:
            present = np.flatnonzero(self.y_true.any(axis=0))
        else:
            present = np.unique(self.y_true)
        return self._f1("macro", present)

    @cached_property
    def micro_f1(self) -> float:
        """F1 of all decisions together; for a single-label task it equals the accuracy."""
        return self._f1("micro", None)

    def _f1(self, average: str, labels: np.ndarray | None) -> float:
        value = metrics.f1_score(
            self.y_true, self.y_pred, labels=labels, average=average, zero_division=0
        )
        return float(value)

    @cached_property
    def hits(self) -> np.ndarray:
        """Images of each class that are recognised, int ``(num_classes,)``."""
        return (self._true_matrix & self._pred_matrix).sum(axis=0)

    @cached_property
    def support(self) -> np.ndarray:
        """Images of each class, int ``(num_classes,)``."""
        return self._true_matrix.sum(axis=0)

    @cached_property
    def recall(self) -> dict[str, float]:
        """Share of each class's images that are recognised; NaN for a class without images."""
        with np.errstate(invalid="ignore"):
            values = self.hits / self.support
        return dict(zip(self.class_names, values.tolist(), strict=True))

    @cached_property
    def recall_interval(self) -> dict[str, tuple[float, float]]:
        """95 % Wilson interval of each class's recall; (0, 1) for a class without images."""
        intervals = map(wilson_interval, self.hits.tolist(), self.support.tolist())
        return dict(zip(self.class_names, intervals, strict=True))

    @cached_property
    def balanced_accuracy(self) -> float:
        """Mean recall of the classes that the split contains."""
        return float(np.nanmean(list(self.recall.values())))

    @cached_property
    def confusion_matrix(self) -> np.ndarray:
        """Images by true class (rows) and predicted class (columns), int.

        The shape is ``(num_classes, num_classes)``; for a multi-label task ``(num_classes, 2, 2)``,
        one matrix of absent and present per label.
        """
        if self.multi_label:
            return metrics.multilabel_confusion_matrix(self.y_true, self.y_pred)
        classes = np.arange(len(self.class_names))
        return metrics.confusion_matrix(self.y_true, self.y_pred, labels=classes)

    @cached_property
    def hamming_loss(self) -> float:
        """Share of wrong decisions, one decision per image and class."""
        return float((self._true_matrix != self._pred_matrix).mean())

    @cached_property
    def average_precision(self) -> dict[str, float]:
        """Area under each class's precision-recall curve; NaN for a class without images.

        A random ranking reaches the class's :attr:`prevalence`.
        """
        values = {}
        for index, name in enumerate(self.class_names):
            truth = self._true_matrix[:, index]
            score = self.y_score[:, index]
            if truth.any():
                values[name] = float(metrics.average_precision_score(truth, score))
            else:
                values[name] = float("nan")
        return values

    @cached_property
    def mean_average_precision(self) -> float:
        """Mean :attr:`average_precision` (mAP) of the classes that the split contains."""
        return float(np.nanmean(list(self.average_precision.values())))

    @cached_property
    def prevalence(self) -> dict[str, float]:
        """Share of the images that have each class."""
        return dict(zip(self.class_names, self._true_matrix.mean(axis=0).tolist(), strict=True))

    @cached_property
    def co_occurrence(self) -> np.ndarray:
        """Images by true label (rows) and predicted label (columns), int.

        An image counts once for each pair of a true and a predicted label.
        """
        return self._true_matrix.astype(int).T @ self._pred_matrix.astype(int)

    @cached_property
    def calibration_error(self) -> float:
        """Expected calibration error of a single-label task.

        It is the mean distance between confidence and accuracy over 15 bins of equal width,
        weighted by their images (Naeini, Cooper & Hauskrecht, AAAI 2015).
        """
        bins = self.reliability()
        distance = (bins["accuracy"] - bins["confidence"]).abs()
        return float((bins["n"] * distance).sum() / self.n)

    def reliability(self, bins: int = 15) -> pd.DataFrame:
        """Return mean confidence, accuracy and number of images (n) per bin of confidence.

        Args:
            bins: number of bins of equal width; empty bins are left out of the table.
        """
        confidence = self.y_score.max(axis=1)
        table = pd.DataFrame({"confidence": confidence, "accuracy": self.correct, "n": 1})
        bin_index = np.minimum((confidence * bins).astype(int), bins - 1)
        return table.groupby(bin_index).agg({"confidence": "mean", "accuracy": "mean", "n": "sum"})

    def risk_coverage(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the risk-coverage curve, sorted by descending confidence.

        A model may answer only if its confidence reaches a threshold (El-Yaniv & Wiener, "On the
        foundations of noise-free selective classification", JMLR 2010).

        Returns:
            Thresholds of confidence, coverage (share of images answered) and risk (share of these
            answers that are wrong), float ``(n,)`` each.
        """
        confidence = self.y_score.max(axis=1)
        order = np.argsort(-confidence, kind="stable")
        answered = np.arange(1, self.n + 1)
        coverage = answered / self.n
        risk = np.cumsum(~self.correct[order]) / answered
        return confidence[order], coverage, risk

    def per_label(self) -> pd.DataFrame:
        """Return precision, recall, F1, average precision and prevalence, one row per class."""
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            self._true_matrix, self._pred_matrix, average=None, zero_division=0
        )
        columns = {
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "average_precision": list(self.average_precision.values()),
            "prevalence": list(self.prevalence.values()),
        }
        return pd.DataFrame(columns, index=pd.Index(self.class_names, name="class"))

    @cached_property
    def _true_matrix(self) -> np.ndarray:
        """True labels, bool ``(n, num_classes)``."""
        return self.y_true.astype(bool) if self.multi_label else self._one_hot(self.y_true)

    @cached_property
    def _pred_matrix(self) -> np.ndarray:
        """Predictions, bool ``(n, num_classes)``."""
        return self.y_pred if self.multi_label else self._one_hot(self.y_pred)

    def _one_hot(self, labels: np.ndarray) -> np.ndarray:
        return np.eye(len(self.class_names), dtype=bool)[labels]

    def where(self, mask: np.ndarray) -> "Evaluation":
        """Return the evaluation of some of the images (bool mask or integer indices)."""
        return Evaluation(self.y_true[mask], self.y_score[mask], self.class_names, self.thresholds)

    def summary(self) -> dict:
        """Return the metrics as plain numbers, in the form of ``metrics`` in run.json."""
        figures = {
            "n": self.n,
            "accuracy": self.accuracy,
            "accuracy_interval_95": list(self.accuracy_interval),
            "balanced_accuracy": self.balanced_accuracy,
            "macro_f1": self.macro_f1,
            "recall": _without_nan(self.recall),
        }
        if not self.multi_label:
            return figures | {"calibration_error": self.calibration_error}
        thresholds = None if self.thresholds is None else np.asarray(self.thresholds, float)
        return figures | {
            "micro_f1": self.micro_f1,
            "hamming_loss": self.hamming_loss,
            "mean_average_precision": self.mean_average_precision,
            "average_precision": _without_nan(self.average_precision),
            "prevalence": _without_nan(self.prevalence),
            "thresholds": None if thresholds is None else thresholds.tolist(),
        }


def _without_nan(values: dict[str, float]) -> dict[str, float | None]:
    """Return the values with None for NaN, which JSON does not have."""
    return {name: None if np.isnan(value) else value for name, value in values.items()}
