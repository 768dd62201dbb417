"""Cards: a face's name and its shares as bars, in the colour that its box has in the picture."""

from collections.abc import Iterable
from html import escape

from ..inference.drawing import color_of
from ..inference.results import NOT_SURE, Prediction

CSS = """
.faces { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 12px; }
.face { border: 1px solid var(--border-color-primary); border-left: 5px solid var(--face); border-radius: 8px;
        padding: 10px 12px; background: var(--background-fill-primary); }
.face h3 { margin: 0 0 6px; font-size: 1.05em; color: var(--body-text-color); }
.face table { width: 100%; border-collapse: collapse; font-size: .9em; }
.face tr, .face table { border: none !important; }
.face td { padding: 1px 0; border: none; color: var(--body-text-color); }
.face td.bar { width: 55%; padding: 0 8px; }
.face td.bar div { height: 10px; border-radius: 3px; background: var(--face); min-width: 1px; }
.face td.share { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.face tr.first td { font-weight: 600; }
"""


def of_predictions(predictions: Iterable[Prediction], numbers: Iterable[int]) -> str:
    """Cards of faces with their probabilities; the numbers are those on the picture, from 1."""
    return _grid(
        _of_prediction(prediction, number)
        for prediction, number in zip(predictions, numbers, strict=True)
    )


def of_seconds(seconds: dict[int, dict[str, float]]) -> str:
    """Cards of tracked faces: number -> label -> seconds it was shown."""
    return _grid(_of_seconds(number, labels) for number, labels in seconds.items())


def _of_prediction(prediction: Prediction, number: int) -> str:
    top = max(prediction.probabilities, key=prediction.probabilities.get)
    label = prediction.label if prediction.label != NOT_SURE else f"{NOT_SURE} (perhaps {top})"
    rows = [
        (name, share, f"{100 * share:.0f} %", name == top)
        for name, share in prediction.probabilities.items()
    ]
    return _card(number, label, rows)


def _of_seconds(number: int, labels: dict[str, float]) -> str:
    whole, longest = sum(labels.values()), max(labels, key=labels.get)
    ordered = sorted(labels.items(), key=lambda item: -item[1])
    rows = [
        (name, value / whole if whole else 0.0, f"{value:.1f} s", name == longest)
        for name, value in ordered
    ]
    return _card(number, f"mostly {longest}", rows)


def _grid(cards: Iterable[str]) -> str:
    return f'<div class="faces">{"".join(cards)}</div>'


def _card(number: int, title: str, rows: Iterable[tuple[str, float, str, bool]]) -> str:
    """Rows: name, share of the bar, its figure, and whether it comes first."""
    lines = "".join(
        f"<tr{' class=first' if first else ''}><td>{escape(name)}</td>"
        f'<td class="bar"><div style="width:{100 * share:.1f}%"></div></td><td class="share">{figure}</td></tr>'
        for name, share, figure, first in rows
    )
    return (
        f'<div class="face" style="--face:{color_of(number - 1)}">'
        f"<h3>{number} · {escape(title)}</h3><table>{lines}</table></div>"
    )
