"""The leaderboard, ``leaderboard.csv``: one row per full run."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..environment import require
from ..files import write_text
from ..paths import artifacts_dir
from .record import Record
from .run import Run, runs
from .writing import ArtifactError, unwritable

if TYPE_CHECKING:
    import pandas as pd

LEADERBOARD_COLUMNS = (
    "run", "dataset", "n", "accuracy", "ci_low", "ci_high", "macro_f1", "mean_average_precision",
    "accuracy_without_twins", "n_without_twins", "val_accuracy", "parameters",
    "epochs", "seconds", "weights", "backend", "precision", "device", "seed", "commit",
    "date", "changed",
)  # fmt: skip


def write_leaderboard() -> Path:
    """Write ``leaderboard.csv`` from the records of all full runs, and return its path.

    It has one row per run, ordered by data set and then by descending validation accuracy.

    Raises:
        ArtifactError: it cannot be written.
    """
    file = artifacts_dir() / "leaderboard.csv"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Repeated until nothing changes: another process may have recorded a run after the records
        # were read, and its row would be lost.
        while (table := _table(runs())) != _text_of(file):
            write_text(file, table)
    except OSError as error:
        raise unwritable(file, error) from error
    return file


def leaderboard(chosen: Sequence[Run] | None = None) -> "pd.DataFrame":
    """Return ``leaderboard.csv`` as a pandas DataFrame.

    Args:
        chosen: the runs to put in a table of the same columns, instead of the file; None: the file.

    Raises:
        ArtifactError: there is no leaderboard yet.

    Example:
        >>> leaderboard().sort_values("val_accuracy").iloc[-1]["run"]  # doctest: +SKIP
        '14_ensemble'
    """
    require("pandas")
    import pandas as pd

    if chosen is not None:
        return pd.read_csv(io.StringIO(_table(chosen)))
    file = artifacts_dir() / "leaderboard.csv"
    if not file.is_file():
        raise ArtifactError(f"Expected {file}. Received: no such file. `make run-all` writes it.")
    return pd.read_csv(file)


def _text_of(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def _table(chosen: Sequence[Run]) -> str:
    rows = [leaderboard_row(run.record) for run in chosen]
    rows.sort(key=lambda row: (row["dataset"], -float(row["val_accuracy"])))
    table = io.StringIO()
    writer = csv.DictWriter(table, LEADERBOARD_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return table.getvalue()


def leaderboard_row(record: Record) -> dict[str, Any]:
    """Return the row of a run, by column."""
    test = record.metrics.test
    without_twins = record.metrics.test_without_twins
    low, high = test.accuracy_interval_95
    accuracy_without_twins = without_twins.accuracy if without_twins else None
    return {
        "run": record.name,
        "dataset": record.data.name,
        "n": test.n,
        "accuracy": f"{test.accuracy:.4f}",
        "ci_low": f"{low:.4f}",
        "ci_high": f"{high:.4f}",
        "macro_f1": f"{test.macro_f1:.4f}",
        # Only where an image may have several labels; accuracy is the share of exact matches there.
        "mean_average_precision": _four_digits(test.mean_average_precision),
        "accuracy_without_twins": _four_digits(accuracy_without_twins),
        "n_without_twins": without_twins.n if without_twins else "",
        "val_accuracy": f"{record.metrics.val.accuracy:.4f}",
        "parameters": record.model.parameters,
        "epochs": record.training.epochs,
        "seconds": round(record.training.seconds),
        "weights": record.model.weights,
        "backend": record.training.backend,
        "precision": record.training.precision,
        "device": record.training.device,
        "seed": record.seed,
        "commit": record.commit,
        "date": record.date[:10],
        "changed": changes_as_text(record.changed),
    }


def changes_as_text(changed: dict[str, Any]) -> str:
    """Return changed parameters as the command line takes them: "EPOCHS=6, WEIGHTS=None"."""
    return ", ".join(f"{name}={value!r}" for name, value in changed.items())


def _four_digits(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
