"""Results as flat rows, for CSV, Parquet and whatever reads tables."""

from .predictor import Result

BOX = ("x", "y", "width", "height")


def columns(class_names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of a row's values: file, status, error, face (from 1), label, detector_score, the box in px, and one a class."""
    return ("file", "status", "error", "face", "label", "detector_score", *BOX, *class_names)


def rows(file: str, result: Result) -> list[dict]:
    """One a face; one without a face for a picture that has none or cannot be used."""
    base = {"file": file, "status": result.status, "error": result.error}
    if not len(result):
        return [base]
    return [
        base
        | {"face": number, "label": p.label, "detector_score": round(p.face.score, 4)}
        | dict(zip(BOX, (round(v, 1) for v in p.face.box), strict=True))
        | {name: round(value, 4) for name, value in p.probabilities.items()}
        for number, p in enumerate(result, start=1)
    ]
