"""Figures of recorded runs as text, one function for each kind of figure.

Prose calls these functions between markers, see :mod:`emotion_lib.experiments.findings`. All
figures come from ``run.json``, ``history.csv`` and the scores of the runs in the artifacts folder.

A split is named as ``run.json`` names it: "test" (the default), "val", "test_without_twins", or a
further evaluation such as "validation, shifted". Shares are written as fractions with three digits,
differences of shares in percentage points with one.
"""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from .. import artifacts
from .perceived_tables import label_run_name

if TYPE_CHECKING:
    from ..evaluation import Evaluation
    from ..evaluation.calibration import Scaling


def accuracy(run: str, split: str = "test") -> str:
    """Return the accuracy of a run on a split: "0.658". Multi-label: the share of exact matches."""
    return _share(_metrics(run, split).accuracy)


def validation(run: str) -> str:
    """Return the accuracy of a run on the validation split: "0.651"."""
    return accuracy(run, "val")


def without_twins(run: str) -> str:
    """Return the accuracy on test images without a pixel-identical training image: "0.649"."""
    return accuracy(run, "test_without_twins")


def interval(run: str, split: str = "test") -> str:
    """Return the 95 % interval of the accuracy: "[0.642, 0.673]"."""
    low, high = _metrics(run, split).accuracy_interval_95
    return f"[{_share(low)}, {_share(high)}]"


def balanced_accuracy(run: str, split: str = "test") -> str:
    """Return the mean recall over the classes: "0.623"."""
    return _share(_metrics(run, split).balanced_accuracy)


def macro_f1(run: str, split: str = "test") -> str:
    """Return the mean F1 over the classes: "0.629"."""
    return _share(_metrics(run, split).macro_f1)


def recall(run: str, class_name: str, split: str = "test") -> str:
    """Return the share of a class's images that are recognised: "0.53"."""
    return f"{_of_class(_metrics(run, split).recall, class_name):.2f}"


def calibration_error(run: str, split: str = "test") -> str:
    """Return the expected calibration error: "0.099"."""
    return _share(_metrics(run, split).calibration_error)


def temperature(run: str) -> str:
    """Return the temperature that fits a run's scores best on validation: "1.82"."""
    return f"{_scaling(run).temperature:.2f}"


def scaled_calibration_error(run: str) -> str:
    """Return the calibration error on test with :func:`temperature`: "0.041"."""
    from .recorded_scores import evaluation_of

    return _share(_scaling(run).apply(evaluation_of(_run(run))).calibration_error)


def answered(run: str, risk: float) -> str:
    """Return the share of test images that are answered if the run may say "not sure": "0.862".

    Args:
        run: a recorded run.
        risk: highest share of wrong answers on validation, for which the threshold is set.
    """
    return _share(_selective(run, risk)["coverage"])


def answered_wrongly(run: str, risk: float) -> str:
    """Return the share of the answers of :func:`answered` that are wrong on test: "0.103"."""
    return _share(_selective(run, risk)["risk"])


def mean_average_precision(run: str, split: str = "test") -> str:
    """Return the mean average precision of a multi-label run: "0.522"."""
    return _share(_metrics(run, split).mean_average_precision)


def average_precision(run: str, class_name: str, split: str = "test") -> str:
    """Return the average precision of one label of a multi-label run: "0.83"."""
    return f"{_of_class(_metrics(run, split).average_precision, class_name):.2f}"


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

    comparison = compare(evaluation_of(_run(first), split), evaluation_of(_run(second), split))
    return _difference_text(comparison.difference, comparison.interval, comparison.p_value)


def training_accuracy(run: str) -> str:
    """Return the accuracy on training images in the last epoch, as training saw them: "0.77"."""
    return f"{_training_accuracy(_run(run)):.2f}"


def images(run: str, split: str = "test") -> str:
    """Return the number of images of a split, of "train" too: "3,589"."""
    if split == "train":
        return f"{_run(run).record.data.images['train']:,}"
    return f"{_metrics(run, split).n:,}"


def images_of_class(run: str, class_name: str, split: str = "test") -> str:
    """Return the number of images of a class in "test" or "val": "55"."""
    labels, _, class_names = _run(run).scores(split)
    counts = {name: (labels == index).sum() for index, name in enumerate(class_names)}
    return f"{_of_class(counts, class_name):,}"


def confusion(run: str, true_class: str, predicted_class: str) -> str:
    """Return the share of a class's test images that are taken for another class: "0.17"."""
    labels, scores, class_names = _run(run).scores("test")
    columns = {name: index for index, name in enumerate(class_names)}
    predicted = scores[labels == _of_class(columns, true_class)].argmax(axis=1)
    return f"{(predicted == _of_class(columns, predicted_class)).mean():.2f}"


def parameters(run: str) -> str:
    """Return the number of parameters of a run's model: "843,623"."""
    return f"{_run(run).record.model.parameters:,}"


def epochs(run: str) -> str:
    """Return the number of epochs that a run was trained: "24"."""
    return str(_run(run).record.training.epochs)


def chosen_epoch(run: str) -> str:
    """Return the epoch, counted from 1, whose weights a run kept: "22"."""
    return str(_run(run).record.training.chosen_epoch)


def seconds(pattern: str) -> str:
    """Return the training time in seconds, of all runs of a pattern together: "867"."""
    return f"{sum(run.record.training.seconds for run in _matching(pattern)):,.0f}"


def minutes(pattern: str) -> str:
    """Return the training time in minutes, of all runs of a pattern together: "14"."""
    total = sum(run.record.training.seconds for run in _matching(pattern))
    return f"{total / 60:,.0f}"


