"""Labels and scores of one model on one split, and every figure that follows from them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn import metrics


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
        if (
            not self.multi_label
            and self.n
            and not 0 <= self.y_true.min() <= self.y_true.max() < len(self.class_names)
        ):
            raise ValueError(
                f"Expected labels from 0 to {len(self.class_names) - 1}, those of {self.class_names}. Received: "
                f"{self.y_true.min()} to {self.y_true.max()}. Say label_names where the split has classes of its own."
            )
        if self.thresholds is not None and (
            not self.multi_label or len(self.thresholds) != len(self.class_names)
        ):
            raise ValueError(
                f"Expected thresholds for a multi-label task alone, one a class ({len(self.class_names)}). Received: "
                f"{len(self.thresholds)} for y_true of shape {self.y_true.shape}."
            )
        if not np.isfinite(self.y_score).all():
            raise ValueError(
                "Expected finite scores. Received: NaN or infinity. The model has diverged."
            )

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
        present = (
            self.y_true.any(axis=0).nonzero()[0] if self.multi_label else np.unique(self.y_true)
        )
        return self._f1("macro", present)

    @cached_property
    def micro_f1(self) -> float:
        """F1 of all decisions together; of a multi-class task it equals the accuracy."""
        return self._f1("micro", None)

    def _f1(self, average: str, labels) -> float:
        return float(
            metrics.f1_score(
                self.y_true, self.y_pred, labels=labels, average=average, zero_division=0
            )
        )

    @cached_property
    def recall(self) -> dict[str, float]:
        """Share of each class's images that are recognised; NaN for a class that the split does not hold."""
        matrix = self.confusion_matrix
        hits, truth = (
            (matrix[:, 1, 1], matrix[:, 1].sum(1))
            if self.multi_label
            else (np.diag(matrix), matrix.sum(axis=1))
        )
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
        return metrics.confusion_matrix(
            self.y_true, self.y_pred, labels=np.arange(len(self.class_names))
        )

    @cached_property
    def hamming_loss(self) -> float:
        """Share of single decisions that are wrong."""
        return float((self._true_matrix != self._pred_matrix).mean())

    @cached_property
    def average_precision(self) -> dict[str, float]:
        """Area under each class's precision-recall curve; NaN for one that the split does not hold. Chance gives its
        :attr:`prevalence`."""
        columns = zip(self._true_matrix.T, self.y_score.T, strict=True)
        values = [
            metrics.average_precision_score(t, s) if t.any() else float("nan") for t, s in columns
        ]
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
        columns |= {
            "average_precision": list(self.average_precision.values()),
            "prevalence": list(self.prevalence.values()),
        }
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
                "thresholds": None
                if self.thresholds is None
                else [float(t) for t in self.thresholds],
            }
        return figures


def _plain(values: dict[str, float]) -> dict[str, float | None]:
    """JSON has no NaN."""
    return {name: None if np.isnan(value) else value for name, value in values.items()}


def wilson_interval(successes: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a proportion; ``z`` = 1.96 is 95 %."""
    if n == 0:
        return (0.0, 1.0)
    p = successes / n
    center = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return float(max(0.0, center - half)), float(min(1.0, center + half))


def fit_thresholds(validation: Evaluation) -> np.ndarray:
    """For each label of a multi-label task the threshold with the highest F1 on *validation* scores.

    Returns:
        float ``(num_classes,)``; 0.5 for a label that validation does not hold. Between two scores that do equally well
        the middle is taken.
    """
    thresholds = np.full(len(validation.class_names), 0.5)
    for index, (truth, score) in enumerate(
        zip(validation.y_true.T.astype(bool), validation.y_score.T, strict=True)
    ):
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
