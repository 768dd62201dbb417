"""Cards: the name of a face and its probabilities as bars, in the colour of its box."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from ..inference.drawing import color_of
from ..inference.results import NOT_SURE, Prediction

CSS = """
.faces { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 12px; }
.face { border: 1px solid var(--border-color-primary); border-left: 5px solid var(--face);
        border-radius: 8px; padding: 10px 12px; background: var(--background-fill-primary); }
.face h3 { margin: 0 0 6px; font-size: 1.05em; color: var(--body-text-color); }
.face table { width: 100%; border-collapse: collapse; font-size: .9em; }
.face tr, .face table { border: none !important; }
.face td { padding: 1px 0; border: none; color: var(--body-text-color); }
.face td.bar { width: 55%; padding: 0 8px; }
.face td.bar div { height: 10px; border-radius: 3px; background: var(--face); min-width: 1px; }
.face td.share { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.face tr.first td { font-weight: 600; }
"""


@dataclass(frozen=True)
class _Bar:
    """One line of a card.

    Attributes:
        name: of the expression.
        share: length of the bar, 0 to 1.
        figure: the number beside it.
        first: whether it is the largest, which is shown in bold.
    """

    name: str
    share: float
    figure: str
    first: bool


def of_predictions(predictions: Iterable[Prediction], numbers: Iterable[int]) -> str:
    """Return the cards of faces with their probabilities, as HTML.

    Args:
        predictions: one per face.
        numbers: of the faces on the picture, from 1.
    """
    cards = []
    for prediction, number in zip(predictions, numbers, strict=True):
        cards.append(_of_prediction(prediction, number))
    return _grid(cards)


def of_seconds(seconds: dict[int, dict[str, float]]) -> str:
    """Return the cards of tracked faces, as HTML.

    Args:
        seconds: number of the face -> label -> seconds that it was shown.
    """
    return _grid([_of_seconds(number, labels) for number, labels in seconds.items()])


def _of_prediction(prediction: Prediction, number: int) -> str:
    top = max(prediction.probabilities, key=prediction.probabilities.__getitem__)
    title = prediction.label
    if title == NOT_SURE:
        title = f"{NOT_SURE} (perhaps {top})"
    bars = []
    for name, probability in prediction.probabilities.items():
        bars.append(_Bar(name, probability, f"{100 * probability:.0f} %", name == top))
    return _card(number, title, bars)


def _of_seconds(number: int, labels: dict[str, float]) -> str:
    total = sum(labels.values())
    longest = max(labels, key=labels.__getitem__)
    bars = []
    for name, value in sorted(labels.items(), key=lambda item: -item[1]):
        share = value / total if total else 0.0
        bars.append(_Bar(name, share, f"{value:.1f} s", name == longest))
    return _card(number, f"mostly {longest}", bars)


def _grid(cards: list[str]) -> str:
    return f'<div class="faces">{"".join(cards)}</div>'


def _card(number: int, title: str, bars: list[_Bar]) -> str:
    lines = []
    for bar in bars:
        row_class = " class=first" if bar.first else ""
        lines.append(
            f"<tr{row_class}><td>{escape(bar.name)}</td>"
            f'<td class="bar"><div style="width:{100 * bar.share:.1f}%"></div></td>'
            f'<td class="share">{bar.figure}</td></tr>'
        )
    return (
        f'<div class="face" style="--face:{color_of(number - 1)}">'
        f"<h3>{number} · {escape(title)}</h3><table>{''.join(lines)}</table></div>"
    )
