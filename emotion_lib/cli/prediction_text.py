"""Results of a picture as text: lines for people, or JSON."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import printable

if TYPE_CHECKING:
    from ..inference.results import Result


def json_line(path: Path, result: "Result") -> str:
    """Return the result of a picture as one line of JSON.

    Its keys are file, status, error and faces. A face has a label, the detector_score, a box (x, y,
    width and height in px), its size (px), roll (clockwise in degrees; null without landmarks),
    quality ("good" or "poor"), all landmarks by name (x and y in px), and the probabilities by
    class name.
    """
    faces = []
    for prediction in result:
        face = prediction.face
        landmarks = {}
        for name, (x, y) in face.landmarks.items():
            landmarks[name] = [round(x, 1), round(y, 1)]
        faces.append(
            {
                "label": prediction.label,
                "detector_score": face.score,
                "box": [round(value, 1) for value in face.box],
                "size": round(face.size, 1),
                "roll": round(face.roll, 1) if landmarks else None,
                "quality": face.quality,
                "landmarks": landmarks,
                "probabilities": prediction.probabilities,
            }
        )
    error = None if result.error is None else printable(result.error)
    answer = {"file": printable(path), "status": result.status, "error": error, "faces": faces}
    return json.dumps(answer)


def table_lines(path: Path, result: "Result") -> str:
    """Return one line per face: file, number, label and the three most probable expressions."""
    name = printable(path)
    if result.status == "no_face":
        return f"{name}: no face found"
    if result.status == "error":
        return f"{name}: {printable(result.error)}"
    lines = []
    for number, prediction in enumerate(result, start=1):
        by_probability = sorted(prediction.probabilities.items(), key=lambda item: -item[1])
        best = [f"{label} {probability:.0%}" for label, probability in by_probability[:3]]
        lines.append(f"{name}  {number}  {prediction.label:10}  {', '.join(best)}")
    return "\n".join(lines)
