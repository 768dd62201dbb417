"""Figures of recorded runs as text, one function for each kind of figure.

Prose calls these functions between markers, see :mod:`emotion_lib.experiments.findings`. All
figures come from ``run.json``, ``history.csv`` and the scores of the runs in the artifacts folder.

A split is named as ``run.json`` names it: "test" (the default), "val", "test_without_twins", or a
further evaluation such as "validation, shifted". Shares are written as fractions with three digits,
differences of shares in percentage points with one.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .recorded_seeds import (
    further_difference,
    further_mean,
    seeds,
    seeds_change,
    seeds_deviation,
    seeds_difference,
    seeds_mean,
)
from .recorded_tables import table, value
from .recorded_values import (
    difference_text,
    matching,
    metrics_of,
    of_class,
    run_of,
    share,
    training_accuracy_of,
)

if TYPE_CHECKING:
    from ..evaluation.calibration import Scaling


def accuracy(run: str, split: str = "test") -> str:
    """Return the accuracy of a run on a split: "0.658". Multi-label: the share of exact matches."""
    return share(metrics_of(run, split).accuracy)


def validation(run: str) -> str:
    """Return the accuracy of a run on the validation split: "0.651"."""
    return accuracy(run, "val")


def without_twins(run: str) -> str:
    """Return the accuracy on test images without a pixel-identical training image: "0.649"."""
    return accuracy(run, "test_without_twins")


def interval(run: str, split: str = "test") -> str:
    """Return the 95 % interval of the accuracy: "[0.642, 0.673]"."""
    low, high = metrics_of(run, split).accuracy_interval_95
    return f"[{share(low)}, {share(high)}]"


def balanced_accuracy(run: str, split: str = "test") -> str:
    """Return the mean recall over the classes: "0.623"."""
    return share(metrics_of(run, split).balanced_accuracy)


def macro_f1(run: str, split: str = "test") -> str:
    """Return the mean F1 over the classes: "0.629"."""
    return share(metrics_of(run, split).macro_f1)


def recall(run: str, class_name: str, split: str = "test") -> str:
    """Return the share of a class's images that are recognised: "0.53"."""
    return f"{of_class(metrics_of(run, split).recall, class_name):.2f}"


def calibration_error(run: str, split: str = "test") -> str:
    """Return the expected calibration error: "0.099"."""
    return share(metrics_of(run, split).calibration_error)


def temperature(run: str) -> str:
    """Return the temperature that fits a run's scores best on validation: "1.60"."""
    return f"{_scaling(run).temperature:.2f}"


def scaled_calibration_error(run: str) -> str:
    """Return the calibration error on test with :func:`temperature`: "0.022"."""
    from ..evaluation.calibration import without_zeros
    from .recorded_scores import evaluation_of

    recorded = without_zeros(evaluation_of(run_of(run)))
    return share(_scaling(run).apply(recorded).calibration_error)


def answered(run: str, risk: float) -> str:
    """Return the share of test images that are answered if the run may say "not sure": "0.862".

    Args:
        run: a recorded run.
        risk: highest share of wrong answers on validation, for which the threshold is set.
    """
    return share(_selective(run, risk)["coverage"])


def answered_wrongly(run: str, risk: float) -> str:
    """Return the share of the answers of :func:`answered` that are wrong on test: "0.103"."""
    return share(_selective(run, risk)["risk"])


def mean_average_precision(run: str, split: str = "test") -> str:
    """Return the mean average precision of a multi-label run: "0.522"."""
    return share(metrics_of(run, split).mean_average_precision)


def average_precision(run: str, class_name: str, split: str = "test") -> str:
    """Return the average precision of one label of a multi-label run: "0.83"."""
    return f"{of_class(metrics_of(run, split).average_precision, class_name):.2f}"


def difference(first: str, second: str, split: str = "test") -> str:
    """Return by how much the first run's accuracy exceeds the second's, by the paired test.

    The interval and p come from :func:`emotion_lib.evaluation.compare` on the tracked scores.

    Args:
        first, second: two runs with scores of the same images.
        split: "test" or "val".

    Returns:
        The difference in percentage points, its 95 % interval and the p-value of McNemar's test:
        "+1.0 points [-0.3, +2.3], p = 0.13".

    Raises:
        ValueError: the runs have no scores of the same images and classes.
    """
    from ..evaluation import compare
    from .recorded_scores import evaluation_of

    comparison = compare(evaluation_of(run_of(first), split), evaluation_of(run_of(second), split))
    return difference_text(comparison.difference, comparison.interval, comparison.p_value)


