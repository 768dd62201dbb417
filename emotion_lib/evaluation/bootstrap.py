"""Confidence intervals of metrics that are no proportion: by a bootstrap over the images."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd

from .comparison import check_same_images
from .evaluation import Evaluation
from .intervals import wilson_interval
from .probability_scores import FLOOR, adaptive_calibration_error, brier_score, log_loss

DRAWS = 2000
# Draws that are held in memory together: 250 of 3,589 images are 7 MB.
_AT_ONCE = 250
_BINS = 15  # of the calibration error, as in Evaluation.reliability

# A metric of resampled images: weights (draws, n), how often each image was drawn -> (draws,).
Metric = str | Callable[[Evaluation], float]
_Resampled = Callable[[Evaluation, np.ndarray], np.ndarray]


def bootstrap_interval(
    evaluation: Evaluation, metric: Metric, *, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % interval of a metric, from resamples of the images.

    The percentile interval of Efron ("Bootstrap methods: another look at the jackknife", 1979). The
    images are drawn from all classes together, as the split was: the number of images per class is
    chance, too.

    The calibration error is the exception: noise in the bins makes it too high on a sample, and
    higher still on a resample of the sample. The *basic* interval, which mirrors the resamples at
    the value, corrects for this; so it may lie below the value. In simulations with 3,589 images it
    held a true error of 0.14 in 92 %, one of 0.02 in 89 % and one of 0 in 53 % of the samples (the
    percentile interval: 93 %, 57 % and never). So a low limit near 0 means "perhaps none".

    Args:
        evaluation: of one split.
        metric: "accuracy", "balanced_accuracy", "macro_f1", "micro_f1", "mean_average_precision" or
            "calibration_error", an attribute of the evaluation; or a function of an evaluation,
            which is called for every resample.
        draws: number of resamples.
        seed: random seed.

    Raises:
        ValueError: there is no image, or no such metric.

    Example:
        >>> labels = np.repeat([0, 1], [80, 20])
        >>> scores = np.tile([0.9, 0.1], (100, 1))
        >>> result = Evaluation(labels, scores, ("happy", "sad"))
        >>> low, high = bootstrap_interval(result, "accuracy")
        >>> print(f"{low:.2f} {high:.2f}")
        0.72 0.88
    """
    values = resampled(evaluation, metric, draws=draws, seed=seed)
    low, high = np.nanquantile(values, [0.025, 0.975])
    if metric in ("calibration_error", adaptive_calibration_error):
        low, high = np.maximum(0, 2 * _value(evaluation, metric) - np.array([high, low]))
    return float(low), float(high)


