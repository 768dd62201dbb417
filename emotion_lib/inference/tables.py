"""Results as flat rows, for CSV, Parquet and whatever reads tables."""

from pathlib import Path

from ..files import printable
from .predictor import Result

BOX = ("x", "y", "width", "height")
_LEADING = ("file", "status", "error", "face", "label", "detector_score", *BOX)


def columns(class_names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Names of a row's values: file, status, error, face (from 1), label, detector_score, the box in px, and one a class."""
    return (*_LEADING, *class_names)


def rows(file: str | Path, result: Result) -> list[dict]:
    r"""Return one row per face, or a single row if the picture has no face or cannot be used.

    Names that are not UTF-8 become text (``caf\xe9.jpg``): tables hold nothing else.
    """
    error = None if result.error is None else printable(result.error)
    base = {"file": printable(file), "status": result.status, "error": error}
    if not len(result):
        return [base]
    return [
        base
        | {"face": number, "label": p.label, "detector_score": round(p.face.score, 4)}
        | dict(zip(BOX, (round(v, 1) for v in p.face.box), strict=True))
        | {name: round(value, 4) for name, value in p.probabilities.items()}
        for number, p in enumerate(result, start=1)
    ]
