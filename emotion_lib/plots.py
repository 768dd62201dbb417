"""Arrays in, matplotlib Figure out. Nothing here shows or saves."""

from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure

from .datasets import Split
from .evaluation import Evaluation

# Okabe & Ito's palette: told apart with every common colour vision.
BLUE, ORANGE = "#0072B2", "#D55E00"


def history(table) -> Figure:
    """Curves of accuracy and loss over the epochs, training and validation; the best epoch is marked.

    Args:
        table: the DataFrame that :func:`emotion_lib.training.fit` returns.
    """
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    best = int(table["val_accuracy"].idxmax())
    epochs = table["epoch"] + 1
    for axis, metric in zip(figure.subplots(1, 2), ("accuracy", "loss"), strict=True):
        axis.plot(epochs, table[metric], color=BLUE, label="training")
        axis.plot(epochs, table[f"val_{metric}"], color=ORANGE, label="validation")
        axis.axvline(epochs[best], color="0.6", linestyle=":", label=f"chosen: epoch {epochs[best]}")
        axis.set(xlabel="epoch", ylabel=metric)
        axis.legend(frameon=False)
        sns.despine(ax=axis)
    return figure


def confusion_matrix(evaluation: Evaluation, title: str = "") -> Figure:
    """Confusion matrix, each row (a true class) summing to 100 %."""
    matrix = evaluation.confusion_matrix
    with np.errstate(invalid="ignore"):
        share = np.nan_to_num(matrix / matrix.sum(axis=1, keepdims=True))
    names = list(evaluation.class_names)
    side = 2.2 + 0.55 * len(names)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axis = figure.subplots()
    sns.heatmap(
        100 * share, annot=True, fmt=".0f", cmap="Blues", vmin=0, vmax=100, square=True, ax=axis,
        xticklabels=names, yticklabels=[f"{n} ({k})" for n, k in zip(names, matrix.sum(axis=1), strict=True)],
        cbar_kws={"label": "% of the true class"},
    )  # fmt: skip
    axis.set(xlabel="predicted", ylabel="true (images)", title=title)
    axis.tick_params(axis="x", rotation=45)
    axis.tick_params(axis="y", rotation=0)
    return figure


