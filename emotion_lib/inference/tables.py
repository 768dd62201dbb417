"""Results as rows of a table, for CSV and Parquet files."""

from pathlib import Path

from ..files import printable
from .results import Prediction, Result

# The columns with which the tables of every version begin.
FIRST_COLUMNS = (
    *("file", "status", "error", "face", "label", "detector_score"),
    *("x", "y", "width", "height"),
)
# The landmarks that every detector with landmarks gives.
LANDMARKS = ("left_eye", "right_eye", "nose", "mouth")


def face_columns(class_names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the names of the columns that describe a face.

    These are label, detector_score, the box in px, size (geometric mean of its sides in px), roll
    (clockwise in degrees), quality ("good" or "poor"), the landmarks in px, and one column per
    class. Roll and landmarks are empty if the detector has no landmarks.

    Example:
        >>> face_columns(("happy", "sad"))[:9]
        ('label', 'detector_score', 'x', 'y', 'width', 'height', 'size', 'roll', 'quality')
        >>> face_columns(("happy", "sad"))[9:]  # doctest: +ELLIPSIS
        ('left_eye_x', 'left_eye_y', ..., 'mouth_x', 'mouth_y', 'happy', 'sad')
    """
    points = []
    for name in LANDMARKS:
        points += [f"{name}_x", f"{name}_y"]
    return (*FIRST_COLUMNS[4:], "size", "roll", "quality", *points, *class_names)


def columns(class_names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the names of the columns of a table of pictures.

    These are file, status, error, face (number from 1), and those of :func:`face_columns`.
    """
    return (*FIRST_COLUMNS[:4], *face_columns(class_names))


def face_values(prediction: Prediction) -> dict:
    """Return the values of the columns of :func:`face_columns` for a face.

    Returns:
        Column -> value. Lengths and angles have one decimal, scores and probabilities four.
    """
    face = prediction.face
    values: dict = {"label": prediction.label, "detector_score": round(face.score, 4)}
    for name, value in zip(("x", "y", "width", "height"), face.box, strict=True):
        values[name] = round(value, 1)
    values["size"] = round(face.size, 1)
    values["roll"] = round(face.roll, 1) if face.landmarks else None
    values["quality"] = face.quality
    for name in LANDMARKS:
        x, y = face.landmarks.get(name, (None, None))
        values[f"{name}_x"] = None if x is None else round(x, 1)
        values[f"{name}_y"] = None if y is None else round(y, 1)
    for name, value in prediction.probabilities.items():
        values[name] = round(value, 4)
    return values


def rows(file: str | Path, result: Result) -> list[dict]:
    r"""Return one row per face, or a single row if the picture has no face or cannot be used.

    Args:
        file: name of the picture. A name that is not UTF-8 becomes text (``caf\xe9.jpg``), as
            tables hold nothing else.
        result: of this picture.

    Returns:
        Dictionaries column -> value; see :func:`face_values` for the faces.
    """
    error = None if result.error is None else printable(result.error)
    base = {"file": printable(file), "status": result.status, "error": error}
    if not len(result):
        return [base]
    table = []
    for number, prediction in enumerate(result, start=1):
        table.append(base | {"face": number} | face_values(prediction))
    return table
