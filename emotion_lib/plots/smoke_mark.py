"""A line on every figure of a smoke run, so that nobody takes its numbers for results."""

import functools

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

TEXT = "smoke run on a few images: these numbers mean nothing"
_GID = "smoke-mark"
_STRIP = 0.24  # inches below the axes


def mark_figures() -> None:
    """Let every figure that this process draws bear the line, in a strip below its axes.

    Matplotlib has no setting for that: :meth:`Figure.draw`, through which each figure is shown and
    saved, is wrapped.
    """
    plain_draw = Figure.draw

    @functools.wraps(plain_draw)
    def draw(figure: Figure, renderer) -> None:
        _mark(figure)
        plain_draw(figure, renderer)

    Figure.draw = draw  # type: ignore[method-assign, assignment]


def _mark(figure: Figure) -> None:
    if any(text.get_gid() == _GID for text in figure.texts):
        return
    share = _STRIP / figure.get_figheight()
    engine = figure.get_layout_engine()
    if engine is None:
        # Labels below the figure's edge, as pandas leaves them, move up with the axes.
        below = min(0.0, figure.get_tightbbox().y0) / figure.get_figheight()
        figure.subplots_adjust(bottom=figure.subplotpars.bottom + share - below)
    elif isinstance(engine, ConstrainedLayoutEngine):
        bottom = share
        if figure.get_supxlabel():  # the engine would leave it at the edge
            label = figure.supxlabel(figure.get_supxlabel(), y=share, va="bottom")
            bottom += label.get_window_extent().height / figure.bbox.height
        engine.set(rect=(0, bottom, 1, 1 - bottom))
    figure.text(
        0.5,
        share / 2,
        TEXT,
        ha="center",
        va="center",
        fontsize=9,
        color="white",
        gid=_GID,
        bbox={"boxstyle": "square,pad=0.2", "facecolor": "firebrick", "edgecolor": "none"},
    )