def bootstrap_difference(
    first: Evaluation, second: Evaluation, metric: Metric, *, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % interval of a metric's difference between two models on the same images.

    Both models see the same resamples, so that images that are easy or hard for both cancel out.

    Args:
        first, second: evaluations of the same images in the same order.
        metric: see :func:`bootstrap_interval`.
        draws: number of resamples.
        seed: random seed.

    Raises:
        ValueError: other images, no image, or no such metric.

    Example:
        >>> bootstrap_difference(first, second, "macro_f1")  # doctest: +SKIP
        (0.004, 0.031)
    """
    check_same_images(first, second)
    of_first = resampled(first, metric, draws=draws, seed=seed)
    of_second = resampled(second, metric, draws=draws, seed=seed)
    low, high = np.nanquantile(of_first - of_second, [0.025, 0.975])
    return float(low), float(high)


def resampled(
    evaluation: Evaluation, metric: Metric, *, draws: int = DRAWS, seed: int = 0
) -> np.ndarray:
    """Return a metric on resamples of the images: float ``(draws,)``.

    Args:
        evaluation, metric, draws, seed: see :func:`bootstrap_interval`.

    Raises:
        ValueError: there is no image, or no such metric.
    """
    if not callable(metric) and metric not in _METRICS:
        raise ValueError(f"Expected a metric among {sorted(_METRICS)}. Received: {metric!r}.")
    if evaluation.n == 0:
        raise ValueError("Expected at least one image. Received: none.")
    on_weights = partial(_of_each, metric) if callable(metric) else _METRICS[metric]
    parts = []
    for weights in _weights(evaluation.n, draws, seed):
        parts.append(on_weights(evaluation, weights))
    return np.concatenate(parts)


def _of_each(
    metric: Callable[[Evaluation], float], evaluation: Evaluation, weights: np.ndarray
) -> np.ndarray:
    """Return a metric of each resample by evaluating its images."""
    values = []
    for times in weights.astype(int):
        values.append(metric(evaluation.where(np.repeat(np.arange(evaluation.n), times))))
    return np.array(values)


def _value(evaluation: Evaluation, metric: Metric) -> float:
    return metric(evaluation) if callable(metric) else getattr(evaluation, metric)


def intervals_table(
    evaluation: Evaluation, *, draws: int = DRAWS, seed: int = 0, floor: float = FLOOR
) -> pd.DataFrame:
    """Return every metric of an evaluation with its 95 % interval.

    A share of images has Wilson's interval, everything else that of the bootstrap. Balanced
    accuracy is a mean of shares, but no share of images: the bootstrap also holds the chance of how
    many images each class has.

    Args:
        evaluation: of one split.
        draws: number of resamples.
        seed: random seed.
        floor: of the log loss, see :func:`.probability_scores.log_loss`.

    Returns:
        One row per metric, then one per class's recall and precision. Columns: value, low, high, n
        (the images that it is a share of, or all) and method.

    Example:
        >>> evaluation.intervals_table(report.test).round(3)  # doctest: +SKIP
                           value    low   high     n     method
        accuracy           0.658  0.642  0.673  3589     Wilson
        balanced accuracy  0.623  0.605  0.640  3589  bootstrap
        ...
    """
    rows = {"accuracy": _share(int(evaluation.correct.sum()), evaluation.n)}
    chosen = _MULTI_LABEL if evaluation.multi_label else _SINGLE_LABEL
    if not evaluation.multi_label:
        chosen = chosen | {"log loss": partial(log_loss, floor=floor)}
    for title, metric in chosen.items():
        low, high = bootstrap_interval(evaluation, metric, draws=draws, seed=seed)
        rows[title] = (_value(evaluation, metric), low, high, evaluation.n, "bootstrap")
    true, predicted = _matrices(evaluation)
    for title, whole in (("recall", true), ("precision", predicted)):
        hits = (true & predicted).sum(axis=0).tolist()
        for name, found, n in zip(
            evaluation.class_names, hits, whole.sum(axis=0).tolist(), strict=True
        ):
            rows[f"{title}, {name}"] = _share(found, n)
    columns = ["value", "low", "high", "n", "method"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.rename_axis("metric")


_EVERY: dict[str, Metric] = {"balanced accuracy": "balanced_accuracy", "macro-F1": "macro_f1"}
_MULTI_LABEL = _EVERY | {"micro-F1": "micro_f1", "mAP": "mean_average_precision"}
_SINGLE_LABEL = _EVERY | {
    "calibration error": "calibration_error",
    "adaptive calibration error": adaptive_calibration_error,
    "Brier score": brier_score,
}


def _share(successes: int, n: int) -> tuple[float, float, float, int, str]:
    """Return a row of :func:`intervals_table`; the share of nothing is NaN."""
    value = successes / n if n else float("nan")
    return (value, *wilson_interval(successes, n), n, "Wilson")


def _weights(n: int, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Yield how often each image is in each resample, float64 ``(some of the draws, n)``."""
    generator = np.random.default_rng(seed)
    for start in range(0, draws, _AT_ONCE):
        size = min(_AT_ONCE, draws - start)
        images = generator.integers(0, n, size=(size, n))
        numbered = images + n * np.arange(size)[:, None]
        yield np.bincount(numbered.ravel(), minlength=size * n).reshape(size, n).astype(float)


def _matrices(evaluation: Evaluation) -> tuple[np.ndarray, np.ndarray]:
    """Return true labels and predictions, bool ``(n, num_classes)`` each."""
    if evaluation.multi_label:
        return evaluation.y_true.astype(bool), evaluation.y_pred
    identity = np.eye(len(evaluation.class_names), dtype=bool)
    return identity[evaluation.y_true], identity[evaluation.y_pred]


def _accuracy(evaluation: Evaluation, weights: np.ndarray) -> np.ndarray:
    return weights @ evaluation.correct / evaluation.n


def _counts(evaluation: Evaluation, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return hits, support and predictions of each class: float ``(draws, num_classes)`` each."""
    true, predicted = _matrices(evaluation)
    return weights @ (true & predicted), weights @ true, weights @ predicted


def _balanced_accuracy(evaluation: Evaluation, weights: np.ndarray) -> np.ndarray:
    hits, support, _ = _counts(evaluation, weights)
    return _mean_of_present(hits / np.maximum(support, 1), support)


def _macro_f1(evaluation: Evaluation, weights: np.ndarray) -> np.ndarray:
    hits, support, predictions = _counts(evaluation, weights)
    return _mean_of_present(2 * hits / np.maximum(support + predictions, 1), support)


def _micro_f1(evaluation: Evaluation, weights: np.ndarray) -> np.ndarray:
    hits, support, predictions = _counts(evaluation, weights)
    decisions = (support + predictions).sum(axis=1)
    return 2 * hits.sum(axis=1) / np.maximum(decisions, 1)


def _mean_average_precision(evaluation: Evaluation, weights: np.ndarray) -> np.ndarray:
    true, _ = _matrices(evaluation)
    per_class = partial(_average_precision, weights=weights)
    precisions = [per_class(*pair) for pair in zip(true.T, evaluation.y_score.T, strict=True)]
    return _mean_of_present(np.array(precisions).T, weights @ true)


def _average_precision(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the average precision of one class, as scikit-learn defines it: float ``(draws,)``."""
    order = np.argsort(-score, kind="stable")
    # Images with equal scores are below the same threshold: only the last of them counts.
    last = np.append(np.diff(score[order]) != 0, True)
    drawn = weights[:, order]
    answers = np.cumsum(drawn, axis=1)[:, last]
    hits = np.cumsum(drawn * truth[order], axis=1)[:, last]
    precision = hits / np.maximum(answers, 1)
    steps = np.diff(hits, axis=1, prepend=0)
    return (steps * precision).sum(axis=1) / np.maximum(hits[:, -1], 1)


def _mean_of_present(values: np.ndarray, support: np.ndarray) -> np.ndarray:
    """Return the mean over the classes that a resample contains."""
    present = support > 0
    return (values * present).sum(axis=1) / present.sum(axis=1)


def _calibration_error(evaluation: Evaluation, weights: np.ndarray) -> np.ndarray:
    confidence = evaluation.y_score.max(axis=1)
    index = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    in_bin = np.eye(_BINS)[index]
    distance = evaluation.correct - confidence.astype(float)
    # In a bin, the mean distance times its images is the sum of the distances.
    return np.abs(weights @ (in_bin * distance[:, None])).sum(axis=1) / evaluation.n


_METRICS: dict[str, _Resampled] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "macro_f1": _macro_f1,
    "micro_f1": _micro_f1,
    "mean_average_precision": _mean_average_precision,
    "calibration_error": _calibration_error,
}
