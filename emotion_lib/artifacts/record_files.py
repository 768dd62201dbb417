"""Files of records: run.json, checked when it is read."""

import contextlib
import json
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from ..files import printable, sha256, write_text
from .record import Record
from .record_json import record_from_json, record_to_json
from .writing import RECORD_NAME, ArtifactError, settle


def read_record(file: str | os.PathLike) -> Record:
    """Return the record in a run.json.

    Raises:
        ArtifactError: the file cannot be read, is not JSON, or is not the record of a run; the
            message names the file.
    """
    try:
        return record_from_json(json.loads(Path(file).read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise ArtifactError(
            f"Expected the record of a run in {printable(file)}. Received: {reason}. "
            "Restore the file, or move it away."
        ) from error


def write_record(file: str | os.PathLike, record: Record) -> None:
    """Write a record as run.json; the file appears whole or not at all."""
    write_text(file, json.dumps(record_to_json(record), indent=1) + "\n")


def record_files(root: str | os.PathLike) -> list[Path]:
    """Return every run.json below a folder, ordered by path.

    Hidden folders are left out: they hold unfinished runs, or files of other programs.
    """
    root = Path(root)
    for file in list(root.rglob(f".*/{RECORD_NAME}")):
        with contextlib.suppress(OSError):  # a folder that can only be read
            settle(file.parent.parent)
    found = []
    for file in sorted(root.rglob(RECORD_NAME)):
        if not any(part.startswith(".") for part in file.relative_to(root).parts):
            found.append(file)
    return found


def records(root: str | os.PathLike) -> Iterator[tuple[Path, Record]]:
    """Yield every run.json below a folder with its record, ordered by path.

    Files of other programs may have this name, and records may be damaged: these are skipped with
    a warning that names them.
    """
    for file in record_files(root):
        try:
            record = read_record(file)
        except ArtifactError as error:
            warnings.warn(f"A record was skipped. {error}", RuntimeWarning, stacklevel=3)
            continue
        yield file, record


def record_beside(model_file: str | os.PathLike) -> Record | None:
    """Return the record beside a model file, if it describes this very file.

    The record holds the SHA-256 of the file and of its compiled siblings. Another model that is
    copied into the folder does not inherit class names, threshold and figures.

    Returns:
        The record; None if there is none, or, with a warning that names both files, if it is
        malformed or describes another model.

    Raises:
        OSError: the model file cannot be read.

    Example:
        >>> record_beside("artifacts/best/model.keras").data.name  # doctest: +SKIP
        'fer2013'
    """
    model_file = Path(model_file)
    file = model_file.with_name(RECORD_NAME)
    if not file.is_file():
        return None
    try:
        record = read_record(file)
    except ArtifactError as error:
        message = f"{printable(model_file)} is used without its record. {error}"
        warnings.warn(message, RuntimeWarning, stacklevel=2)
        return None
    if sha256(model_file) not in record.model.digests():
        warnings.warn(
            f"Expected the record of {printable(model_file)} in {printable(file)}. Received: the "
            f"record of another model ({record.name}). It is not used.",
            RuntimeWarning,
            stacklevel=2,
        )
        return None
    return record