def training_accuracy(run: str) -> str:
    """Return the accuracy on training images in the last epoch, as training saw them: "0.77"."""
    return f"{training_accuracy_of(run_of(run)):.2f}"


def images(run: str, split: str = "test") -> str:
    """Return the number of images of a split, of "train" too: "3,589"."""
    if split == "train":
        return f"{run_of(run).record.data.images['train']:,}"
    return f"{metrics_of(run, split).n:,}"


def images_of_class(run: str, class_name: str, split: str = "test") -> str:
    """Return the number of images of a class in "test" or "val": "55"."""
    labels, _, class_names = run_of(run).scores(split)
    counts = {name: (labels == index).sum() for index, name in enumerate(class_names)}
    return f"{of_class(counts, class_name):,}"


def confusion(run: str, true_class: str, predicted_class: str) -> str:
    """Return the share of a class's test images that are taken for another class: "0.17"."""
    labels, scores, class_names = run_of(run).scores("test")
    columns = {name: index for index, name in enumerate(class_names)}
    predicted = scores[labels == of_class(columns, true_class)].argmax(axis=1)
    return f"{(predicted == of_class(columns, predicted_class)).mean():.2f}"


def parameters(run: str) -> str:
    """Return the number of parameters of a run's model: "843,623"."""
    return f"{run_of(run).record.model.parameters:,}"


def epochs(run: str) -> str:
    """Return the number of epochs that a run was trained: "24"."""
    return str(run_of(run).record.training.epochs)


def chosen_epoch(run: str) -> str:
    """Return the epoch, counted from 1, whose weights a run kept: "22"."""
    return str(run_of(run).record.training.chosen_epoch)


def seconds(pattern: str) -> str:
    """Return the training time in seconds, of all runs of a pattern together: "867"."""
    return f"{sum(run.record.training.seconds for run in matching(pattern)):,.0f}"


def minutes(pattern: str) -> str:
    """Return the training time in minutes, of all runs of a pattern together: "14"."""
    total = sum(run.record.training.seconds for run in matching(pattern))
    return f"{total / 60:,.0f}"


def best(pattern: str) -> str:
    """Return the name of the run of a pattern with the highest accuracy on validation.

    A marker may use the name as an argument: ``accuracy(best("09_hog_classifiers/*"))``.
    """
    return max(matching(pattern), key=lambda run: run.record.metrics.val.accuracy).name


def accuracy_range(pattern: str, split: str = "test") -> str:
    """Return the lowest and the highest accuracy of the runs of a pattern: "0.699 to 0.703"."""
    found = [metrics_of(run.name, split).accuracy for run in matching(pattern)]
    return f"{share(min(found))} to {share(max(found))}"


def cited(value: str, source: str) -> str:
    """Return a figure that no run here recorded, with the publication it comes from: "0.712"."""
    if not source:
        raise ValueError(f"Expected the source of {value!r}. Received: an empty text.")
    return value


FIGURES: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        accuracy, validation, without_twins, interval, balanced_accuracy, macro_f1, recall,
        calibration_error, temperature, scaled_calibration_error, answered, answered_wrongly,
        mean_average_precision, average_precision, difference,
        training_accuracy, images, images_of_class, confusion, parameters, epochs,
        chosen_epoch, seconds, minutes, best, accuracy_range, seeds, seeds_mean,
        seeds_change, seeds_deviation, seeds_difference, further_mean, further_difference, cited,
        value, table,
    )
}  # fmt: skip


def _scaling(name: str) -> "Scaling":
    """Return the temperature that fits a run's scores best on validation."""
    from ..evaluation.calibration import fit_scaling, without_zeros
    from .recorded_scores import evaluation_of

    return fit_scaling(without_zeros(evaluation_of(run_of(name), "val")))


def _selective(name: str, risk: float) -> dict[str, float]:
    """Return coverage and risk on test, with the threshold of a risk on validation."""
    from ..evaluation.calibration import abstention_threshold, selective
    from .recorded_scores import evaluation_of

    threshold = abstention_threshold(evaluation_of(run_of(name), "val"), risk)
    return selective(evaluation_of(run_of(name)), threshold)
