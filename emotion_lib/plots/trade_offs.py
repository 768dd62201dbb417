"""What accuracy goes with: the recall of a rare class, and the agreement of taggers."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..evaluation import Evaluation
from .axes import legend_above, percent, remove_frame
from .confidence import FEWEST_IMAGES
from .palette import series_style


def recall_against_accuracy(
    evaluations: Mapping[str, Sequence[Evaluation]], class_name: str
) -> Figure:
    """Draw the recall of one class against the accuracy, such as of remedies for rare classes.

    A small point is one seed, a large one the mean of the seeds. A remedy that costs nothing lies
    right above the model without one.

    Args:
        evaluations: by name, of one or more seeds each.
        class_name: whose recall is drawn.
    """
    figure = Figure(figsize=(7, 4.6), layout="constrained")
    axis = figure.subplots()
    for index, (name, seeds) in enumerate(evaluations.items()):
        accuracy = [evaluation.accuracy for evaluation in seeds]
        recall = [evaluation.recall[class_name] for evaluation in seeds]
        style = series_style(index)
        axis.scatter(accuracy, recall, s=15, alpha=0.5, **style)
        axis.scatter(np.mean(accuracy), np.mean(recall), s=80, label=name, **style)
    axis.set(xlabel="accuracy", ylabel=f"recall of {class_name}", ylim=(0, None))
    percent(axis, "x", "y")
    axis.grid(color="0.92")
    legend_above(axis)
    remove_frame(axis)
    return figure


def accuracy_against_agreement(evaluations: Mapping[str, Evaluation], votes: np.ndarray) -> Figure:
    """Draw accuracy against the number of taggers who agree, with 95 % Wilson intervals.

    Numbers of votes that fewer than 10 images have are left out.

    Args:
        evaluations: by name, of the same images.
        votes: of these images, int ``(n, answers)``; an image counts by its most frequent answer.
    """
    agreement = votes.max(axis=1)
    levels, counts = np.unique(agreement, return_counts=True)
    levels = levels[counts >= FEWEST_IMAGES]
    counts = counts[counts >= FEWEST_IMAGES]
    figure = Figure(figsize=(8, 4), layout="constrained")
    axis = figure.subplots()
    for index, (name, evaluation) in enumerate(evaluations.items()):
        parts = [evaluation.where(agreement == level) for level in levels]
        accuracy = np.array([part.accuracy for part in parts])
        ends = np.array([part.accuracy_interval for part in parts])
        error = np.abs(ends - accuracy[:, None]).T
        style = series_style(index)
        axis.errorbar(levels, accuracy, error, capsize=3, label=name, **style)
    axis.set_xticks(levels, [f"{level}\nn = {n}" for level, n in zip(levels, counts, strict=True)])
    axis.set(xlabel="votes for the most frequent answer", ylabel="accuracy, with its 95 % interval")
    axis.set_ylim(0, 1)
    percent(axis, "y")
    legend_above(axis)
    remove_frame(axis)
    return figure
