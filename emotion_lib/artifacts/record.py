"""run.json: the record of a run, checked when it is read."""

import contextlib
import json
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from ..files import printable, sha256
from .writing import RECORD_NAME, ArtifactError, settle

# What the leaderboard, the tables and the commands read of every record. JSON knows one kind of number.
_NUMBER = (int, float)
_SCHEMA = {
    "name": str,
    "full": bool,
    "date": str,
    "commit": str,
    "parameters": dict,
    "seed": (int, type(None)),
    "class_names": list,
    "data": {"name": str, "fingerprint": str},
    "model": {"parameters": int, "weights": str, "sha256": str},
    "training": {"epochs": int, "seconds": _NUMBER, "precision": str},
    "environment": {"backend": str, "device": str},
    "metrics": {
        "val": {"accuracy": _NUMBER},
        "test": {"n": int, "accuracy": _NUMBER, "accuracy_interval_95": list, "macro_f1": _NUMBER},
    },
}


def read_record(file: str | os.PathLike) -> dict:
    """Return the content of a run.json.

    Raises:
        ArtifactError: it cannot be read, is not JSON, or is not the record of a run; the message names the file.
    """
    try:
        record = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        fault = str(error) or type(error).__name__
    else:
        fault = _fault(record, _SCHEMA)
    if fault:
        raise ArtifactError(
            f"Expected the record of a run in {printable(file)}. Received: {fault}. Restore the file, or move it away."
        )
    return record


def record_files(root: str | os.PathLike) -> list[Path]:
    """Return every run.json below a folder, sorted; hidden folders hold unfinished ones, or files of other programs."""
    root = Path(root)
    for file in list(root.rglob(f".*/{RECORD_NAME}")):
        with contextlib.suppress(OSError):  # a place that may only be read
            settle(file.parent.parent)
    files = sorted(root.rglob(RECORD_NAME))
    return [
        file
        for file in files
        if not any(part.startswith(".") for part in file.relative_to(root).parts)
    ]


def records(root: str | os.PathLike) -> Iterator[tuple[Path, dict]]:
    """Yield every run.json below a folder with its content, in the order of their paths.

    Files of other programs may have this name, and records may be damaged: these are skipped with a warning that names them.
    """
    for file in record_files(root):
        try:
            record = read_record(file)
        except ArtifactError as error:
            warnings.warn(f"A record was skipped. {error}", RuntimeWarning, stacklevel=3)
            continue
        yield file, record


def record_beside(model_file: str | os.PathLike) -> dict | None:
    """Return the record beside a model file, if it describes this very file.

    The record holds the file's SHA-256. Another model copied into the folder does not inherit class names, threshold and
    figures.

    Returns:
        The content of run.json; None if there is none, or, with a warning that names both files, if it is malformed or
        describes another model.

    Raises:
        OSError: the model file cannot be read.

    Example:
        >>> record_beside("artifacts/best/model.keras")["data"]["name"]  # doctest: +SKIP
        'fer2013'
    """
    model_file = Path(model_file)
    file = model_file.with_name(RECORD_NAME)
    if not file.is_file():
        return None
    try:
        record = read_record(file)
    except ArtifactError as error:
        warnings.warn(
            f"{printable(model_file)} is used without its record. {error}",
            RuntimeWarning,
            stacklevel=2,
        )
        return None
    if record["model"]["sha256"] != sha256(model_file):
        warnings.warn(
            f"Expected the record of {printable(model_file)} in {printable(file)}. Received: the record of another model "
            f"({record['name']}). It is not used.",
            RuntimeWarning,
            stacklevel=2,
        )
        return None
    return record


def _fault(value, expected, name: str = "") -> str | None:
    """Return what is wrong with a part of a record, or None."""
    if not isinstance(expected, dict):
        return None if isinstance(value, expected) else f"{name} is {value!r:.80}"
    if not isinstance(value, dict):
        return f"{name or 'the content'} is {value!r:.80}"
    for key, part in expected.items():
        where = f"{name}.{key}" if name else key
        if key not in value:
            return f"no {where}"
        if fault := _fault(value[key], part, where):
            return fault
    return None
