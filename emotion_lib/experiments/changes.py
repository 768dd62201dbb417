"""Identity of everything that a notebook's result depends on, by which a series sees a change.

A notebook runs again if one of these has changed since it was last run:

- its code cells, and the modules of the library that they lead to, compared without comments,
  docstrings and format;
- its parameters, the files that they name, and the data that it loads;
- the records of the runs that it reads, and the served model if it reads that.

Its prose and the library's code of figures (``plots``) change no result. They are kept beside
the rest to say that the executed copy is older (:func:`older_copy`).
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .. import artifacts
from ..files import digest_of, sha256
from ..paths import ROOT, best_dir
from .library_use import figure_files, library_files
from .order import compares_all, notebook_or_none, runs_named
from .source_code import cells_of, normalised, notebook_code

NO_RESULT = frozenset({"text", "figures"})  # keys of an identity that change no result
# Words in the code of a notebook that reads the served model.
_READS_SERVED = ("best_dir", "best_run", "Predictor")


def code_identity(path: Path) -> dict[str, str]:
    """Return digests of a notebook's code and text, and of the library's code that it leads to.

    Returns:
        "code": its code cells but the parameters'; "library": the modules and files that its
        result depends on; "text": all of its cells; "figures": the library's code of figures. The
        last two change no result.
    """
    return {
        "code": _code_digest(notebook_code(path, with_parameters=False)),
        "library": _digest_of_files(library_files(path)),
        "text": digest_of(*("".join(cell["source"]) for cell in cells_of(path))),
        "figures": _digest_of_files(figure_files()),
    }


def older_copy(now: Mapping[str, str], before: Mapping[str, str]) -> str:
    """Return why the executed copy of a notebook that is not run again is older; empty if not.

    Args:
        now: result of :func:`code_identity`.
        before: that of the notebook's last run.
    """
    if now["text"] != before.get("text"):
        return "its text changed, not its code: not run again"
    if now["figures"] != before.get("figures"):
        return "the code of figures changed, not its results: not run again"
    return ""


def data_identity(name: str) -> str:
    """Return a text that changes with a data set; an empty one if it is not here.

    FER-2013 is imported or downloaded first if need be. A notebook that needs missing data says so.

    Args:
        name: "fer2013", "ferplus" (the votes) or "emotic".
    """
    from ..datasets import DataError, load
    from ..datasets.sources import emotic, ferplus

    try:
        if name == "ferplus":
            return sha256(ferplus.find_votes())
        if name == "emotic":
            return _path_identity(emotic.find())
        return load("fer2013").fingerprint
    except DataError:
        return ""


def files_identity(used: Mapping[str, Any]) -> str:
    """Return a text that changes with the files and folders that parameters name.

    Such are a photograph, a model, or the folder of a data set.

    Args:
        used: the parameters that a notebook runs with.
    """
    parts = []
    for name, value in sorted(used.items()):
        if name != "RUN_NAME" and isinstance(value, str) and value:
            path = Path(value).expanduser()
            if path.exists():
                parts.append((name, _path_identity(path)))
    return str(parts) if parts else ""


def runs_identity(path: Path, used: Mapping[str, Any]) -> str:
    """Return a text that changes with every record that a notebook reads.

    Args:
        path: the notebook.
        used: the parameters that it runs with.
    """
    named = runs_named(used)
    if not compares_all(path) and not named:
        return ""
    # A notebook finds the repository's records too, of runs that this folder does not have.
    known = {run.name: run for run in artifacts.runs(ROOT / "artifacts")}
    known |= {run.name: run for run in artifacts.runs()}
    digests = []
    for name, run in sorted(known.items()):
        if compares_all(path) or artifacts.belongs(name, named):
            digests.append((name, sha256(run.folder / "run.json")))
    return str(digests)


def served_identity(path: Path) -> str:
    """Return the digests of the served model and its record if a notebook reads it, else ""."""
    files = [best_dir() / "model.keras", best_dir() / "run.json"]
    code = notebook_code(path)
    if not any(word in code for word in _READS_SERVED):
        return ""
    return " ".join(sha256(file) for file in files if file.is_file())


def makes_served_model(path: Path) -> bool:
    """Return whether the served model comes from a notebook."""
    try:
        record = artifacts.read_record(best_dir() / "run.json")
    except artifacts.ArtifactError:
        return False
    return notebook_or_none(record.name) == path


def _path_identity(path: Path) -> str:
    """Return the digest of a file, or of the names, sizes and times of the files in a folder."""
    if path.is_file():
        return sha256(path)
    listed = []
    for file in sorted(path.rglob("*")):
        if file.is_file():
            state = file.stat()
            listed.append((file.relative_to(path).as_posix(), state.st_size, state.st_mtime_ns))
    return digest_of(repr(listed))


def _digest_of_files(files: Iterable[Path]) -> str:
    parts = []
    for file in files:
        is_code = file.suffix == ".py"
        digest = _code_digest(file.read_text(encoding="utf-8")) if is_code else sha256(file)
        parts.append(f"{file.relative_to(ROOT).as_posix()} {digest}\n")
    return digest_of(*parts)


@cache  # most files of the library are those of many notebooks
def _code_digest(code: str) -> str:
    try:
        return digest_of(normalised(code))
    except SyntaxError:  # whoever runs it is told where
        return digest_of(code)
