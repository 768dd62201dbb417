"""Results as rows of a table, for CSV and Parquet files."""

from pathlib import Path

from ..files import printable
from .results import Result

BOX_COLUMNS = ("x", "y", "width", "height")
LEADING_COLUMNS = ("file", "status", "error", "face", "label", "detector_score", *BOX_COLUMNS)


def columns(class_names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the names of the columns.

    These are file, status, error, face (number from 1), label, detector_score, the box in px, and
    one column per class.

    Example:
        >>> columns(("happy", "sad"))[-4:]
        ('width', 'height', 'happy', 'sad')
    """
    return (*LEADING_COLUMNS, *class_names)


def rows(file: str | Path, result: Result) -> list[dict]:
    r"""Return one row per face, or a single row if the picture has no face or cannot be used.

    Args:
        file: name of the picture. A name that is not UTF-8 becomes text (``caf\xe9.jpg``), as
            tables hold nothing else.
        result: of this picture.

    Returns:
        Dictionaries column -> value. Boxes have one decimal, scores and probabilities four.
    """
    error = None if result.error is None else printable(result.error)
    base = {"file": printable(file), "status": result.status, "error": error}
    if not len(result):
        return [base]
    table = []
    for number, prediction in enumerate(result, start=1):
        face = prediction.face
        row = base | {
            "face": number,
            "label": prediction.label,
            "detector_score": round(face.score, 4),
        }
        for name, value in zip(BOX_COLUMNS, face.box, strict=True):
            row[name] = round(value, 1)
        for name, value in prediction.probabilities.items():
            row[name] = round(value, 4)
        table.append(row)
    return table