def gallery(images: np.ndarray, titles: Sequence[str], columns: int = 7) -> Figure:
    """A grid of pictures, gray or RGB uint8 0..255, each with its title."""
    rows = max(1, -(-len(images) // columns))
    figure = Figure(figsize=(1.55 * columns, 1.95 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.axis("off")
    for axis, image, title in zip(axes, images, titles, strict=False):
        axis.imshow(np.squeeze(image), cmap="gray", vmin=0, vmax=255)
        axis.set_title(title, fontsize=8)
    return figure


def examples(split: Split, class_names: Sequence[str], columns: int = 7, seed: int = 0) -> Figure:
    """Random pictures of every class, one row a class."""
    rng = np.random.default_rng(seed)
    rows = []
    for label in range(len(class_names)):
        members = np.flatnonzero(split.labels == label)
        rows.append(rng.choice(members, columns, replace=len(members) < columns) if len(members) else [])
    index = np.concatenate(rows).astype(int)
    return gallery(split.images[index], [class_names[label] for label in split.labels[index]], columns)


def confident_mistakes(evaluation: Evaluation, images: np.ndarray, count: int = 21) -> Figure:
    """The mistakes the model was surest of: often the label, not the model, is what is wrong.

    Args:
        evaluation: scores of these images.
        images: uint8 ``(n, ...)`` in the same order.
        count: at most so many.
    """
    confidence = np.where(evaluation.y_pred != evaluation.y_true, evaluation.y_score.max(axis=1), -1.0)
    index = np.argsort(-confidence)[:count]
    index = index[confidence[index] >= 0]
    names = evaluation.class_names
    titles = [f"{names[evaluation.y_pred[i]]} {confidence[i]:.0%}\nlabel: {names[evaluation.y_true[i]]}" for i in index]
    return gallery(images[index], titles)


def recall(evaluations: dict[str, Evaluation]) -> Figure:
    """Recall of each class as bars, one colour an evaluation."""
    import pandas as pd

    table = pd.DataFrame({name: e.recall for name, e in evaluations.items()})
    table = table.rename_axis("class").reset_index().melt("class", var_name="evaluation", value_name="recall")
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    axis = figure.subplots()
    sns.barplot(table, x="class", y="recall", hue="evaluation", palette="colorblind", ax=axis)
    axis.set(ylim=(0, 1), xlabel="")
    axis.legend(frameon=False, title="")
    sns.despine(ax=axis)
    return figure


def cost(table) -> Figure:
    """Accuracy against parameters and against training time, one point a run, with its interval.

    Args:
        table: the leaderboard: columns run, accuracy, ci_low, ci_high, parameters, seconds.
    """
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    for axis, column, label, scale in zip(
        figure.subplots(1, 2, sharey=True),
        ("parameters", "seconds"),
        ("parameters", "minutes of training"),
        (1, 60),
        strict=True,
    ):
        rows = table[table[column] > 0]
        error = [rows["accuracy"] - rows["ci_low"], rows["ci_high"] - rows["accuracy"]]
        axis.errorbar(rows[column] / scale, rows["accuracy"], yerr=error, fmt="o", color=BLUE, ecolor="0.7")
        for run, x, y in zip(rows["run"], rows[column] / scale, rows["accuracy"], strict=True):
            axis.annotate(run, (x, y), xytext=(4, 4), textcoords="offset points", fontsize=7)
        axis.set(xscale="log", xlabel=label, ylabel="test accuracy")
        sns.despine(ax=axis)
    return figure


def differences(table, title: str = "") -> Figure:
    """Differences of accuracy between pairs as a heat map; a star where McNemar's p is below 0.05.

    Args:
        table: DataFrame with the columns first, second, difference, p_value.
    """
    grid = table.pivot_table(index="first", columns="second", values="difference")
    stars = table.pivot_table(index="first", columns="second", values="p_value") < 0.05
    text = (100 * grid).map(lambda value: "" if np.isnan(value) else f"{value:+.1f}") + stars.map(lambda p: "*" if p else "")
    side = 2.5 + 0.55 * len(grid)
    figure = Figure(figsize=(side + 2, side), layout="constrained")
    axis = figure.subplots()
    limit = max(1e-9, float(np.nanmax(np.abs(100 * grid.to_numpy()), initial=0)))
    sns.heatmap(
        100 * grid, annot=text, fmt="", cmap="RdBu", vmin=-limit, vmax=limit, ax=axis, annot_kws={"size": 7},
        cbar_kws={"label": "percentage points, row minus column"},
    )  # fmt: skip
    axis.set(xlabel="", ylabel="", title=title)
    return figure


def throughput(table) -> Figure:
    """Images a second as bars, one panel a network, with the quartiles.

    Args:
        table: DataFrame with the columns network, variant, images_per_second, q1, q3.
    """
    networks = list(dict.fromkeys(table["network"]))
    figure = Figure(figsize=(4.2 * len(networks), 2.8), layout="constrained")
    for axis, network in zip(figure.subplots(1, len(networks), squeeze=False)[0], networks, strict=True):
        rows = table[table["network"] == network].sort_values("images_per_second")
        rate = rows["images_per_second"]
        colors = [BLUE if variant.startswith("ours") else "0.7" for variant in rows["variant"]]
        axis.barh(rows["variant"], rate, color=colors, xerr=[rate - rows["q1"], rows["q3"] - rate], ecolor="0.3")
        axis.set(title=network, xlabel="images a second")
        sns.despine(ax=axis)
    return figure


def growth(table) -> Figure:
    """Time and memory against each quantity, both axes logarithmic, with the fitted exponents.

    Args:
        table: DataFrame with the columns quantity, value, seconds, memory_mib, time_exponent, memory_exponent.
    """
    quantities = list(dict.fromkeys(table["quantity"]))
    figure = Figure(figsize=(3.2 * len(quantities), 5), layout="constrained")
    axes = figure.subplots(2, len(quantities), squeeze=False)
    for column, quantity in enumerate(quantities):
        rows = table[table["quantity"] == quantity]
        for axis, name, fit, label in (
            (axes[0, column], "seconds", "time_exponent", "seconds"),
            (axes[1, column], "memory_mib", "memory_exponent", "MiB"),
        ):
            axis.loglog(rows["value"], rows[name], "o-", color=BLUE)
            axis.set(title=f"{label} ~ ({quantity}) ^ {rows[fit].iloc[0]:.2f}", xlabel=quantity, ylabel=label)
            axis.title.set_size(9)
            sns.despine(ax=axis)
    return figure
