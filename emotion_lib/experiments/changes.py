"""Identity of everything that a notebook's result depends on, by which a series sees a change.

The notebook's own text and the library's files are doit's to compare; the rest is here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import artifacts
from ..files import sha256
from ..paths import ROOT, best_dir
from .order import compares_all, notebook_or_none

# Packages of the library that no result depends on.
_SERVING = ("app", "benchmarks", "cli", "experiments", "faces", "inference", "video")


def library_files() -> list[Path]:
    """Return the library's files that a result can depend on, sorted."""
    library = ROOT / "emotion_lib"
    found = []
    for file in sorted(library.rglob("*.py")):
        if file.relative_to(library).parts[0] not in _SERVING:
            found.append(file)
    return found


def data_identity() -> str:
    """Return FER-2013's fingerprint, or an empty text if the data set is not here.

    It is imported or downloaded first if need be. A notebook that needs missing data says so.
    """
    from ..datasets import DataError, load

    try:
        return load("fer2013").fingerprint
    except DataError:
        return ""


def runs_identity(path: Path, used: Mapping[str, Any]) -> str:
    """Return a text that changes with every record that a notebook reads.

    Args:
        path: the notebook.
        used: the parameters that it runs with; MEMBER_RUNS names runs.
    """
    members = used.get("MEMBER_RUNS")
    if not compares_all(path) and not members:
        return ""
    digests = []
    for run in artifacts.runs():
        if compares_all(path) or artifacts.belongs(run.name, members):
            digests.append((run.name, sha256(run.folder / "run.json")))
    return str(digests)


def served_identity(path: Path) -> str:
    """Return the digest of the served model if a notebook reads it, else an empty text."""
    model = best_dir() / "model.keras"
    if "best_dir" not in path.read_text(encoding="utf-8") or not model.is_file():
        return ""
    return sha256(model)


def makes_served_model(path: Path) -> bool:
    """Return whether the served model comes from a notebook."""
    try:
        record = artifacts.read_record(best_dir() / "run.json")
    except artifacts.ArtifactError:
        return False
    return notebook_or_none(record.name) == path
