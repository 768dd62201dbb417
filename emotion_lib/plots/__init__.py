"""Arrays in, matplotlib Figure out. Nothing here shows or saves."""

import textwrap
from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure

from ..datasets import Split
from ..evaluation import Evaluation

# Okabe & Ito's palette: told apart with every common colour vision.
BLUE, ORANGE = "#0072B2", "#D55E00"


def history(table) -> Figure:
    """Curves of accuracy and loss over the epochs, training and validation, and of whatever else the best epoch, which is
    marked, was chosen by.

    Args:
        table: the DataFrame that :func:`emotion_lib.training.fit` returns.
    """
    monitor = table.attrs.get("monitor", "val_accuracy")
    best = int(table[monitor].idxmax())
    epochs = table["epoch"] + 1
    metrics = [
        m for m in dict.fromkeys((monitor.removeprefix("val_"), "accuracy", "loss")) if m in table
    ]
    figure = Figure(figsize=(5 * len(metrics), 3.6), layout="constrained")
    for axis, metric in zip(figure.subplots(1, len(metrics)), metrics, strict=True):
        axis.plot(epochs, table[metric], color=BLUE, label="training")
        axis.plot(epochs, table[f"val_{metric}"], color=ORANGE, label="validation")
        axis.axvline(
            epochs[best], color="0.6", linestyle=":", label=f"chosen: epoch {epochs[best]}"
        )
        axis.set(xlabel="epoch", ylabel=metric.replace("_", " "))
        axis.legend(frameon=False)
        sns.despine(ax=axis)
    return figure


def confusion_matrix(evaluation: Evaluation, title: str = "") -> Figure:
    """Confusion matrix, each row (a true class) summing to 100 %."""
    matrix = evaluation.confusion_matrix
    with np.errstate(invalid="ignore"):
        share = np.nan_to_num(matrix / matrix.sum(axis=1, keepdims=True))
    return _heatmap(share, matrix.sum(axis=1), evaluation.class_names, title, "% of the true class")


def _heatmap(
    share: np.ndarray, counts: np.ndarray, names: Sequence[str], title: str, unit: str
) -> Figure:
    """Shares 0..1, rows true (with their counts), columns predicted."""
    side = 2.2 + (0.55 if len(names) < 12 else 0.36) * len(names)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axis = figure.subplots()
    sns.heatmap(
        100 * share, annot=True, fmt=".0f", cmap="Blues", vmin=0, vmax=100, square=True, ax=axis,
        xticklabels=names, yticklabels=[f"{n} ({k})" for n, k in zip(names, counts, strict=True)],
        cbar_kws={"label": unit}, annot_kws={"size": 10 if len(names) < 12 else 7},
    )  # fmt: skip
    axis.set(xlabel="predicted", ylabel="true (images)")
    # A run with changed parameters has a long name, and no spaces in it.
    axis.set_title(textwrap.fill(title, int(9 * side)), fontsize=11)
    axis.tick_params(axis="x", rotation=45 if len(names) < 12 else 90)
    axis.tick_params(axis="y", rotation=0)
    return figure


