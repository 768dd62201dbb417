"""Axes that several figures have in common."""

from matplotlib.axes import Axes


def remove_frame(axis: Axes) -> None:
    """Remove the upper and the right line of the frame."""
    axis.spines[["top", "right"]].set_visible(False)


def legend_above(axis: Axes) -> None:
    """Put the legend above the axes, so that it covers no curve and no bar."""
    figure = axis.get_figure(root=True)
    handles, names = axis.get_legend_handles_labels()
    longest = max(len(name) for name in names)
    width = figure.get_figwidth() / len(figure.axes)
    columns = max(1, int(13 * width) // (8 + longest))
    axis.legend(
        handles,
        names,
        frameon=False,
        ncols=columns,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0,
    )


def percent(axis: Axes, *directions: str) -> None:
    """Write the ticks of the axes "x" or "y" as percentages."""
    for direction in directions:
        getattr(axis, f"{direction}axis").set_major_formatter(_percent_text)


def _percent_text(share: float, _: int) -> str:
    """Return a tick as a percentage with the decimals that it needs: 0.025 is 2.5%, not 2%."""
    return f"{round(100 * share, 3):g}%"
