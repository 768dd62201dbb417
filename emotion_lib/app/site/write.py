"""The page as a static folder, which any web server can show."""

import json
from collections.abc import Iterator
from importlib.metadata import files as files_of
from pathlib import Path

from ... import __version__
from ...faces import blaze_model
from ...inference.compiled_file import read_compiled
from ...inference.predictor import Predictor
from ...paths import best_dir
from ..about import Credit, Known, about_answer
from ..api import EXAMPLES, STAGE
from ..catalogue import Catalogue
from ..routes.models import models_answer
from ..settings import Settings
from . import constants, litert_js
from .fixed_batch import fixed_batch
from .owned_folder import write_folder

HERE = Path(__file__).parent
MODEL_NAME = "best"


def write_site(folder: Path) -> int:
    """Write the page that needs no server.

    Args:
        folder: new, or written by an earlier call.

    Returns:
        Number of bytes that were written.

    Raises:
        OutputFolderError: the folder holds a file of another origin.
        NpmError: LiteRT.js cannot be downloaded.
        ArtifactError: the shipped model is missing or damaged.
        DetectorError: the face detector blazeface is not installed.
    """
    files = site_files()
    write_folder(folder, files)
    return sum(map(len, files.values()))


def site_files() -> dict[str, bytes]:
    """Return the files of the page by their paths; raises as :func:`write_site`."""
    predictor = Predictor.load(runtime="int8", detector="blazeface")
    found = _folder(HERE / "static", "") | _folder(STAGE, "stage/") | _folder(EXAMPLES, "examples/")
    found |= _folder(HERE / "js", "engine/")
    found["engine/constants.js"] = constants.module(predictor, MODEL_NAME).encode()
    models = models_answer(Catalogue({MODEL_NAME: predictor}), Settings())
    models.detectors = [predictor.detector.name]
    found["models.json"] = _json(models.model_dump(by_alias=True))
    found["about.json"] = _about(predictor)
    for name, content in litert_js.files().items():
        found[f"litert/{name}"] = content
    classifier = read_compiled(best_dir() / "model.keras", "int8", predictor.record)
    found[f"models/{constants.CLASSIFIER}"] = fixed_batch(classifier)
    for name, content in detector_files().items():
        found[f"models/{name}"] = content
    found["LICENCES.txt"] = licences().encode()
    return found


def _folder(folder: Path, prefix: str) -> dict[str, bytes]:
    """Return the files of a folder, without folders in it."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.is_file():
            found[prefix + path.name] = path.read_bytes()
    return found


def detector_files() -> dict[str, bytes]:
    """Return the networks of the face detector by their names."""
    layouts = (blaze_model.FULL_RANGE, blaze_model.SHORT_RANGE)
    names = (*(layout.file for layout in layouts), blaze_model.FACE_MESH)
    return {name: blaze_model.network_file(name).read_bytes() for name in names}


def _about(predictor: Predictor) -> bytes:
    """Return the answer of /api/v1/about, with what answers here instead of the server."""
    answer = about_answer({MODEL_NAME: Known.of(predictor)})
    runtime = litert_js.CORE
    answer.versions = {"emotion-lib": __version__, runtime.name: runtime.version}
    absent = {"YuNet", "LiteRT", "FastAPI, Gradio", "Sample clip"}
    answer.credits = [credit for credit in answer.credits if credit.name not in absent]
    answer.credits.append(
        Credit(name="LiteRT.js", what="computes in the browser", licence="Apache-2.0")
    )
    return _json(answer.model_dump(by_alias=True))


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1).encode()


def licences() -> str:
    """Return what is shipped, and under which licence."""
    parts = [
        f"Emotion lab {__version__}: the page, its engine and the classifier. MIT licence:",
        *_texts("emotion-lib"),
        "LiteRT.js, by Google; face_*.tflite: networks of MediaPipe, by Google, as the package "
        f"{blaze_model.PACKAGE} delivers them. Apache licence 2.0:",
        *_texts("ai-edge-litert"),
    ]
    return "\n\n".join(parts) + "\n"


def _texts(package: str) -> Iterator[str]:
    """Yield the texts of the licence in an installed package."""
    for path in files_of(package) or ():
        if path.name.startswith("LICENSE"):
            yield path.read_text(encoding="utf-8").strip()