def gallery(images: np.ndarray, titles: Sequence[str], columns: int = 7) -> Figure:
    """A grid of pictures, gray or RGB uint8 0..255, each with its title."""
    rows = max(1, -(-len(images) // columns))
    lines = max((title.count("\n") + 1 for title in titles), default=1)
    figure = Figure(figsize=(1.55 * columns, (1.6 + 0.17 * lines) * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.axis("off")
    for axis, image, title in zip(axes, images, titles, strict=False):
        axis.imshow(np.squeeze(image), cmap="gray", vmin=0, vmax=255)
        axis.set_title(title, fontsize=8)
    return figure


def examples(split: Split, class_names: Sequence[str], columns: int = 7, seed: int = 0) -> Figure:
    """Random pictures of every class, one row a class; where pictures have several labels, each title names all."""
    rng = np.random.default_rng(seed)
    rows = []
    for label in range(len(class_names)):
        members = np.flatnonzero(
            split.labels[:, label] if split.labels.ndim == 2 else split.labels == label
        )
        rows.append(
            rng.choice(members, columns, replace=len(members) < columns) if len(members) else []
        )
    index = np.concatenate(rows).astype(int)
    return gallery(
        split.images[index], [_named(split.labels[i], class_names) for i in index], columns
    )


def _named(label, class_names: Sequence[str], scores: np.ndarray | None = None) -> str:
    """A label, or all of a row of yes and no, in words, with the scores if given."""
    chosen = np.flatnonzero(label) if np.ndim(label) else [label]
    words = [class_names[i] + (f" {scores[i]:.0%}" if scores is not None else "") for i in chosen]
    return "\n".join(words) or "none"


def predictions(
    evaluation: Evaluation, images: np.ndarray, count: int = 21, seed: int = 0
) -> Figure:
    """Random images with what is predicted, how surely, and what the label says.

    Args:
        evaluation: scores of these images.
        images: uint8 ``(n, ...)`` in the same order.
        count: at most so many.
        seed: of the draw.
    """
    index = np.random.default_rng(seed).permutation(evaluation.n)[:count]
    return _judged(evaluation, images, index)


def confident_mistakes(evaluation: Evaluation, images: np.ndarray, count: int = 21) -> Figure:
    """The mistakes the model was surest of: often the label, not the model, is what is wrong.

    Args:
        evaluation: scores of these images.
        images: uint8 ``(n, ...)`` in the same order.
        count: at most so many.
    """
    if evaluation.multi_label:
        wrong = evaluation.y_pred & ~evaluation.y_true.astype(bool)
        confidence = np.where(wrong, evaluation.y_score, -1.0).max(axis=1)
    else:
        confidence = np.where(evaluation.correct, -1.0, evaluation.y_score.max(axis=1))
    index = np.argsort(-confidence)[:count]
    return _judged(evaluation, images, index[confidence[index] >= 0])


def _judged(evaluation: Evaluation, images: np.ndarray, index: np.ndarray) -> Figure:
    names = evaluation.class_names
    said = [_named(evaluation.y_pred[i], names, evaluation.y_score[i]) for i in index]
    meant = [_named(evaluation.y_true[i], names).replace("\n", ", ") for i in index]
    return gallery(
        images[index],
        [f"{s}\n{textwrap.fill(f'label: {m}', 20)}" for s, m in zip(said, meant, strict=True)],
    )


def co_occurrence(evaluation: Evaluation, title: str = "") -> Figure:
    """Of the images that have a true label (row), the share for which each label is predicted (column)."""
    truth = np.asarray(list(evaluation.prevalence.values())) * evaluation.n
    share = evaluation.co_occurrence / np.maximum(truth, 1)[:, None]
    return _heatmap(
        share,
        np.rint(truth).astype(int),
        evaluation.class_names,
        title,
        "% of the images with the true label",
    )


def label_confusions(evaluation: Evaluation, columns: int = 5) -> Figure:
    """The confusion matrix of each label of a multi-label task, no and yes, in images."""
    names, matrices = evaluation.class_names, evaluation.confusion_matrix
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(2 * columns, 2.1 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[len(names) :]:
        axis.axis("off")
    for axis, name, matrix in zip(axes, names, matrices, strict=False):
        share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
        ticks = ["no", "yes"]
        sns.heatmap(
            share, annot=matrix, fmt="d", cmap="Blues", vmin=0, vmax=1, square=True, cbar=False, ax=axis,
            xticklabels=ticks, yticklabels=ticks,
        )  # fmt: skip
        axis.set_title(name, fontsize=9)
    figure.supxlabel("predicted", fontsize=9)
    figure.supylabel("true", fontsize=9)
    return figure


def average_precision(evaluations: dict[str, Evaluation]) -> Figure:
    """Average precision of each label as bars, one colour an evaluation; a black line marks the label's prevalence, which
    guessing reaches."""
    names = next(iter(evaluations.values())).class_names
    figure = _bars(
        {name: e.average_precision for name, e in evaluations.items()},
        "average precision",
        len(names),
    )
    (axis,) = figure.axes
    prevalence = list(next(iter(evaluations.values())).prevalence.values())
    axis.hlines(
        prevalence,
        np.arange(len(names)) - 0.4,
        np.arange(len(names)) + 0.4,
        color="black",
        label="prevalence",
    )
    _legend_above(axis)
    return figure


def recall(evaluations: dict[str, Evaluation]) -> Figure:
    """Recall of each class as bars, one colour an evaluation."""
    return _bars({name: e.recall for name, e in evaluations.items()}, "recall", 0)


def _bars(values: dict[str, dict[str, float]], what: str, labels: int) -> Figure:
    import pandas as pd

    table = (
        pd.DataFrame(values)
        .rename_axis("class")
        .reset_index()
        .melt("class", var_name="evaluation", value_name=what)
    )
    figure = Figure(
        figsize=(max(9, 0.6 * labels), 3.4 if labels < 12 else 4.2), layout="constrained"
    )
    axis = figure.subplots()
    sns.barplot(table, x="class", y=what, hue="evaluation", palette="colorblind", ax=axis)
    axis.set(ylim=(0, 1), xlabel="")
    _legend_above(axis)
    if labels >= 12 or sum(len(str(name)) for name in table["class"].unique()) > 90:
        axis.tick_params(axis="x", rotation=60)
    sns.despine(ax=axis)
    return figure


def _legend_above(axis) -> None:
    """Bars may fill the axes, so the legend stands on top of them."""
    handles, names = axis.get_legend_handles_labels()
    columns = max(1, 100 // (8 + max(map(len, names))))
    axis.legend(
        handles,
        names,
        frameon=False,
        ncols=columns,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0,
    )


def cost(table) -> Figure:
    """Accuracy against training time and against parameters, one point a run, with its interval; a colour a notebook.

    Args:
        table: the leaderboard: columns run (short names, which begin with the notebook's number), accuracy, ci_low, ci_high,
            parameters, seconds.
    """
    figure = Figure(figsize=(12, max(4.2, 0.19 * len(table))), layout="constrained")
    notebooks = sorted({run.split()[0] for run in table["run"]})
    colors = dict(zip(notebooks, sns.color_palette("husl", len(notebooks)), strict=True))
    point_colors = [colors[run.split()[0]] for run in table["run"]]
    axes = figure.subplots(1, 2, sharey=True)
    for axis, column, label, scale in zip(
        axes, ("seconds", "parameters"), ("minutes of training", "parameters"), (60, 1), strict=True
    ):
        for color, row in zip(point_colors, table.to_dict("records"), strict=True):
            if row[column] > 0:
                error = [[row["accuracy"] - row["ci_low"]], [row["ci_high"] - row["accuracy"]]]
                axis.errorbar(
                    row[column] / scale,
                    row["accuracy"],
                    yerr=error,
                    fmt="o",
                    color=color,
                    ecolor="0.8",
                )
        axis.set(xscale="log", xlabel=label)
        sns.despine(ax=axis)
    axes[0].set_ylabel("test accuracy")
    _label_beside(axes[1], table["run"], table["parameters"], table["accuracy"], point_colors)
    return figure


def _label_beside(axis, names, x, y, colors) -> None:
    """Names in a column right of the axes, as high as their points as far as they leave each other room, and lines there."""
    low, high = axis.get_ylim()
    gap = 1 / max(len(names), 12)
    points = sorted(zip(y, x, names, colors, strict=True), key=lambda point: point[0])
    heights, floor = [], 0.0
    for index, (value, *_) in enumerate(points):
        ceiling = 1 - gap * (len(points) - 1 - index)  # what must be left to the names above
        floor = min(max(floor, (value - low) / (high - low)), ceiling)
        heights.append(floor)
        floor += gap
    for height, (value, position, name, color) in zip(heights, points, strict=True):
        axis.annotate(
            name, (position, value), xytext=(1.04, height), textcoords="axes fraction", fontsize=8, color=color, va="center",
            arrowprops={"arrowstyle": "-", "color": color, "lw": 0.5, "alpha": 0.5, "shrinkB": 3},
        )  # fmt: skip


def differences(table, title: str = "") -> Figure:
    """Draw differences of accuracy between pairs as a heat map; a star where McNemar's p is below 0.05.

    Rows bear a number and a name of at most 40 characters, columns the number alone, so that long names take no room.

    Args:
        table: DataFrame with the columns first, second, difference, p_value.
    """
    order = table["first"].unique()
    grid, p_values = (
        table.pivot_table(index="first", columns="second", values=value).reindex(
            index=order, columns=order
        )
        for value in ("difference", "p_value")
    )
    stars = p_values < 0.05
    text = (100 * grid).map(lambda value: "" if np.isnan(value) else f"{value:+.1f}") + stars.map(
        lambda p: "*" if p else ""
    )
    side = 3 + 0.42 * len(grid)
    figure = Figure(figsize=(side + 4, side), layout="constrained")
    axis = figure.subplots()
    limit = max(1e-9, float(np.nanmax(np.abs(100 * grid.to_numpy()), initial=0)))
    sns.heatmap(
        100 * grid, annot=text, fmt="", cmap="RdBu", vmin=-limit, vmax=limit, ax=axis, annot_kws={"size": 7},
        cbar_kws={"label": "percentage points, row minus column"},
    )  # fmt: skip
    numbers = np.arange(1, len(grid) + 1)
    names = [f"{number}  {_abridged(name)}" for number, name in zip(numbers, order, strict=True)]
    axis.set_xticks(numbers - 0.5, numbers, rotation=0)
    axis.set_yticks(numbers - 0.5, names, rotation=0)
    axis.set(xlabel="", ylabel="", title=title)
    return figure


def _abridged(name: str, longest: int = 40) -> str:
    """Return a name without its middle, where it is too long for a figure."""
    if len(name) <= longest:
        return name
    half = (longest - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def throughput(table) -> Figure:
    """Images a second as bars, one panel a network, with the quartiles.

    Args:
        table: DataFrame with the columns network, variant, images_per_second, q1, q3.
    """
    networks = list(dict.fromkeys(table["network"]))
    figure = Figure(figsize=(4.2 * len(networks), 2.8), layout="constrained")
    for axis, network in zip(
        figure.subplots(1, len(networks), squeeze=False)[0], networks, strict=True
    ):
        rows = table[table["network"] == network].sort_values("images_per_second")
        rate = rows["images_per_second"]
        colors = [BLUE if variant.startswith("ours") else "0.7" for variant in rows["variant"]]
        axis.barh(
            rows["variant"],
            rate,
            color=colors,
            xerr=[rate - rows["q1"], rows["q3"] - rate],
            ecolor="0.3",
        )
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
            axis.set(
                title=f"{label} ~ ({quantity}) ^ {rows[fit].iloc[0]:.2f}",
                xlabel=quantity,
                ylabel=label,
            )
            axis.title.set_size(9)
            sns.despine(ax=axis)
    return figure


def reliability(evaluations: dict[str, Evaluation]) -> Figure:
    """Accuracy against confidence, one curve an evaluation; on the diagonal confidence means what it says. The expected
    calibration error is in the legend."""
    figure = Figure(figsize=(4.6, 4.4), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="0.7", linestyle=":")
    for (name, evaluation), color in zip(
        evaluations.items(), sns.color_palette("colorblind"), strict=False
    ):
        bins = evaluation.reliability()
        label = f"{name}, error {evaluation.calibration_error:.3f}"
        axis.plot(bins["confidence"], bins["accuracy"], "o-", color=color, label=label)
    axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy")
    axis.legend(frameon=False, loc="upper left")
    sns.despine(ax=axis)
    return figure


def risk_coverage(evaluations: dict[str, Evaluation], threshold: float | None = None) -> Figure:
    """Share of wrong answers against share of images answered, one curve an evaluation; a dot where a threshold of
    confidence leads to."""
    figure = Figure(figsize=(5.2, 4), layout="constrained")
    axis = figure.subplots()
    for (name, evaluation), color in zip(
        evaluations.items(), sns.color_palette("colorblind"), strict=False
    ):
        thresholds, coverage, risk = evaluation.risk_coverage()
        axis.plot(coverage, risk, color=color, label=name)
        if threshold is not None and (answered := int((thresholds >= threshold).sum())):
            place = coverage[answered - 1], risk[answered - 1]
            axis.plot(*place, "o", color=color)
            text = f"{place[0]:.0%} answered, {place[1]:.0%} wrong"
            axis.annotate(text, place, (-6, 6), textcoords="offset points", ha="right")
    axis.set(
        xlim=(0, 1.02),
        ylim=(0, None),
        xlabel="share of images answered",
        ylabel="share of answers that are wrong",
    )
    axis.legend(frameon=False)
    sns.despine(ax=axis)
    return figure