def best(pattern: str) -> str:
    """Return the name of the run of a pattern with the highest accuracy on validation.

    A marker may use the name as an argument: ``accuracy(best("09_hog_classifiers/*"))``.
    """
    return max(_matching(pattern), key=lambda run: run.record.metrics.val.accuracy).name


def accuracy_range(pattern: str, split: str = "test") -> str:
    """Return the lowest and the highest accuracy of the runs of a pattern: "0.699 to 0.703"."""
    found = [_metrics(run.name, split).accuracy for run in _matching(pattern)]
    return f"{_share(min(found))} to {_share(max(found))}"


def seeds(pattern: str) -> str:
    """Return the number of runs of a pattern, which are trainings with several seeds: "3"."""
    return str(len(_matching(pattern)))


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
    values = [_number(run, figure, split, class_name) for run in _matching(pattern)]
    two_digits = class_name or figure == "training_accuracy"
    return _mean_and_range(values, digits=2 if two_digits else 3)


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
    return _difference_text(comparison.difference, comparison.interval, comparison.p_value)


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
    import numpy as np

    from ..evaluation.seeds import student_interval

    of_first = np.array(_over_further(first, split, figure))
    of_second = np.array(_over_further(second, split, figure))
    sizes = np.array([of_first.size, of_second.size])
    variances = np.array([of_first.var(ddof=1), of_second.var(ddof=1)]) / sizes
    means = float(of_first.mean() - of_second.mean())
    return _difference_text(means, *student_interval(means, variances, sizes - 1))


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
        seeds_difference, further_mean, further_difference, cited,
    )
}  # fmt: skip


def _scaling(name: str) -> "Scaling":
    """Return the temperature that fits a run's scores best on validation."""
    from ..evaluation.calibration import fit_scaling
    from .recorded_scores import evaluation_of

    return fit_scaling(evaluation_of(_run(name), "val"))


def _selective(name: str, risk: float) -> dict[str, float]:
    """Return coverage and risk on test, with the threshold of a risk on validation."""
    from ..evaluation.calibration import abstention_threshold, selective
    from .recorded_scores import evaluation_of

    threshold = abstention_threshold(evaluation_of(_run(name), "val"), risk)
    return selective(evaluation_of(_run(name)), threshold)


def _run(name: str) -> artifacts.Run:
    return artifacts.load_run(name)


def _matching(pattern: str) -> list[artifacts.Run]:
    """Return the full runs whose name matches a pattern such as "13_compact_residual/seed-*".

    A network with two heads is two runs, of one training and with different labels. Of these, the
    pattern stands for the first, unless it ends in "/perceived".
    """
    found = [run for run in artifacts.runs() if fnmatchcase(run.name, pattern)]
    names = {run.name for run in found}
    found = [run for run in found if not names & _other_heads(run)]
    if not found:
        raise artifacts.ArtifactError(
            f"Expected a pattern that recorded runs match. Received: {pattern!r}. "
            "The names of runs are in artifacts/leaderboard.csv."
        )
    return found


def _number(run: artifacts.Run, figure: str, split: str, class_name: str) -> float:
    """Return one figure of a run, see :func:`seeds_mean`."""
    if figure == "training_accuracy":
        return _training_accuracy(run)
    value = getattr(_metrics(run.name, split), figure)
    return _of_class(value, class_name) if class_name else value


def _training_accuracy(run: artifacts.Run) -> float:
    import pandas as pd

    history = pd.read_csv(run.folder / "history.csv")
    return float(history["accuracy"].iloc[-1])


def _mean_and_range(values: list[float], digits: int) -> str:
    mean = sum(values) / len(values)
    return f"{mean:.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def _evaluations(pattern: str, split: str, class_name: str) -> list["Evaluation"]:
    """Return the evaluations of a pattern's runs, of all images or of those of one class."""
    from .recorded_scores import evaluation_of

    found = [evaluation_of(run, split) for run in _matching(pattern)]
    if not class_name:
        return found
    positions = {name: index for index, name in enumerate(found[0].class_names)}
    of_class = found[0].y_true == _of_class(positions, class_name)
    return [evaluation.where(of_class) for evaluation in found]


def _over_further(run: str, split: str, figure: str) -> list[float]:
    """Return a figure of a record's split and of the further evaluations of other seeds."""
    name = "validation" if split == "val" else split
    splits = _run(run).record.metrics.evaluations()
    found = [getattr(_metrics(run, split), figure)]
    for other, figures in splits.items():
        if other.startswith(f"{name}, seed "):
            found.append(getattr(figures, figure))
    return found


def _other_heads(run: artifacts.Run) -> set[str]:
    """Return the name of the run of the first head of the same network, if it is another run."""
    return {label_run_name(run)} - {run.name}


def _metrics(name: str, split: str) -> artifacts.Figures:
    splits = _run(name).record.metrics.evaluations()
    if split not in splits:
        raise ValueError(f"Expected a split of {name}: {sorted(splits)}. Received: {split!r}.")
    return splits[split]


def _of_class(values: dict[str, Any], class_name: str) -> Any:
    if class_name not in values:
        raise ValueError(f"Expected a class among {sorted(values)}. Received: {class_name!r}.")
    return values[class_name]


def _difference_text(difference: float, interval: tuple[float, float], p_value: float) -> str:
    limits = f"[{_points(interval[0])}, {_points(interval[1])}]"
    return f"{_points(difference)} points {limits}, {_p_value(p_value)}"


def _share(value: float) -> str:
    return f"{value:.3f}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _p_value(value: float) -> str:
    if value < 0.001:
        return "p < 0.001"
    return f"p = {value:.3f}" if value < 0.01 else f"p = {value:.2f}"
