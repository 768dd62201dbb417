"""Numbers and names of the Python library as a JavaScript module, so that none is typed twice."""

import dataclasses
import enum
import inspect
import json
from types import ModuleType
from typing import Any

from ...faces import blaze_model, blazeface, cropping, detection, picture_faces
from ...images import checks, conversion, occlusion, picture
from ...inference.predictor import Predictor
from ...inference.results import NOT_SURE
from ...video import cuts, mosaic, track, tracking
from ...video.moments import MomentReader
from ..answers import POOR_VIEW

CLASSIFIER = "classifier.tflite"


def module(predictor: Predictor, name: str) -> str:
    """Return the text of constants.js.

    Args:
        predictor: the model that the page uses.
        name: of the model on the page.
    """
    detector = predictor.detector
    defaults = inspect.signature(MomentReader).parameters
    groups = {
        "detection": _constants(detection),
        "blaze_model": _constants(blaze_model),
        "blazeface": _constants(blazeface)
        | {"framing": detector.framing, "max_side": detector.max_side},
        "cropping": _constants(cropping),
        "picture_faces": _constants(picture_faces),
        "images": _constants(checks) | _constants(conversion) | _constants(picture),
        "occlusion": _constants(occlusion),
        "tracking": _constants(tracking) | {"SEARCH_EVERY": defaults["search_every"].default},
        "track": _constants(track),
        "mosaic": _constants(mosaic),
        "cuts": _constants(cuts),
        "smoothing": {"HALF_LIFE": defaults["half_life"].default},
        "model": {
            "name": name,
            "file": CLASSIFIER,
            "detector": detector.name,
            "class_names": predictor.class_names,
            "threshold": predictor.threshold,
            "NOT_SURE": NOT_SURE,
            "POOR_VIEW": POOR_VIEW,
        },
    }
    lines = ["// Written by emotion_lib/app/site/constants.py from the Python library."]
    for group, values in groups.items():
        lines.append(f"export const {group} = {json.dumps(values, indent=1, default=_plain)};")
    return "\n\n".join(lines) + "\n"


def _constants(module: ModuleType) -> dict[str, Any]:
    """Return the constants of a module by their names, without a leading underscore."""
    found = {}
    for name, value in vars(module).items():
        is_plain = isinstance(value, int | float | str | tuple) or dataclasses.is_dataclass(value)
        if name.isupper() and is_plain and not isinstance(value, enum.Enum):
            found[name.lstrip("_")] = value
    return found


def _plain(value: Any) -> Any:
    """Return a dataclass as a dictionary, for JSON."""
    return dataclasses.asdict(value)
