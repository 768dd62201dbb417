"""Tables of results that are not runs: a CSV file, and how it was made in a JSON file beside it.

They are in ``<artifacts>/<run name>/tables/``. git tracks those of a notebook's own run; tables of
a smoke run or of changed parameters are in other folders, as their runs are.
"""

import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import environment
from ..files import printable, sha256
from .folders import new_run_folder, run_folder
from .protocols import DatasetLike
from .record import EnvironmentRecord
from .record_json import decode, encode
from .writing import ArtifactError, replaced_together, settle, unwritable

if TYPE_CHECKING:
    import pandas as pd

TABLES_FOLDER = "tables"
_DIGITS = "%.6g"  # of floats, which keeps tables small; integers are written in full


@dataclass(frozen=True)
class TableRecord:
    """The JSON file beside a table.

    Attributes:
        run: name of the run that the table belongs to.
        name: the table's.
        sha256: digest of the CSV file.
        date: when it was written, ISO 8601.
        commit: the code's.
        environment: the machine and the software that computed it.
        full: False if it was computed on a part of the data, or on drawn pictures; None if it was
            computed from other results.
        data: name and fingerprint of the data set.
        models: name of each model -> SHA-256 of its file.
        parameters: of the notebook.
    """

    run: str
    name: str
    sha256: str
    date: str
    commit: str
    environment: EnvironmentRecord
    full: bool | None = None
    data: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)


def save_table(
    frame: "pd.DataFrame",
    run_name: str,
    name: str,
    *,
    dataset: DatasetLike | None = None,
    parameters: Mapping[str, Any] | None = None,
    models: Mapping[str, str] | None = None,
) -> Path:
    """Write a table of results beside a run, with a JSON file that says how it was made.

    Both files replace those of an earlier table of this name together. Prose refers to the table
    by ``value("NN_name/NAME", row, column)``.

    Args:
        frame: the table. Its index holds the names of the rows; a frame without an index of its
            own has them in its first column. Floats are written with six digits.
        run_name: the run that it belongs to, such as "23_robustness".
        name: the table's, such as "summary".
        dataset: the :class:`emotion_lib.datasets.Dataset` that it was computed on; None: it was
            computed from other results.
        parameters: of the notebook (see :func:`parameters_of`).
        models: of each model that was evaluated, its name -> SHA-256 of its file.

    Returns:
        The CSV file.

    Raises:
        ArtifactError: a name is not one; the folder cannot be written; or the table there was
            computed on the whole of a data set, and this one was not.

    Example:
        >>> save_table(
        ...     frame, RUN_NAME, "summary", dataset=dataset, parameters=parameters_of(globals())
        ... )  # doctest: +SKIP
    """
    import pandas as pd

    folder = new_run_folder(run_name) / TABLES_FOLDER
    _check_name(name)
    full = None if dataset is None else bool(dataset.full)
    _refuse_smaller(run_name, name, full)
    has_index = not isinstance(frame.index, pd.RangeIndex)
    file = folder / f"{name}.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replaced_together(folder, []) as temporary:
            written = temporary / file.name
            frame.to_csv(written, index=has_index, float_format=_DIGITS, lineterminator="\n")
            record = TableRecord(
                run=run_name,
                name=name,
                sha256=sha256(written),
                date=datetime.now(UTC).isoformat(timespec="seconds"),
                commit=environment.commit(),
                environment=_environment(),
                full=full,
                data=_data(dataset),
                models=dict(models or {}),
                parameters=json.loads(json.dumps(dict(parameters or {}))),
            )
            text = json.dumps(encode(record), indent=1) + "\n"
            (temporary / f"{name}.json").write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(folder, error) from error
    return file


def load_table(run_name: str, name: str) -> "pd.DataFrame":
    """Return a table of :func:`save_table`, with the names of the rows as its index.

    Raises:
        ArtifactError: there is no such table, its JSON file cannot be read, or the CSV file has
            been changed since it was written.

    Example:
        >>> load_table("23_robustness", "summary").loc["blur", "accuracy"]  # doctest: +SKIP
        0.61
    """
    import pandas as pd

    record = table_record(run_name, name)
    file = run_folder(run_name) / TABLES_FOLDER / f"{name}.csv"
    if not file.is_file() or sha256(file) != record.sha256:
        raise ArtifactError(
            f"Expected the table that {name}.json describes at {printable(file)}. "
            f"Received: {'another file' if file.is_file() else 'no such file'}. Run {run_name} "
            "again, or restore the file."
        )
    return pd.read_csv(file, index_col=0)


def table_record(run_name: str, name: str) -> TableRecord:
    """Return how a table was made.

    Raises:
        ArtifactError: there is no such table, or its JSON file cannot be read.
    """
    _check_name(name)
    folder = run_folder(run_name) / TABLES_FOLDER
    if folder.is_dir():
        settle(folder)
    file = folder / f"{name}.json"
    try:
        return decode(TableRecord, json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        known = sorted(path.stem for path in folder.glob("*.json"))
        expected = f"one of the tables {known}" if known else "a table"
        raise ArtifactError(
            f"Expected {expected} in {printable(folder)}. Received: {name!r}. "
            f"`emotion run {run_name[:2]}` writes those of its notebook."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ArtifactError(
            f"Expected the record of a table in {printable(file)}. Received: {error}. "
            "Restore the file, or move it away."
        ) from error


def _check_name(name: str) -> None:
    if not name.replace("_", "").replace("-", "").isalnum():
        raise ArtifactError(
            "Expected the name of a table, of letters, digits, '-' and '_'. "
            f"Received: {name!r}. Choose another name."
        )


def _refuse_smaller(run_name: str, name: str, full: bool | None) -> None:
    """Refuse to replace a table of a whole data set by one of a part, as :func:`run_dir` does."""
    if full is not False:
        return
    file = run_folder(run_name) / TABLES_FOLDER / f"{name}.json"
    if file.exists() and table_record(run_name, name).full is not False:
        raise ArtifactError(
            f"Expected a table on a whole data set, because {printable(file)} is of one. Received: "
            "one on a part of it. Choose another RUN_NAME, or another ARTIFACTS_DIR, for trials."
        )


def _data(dataset: DatasetLike | None) -> dict[str, str]:
    if dataset is None:
        return {}
    return {"name": dataset.name, "fingerprint": dataset.fingerprint}


def _environment() -> EnvironmentRecord:
    """Return the machine and the software, without loading Keras where it was not used."""
    backend = "none"
    device = environment.processor()
    keras = sys.modules.get("keras")
    if keras is not None:
        backend = keras.backend.backend()
        device = environment.device()
    return EnvironmentRecord(backend, device, platform.python_version(), environment.versions())
