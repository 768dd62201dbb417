"""Figures over several seeds of one method as text, for prose.

The functions belong to :mod:`.recorded_figures`, which describes the splits and the digits.
"""

from statistics import stdev
from typing import TYPE_CHECKING

from .. import artifacts
from .recorded_values import (
    difference_text,
    matching,
    metrics_of,
    of_class,
    p_value_text,
    run_of,
    training_accuracy_of,
)

if TYPE_CHECKING:
    from ..evaluation import Evaluation


def seeds(pattern: str) -> str:
    """Return the number of runs of a pattern, which are trainings with several seeds: "3"."""
    return str(len(matching(pattern)))


def seeds_mean(
    pattern: str, figure: str = "accuracy", split: str = "test", class_name: str = ""
) -> str:
    """Return the mean of a figure over the runs of a pattern, with the lowest and the highest.

    Args:
        pattern: names of trainings of one method with several seeds.
        figure: an attribute of the record's figures, such as "macro_f1", or "training_accuracy".
        split: see above; it does not matter for "training_accuracy".
        class_name: of a figure that has a value for each class, such as "recall".

    Returns:
        "0.656 (0.653 to 0.660)", with two digits for a class and for "training_accuracy".
    """
    values = [_number(run, figure, split, class_name) for run in matching(pattern)]
    two_digits = class_name or figure == "training_accuracy"
    return _mean_and_range(values, digits=2 if two_digits else 3)


def seeds_deviation(
    pattern: str, figure: str = "accuracy", split: str = "test", class_name: str = ""
) -> str:
    """Return the standard deviation of a figure over the runs of a pattern: "0.004".

    It is that of a single training, estimated from n - 1 degrees of freedom, not of the mean.

    Args:
        pattern, figure, split, class_name: see :func:`seeds_mean`.
    """
    values = [_number(run, figure, split, class_name) for run in matching(pattern)]
    return f"{stdev(values):.3f}"


def seeds_difference(first: str, second: str, split: str = "test", class_name: str = "") -> str:
    """Return by how much one method's accuracy exceeds another's, over seeds and images.

    Args:
        first, second: patterns of the trainings of each method.
        split: "test" or "val".
        class_name: compare the recall of this class instead of the accuracy; empty: all images.

    Returns:
        The difference of the means in percentage points, its 95 % interval and the p-value of
        :func:`emotion_lib.evaluation.compare_seeds`: "-1.7 points [-2.9, -0.6], p = 0.01".
    """
    from ..evaluation import compare_seeds

    comparison = compare_seeds(
        _evaluations(first, split, class_name), _evaluations(second, split, class_name)
    )
    return difference_text(comparison.difference, comparison.interval, comparison.p_value)


def seeds_change(
    first: str, second: str, figure: str, split: str = "test", class_name: str = ""
) -> str:
    """Return by how much a figure other than accuracy differs between two methods, over seeds.

    Interval and p-value are of Welch's t-test on the seeds: they hold for these images.

    Args:
        first, second: patterns of the trainings of each method.
        figure: an attribute of an :class:`emotion_lib.evaluation.Evaluation`, such as
            "calibration_error" or "average_precision".
        split: "test" or "val".
        class_name: of a figure that has a value for each class.

    Returns:
        The difference of the means, "-0.119 [-0.131, -0.107], p < 0.001".
    """
    values = []
    for pattern in (first, second):
        found = [getattr(one, figure) for one in _evaluations(pattern, split, "")]
        values.append([of_class(one, class_name) for one in found] if class_name else found)
    means, interval, p_value = _welch(*values)
    return f"{means:+.3f} [{interval[0]:+.3f}, {interval[1]:+.3f}], {p_value_text(p_value)}"


def further_mean(run: str, split: str = "val", figure: str = "accuracy") -> str:
    """Return the mean of a figure over the seeds that one record holds, lowest and highest.

    Notebook 16 keeps the model of the first seed alone. Its record has the evaluations of the
    others too, named "validation, seed 1" or "validation, shifted, seed 1".

    Args:
        run: the record of the first seed.
        split: "val" or "validation, shifted".
        figure: an attribute of the record's figures, such as "balanced_accuracy".

    Returns:
        "0.597 (0.590 to 0.604)".
    """
    return _mean_and_range(_over_further(run, split, figure), digits=3)


def further_difference(
    first: str, second: str, split: str = "val", figure: str = "accuracy"
) -> str:
    """Return the difference of two records' means over seeds, see :func:`further_mean`.

    Interval and p-value are of Welch's t-test on the seeds: they hold for these images.

    Returns:
        "-5.7 points [-6.9, -4.4], p < 0.001".
    """
    return difference_text(
        *_welch(_over_further(first, split, figure), _over_further(second, split, figure))
    )


def _welch(first: list[float], second: list[float]) -> tuple[float, tuple[float, float], float]:
    """Return the difference of two means, its interval and the p-value of Welch's t-test."""
    import numpy as np

    from ..evaluation.seeds import student_interval

    sizes = np.array([len(first), len(second)])
    variances = np.array([np.var(first, ddof=1), np.var(second, ddof=1)]) / sizes
    means = float(np.mean(first) - np.mean(second))
    return means, *student_interval(means, variances, sizes - 1)


def _number(run: artifacts.Run, figure: str, split: str, class_name: str) -> float:
    """Return one figure of a run, see :func:`seeds_mean`."""
    if figure == "training_accuracy":
        return training_accuracy_of(run)
    value = getattr(metrics_of(run.name, split), figure)
    return of_class(value, class_name) if class_name else value


def _mean_and_range(values: list[float], digits: int) -> str:
    mean = sum(values) / len(values)
    return f"{mean:.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def _evaluations(pattern: str, split: str, class_name: str) -> list["Evaluation"]:
    """Return the evaluations of a pattern's runs, of all images or of those of one class."""
    from .recorded_scores import evaluation_of

    found = [evaluation_of(run, split) for run in matching(pattern)]
    if not class_name:
        return found
    positions = {name: index for index, name in enumerate(found[0].class_names)}
    chosen = found[0].y_true == of_class(positions, class_name)
    return [evaluation.where(chosen) for evaluation in found]


def _over_further(run: str, split: str, figure: str) -> list[float]:
    """Return a figure of a record's split and of the further evaluations of other seeds."""
    name = "validation" if split == "val" else split
    splits = run_of(run).record.metrics.evaluations()
    found = [getattr(metrics_of(run, split), figure)]
    for other, figures in splits.items():
        if other.startswith(f"{name}, seed "):
            found.append(getattr(figures, figure))
    return found
