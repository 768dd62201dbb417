"""``leaderboard.csv``: one row a full run."""

import csv
import io
from pathlib import Path

from ..files import write_text
from ..paths import artifacts_dir
from .run import Run, runs, trained_on
from .writing import ArtifactError, unwritable

LEADERBOARD_COLUMNS = (
    "run", "dataset", "n", "accuracy", "ci_low", "ci_high", "macro_f1", "mean_average_precision",
    "accuracy_without_twins", "n_without_twins", "val_accuracy", "parameters",
    "epochs", "seconds", "weights", "backend", "precision", "device", "seed", "commit",
    "date",
)  # fmt: skip


def write_leaderboard() -> Path:
    """Write ``leaderboard.csv`` anew from the run.json of every full run: one row per run, best validation first."""
    file = artifacts_dir() / "leaderboard.csv"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Again if another process has recorded a run since its records were read, or that run's row would be lost.
        while (table := _leaderboard_csv(runs())) != (
            file.read_text(encoding="utf-8") if file.exists() else None
        ):
            write_text(file, table)
    except OSError as error:
        raise unwritable(file, error) from error
    return file


def leaderboard(chosen: list[Run] | None = None):
    """``leaderboard.csv``, or the like of some runs, as a pandas DataFrame.

    Raises:
        ArtifactError: there is no leaderboard yet.
    """
    import pandas as pd

    if chosen is not None:
        return pd.read_csv(io.StringIO(_leaderboard_csv(chosen)))
    file = artifacts_dir() / "leaderboard.csv"
    if not file.is_file():
        raise ArtifactError(f"Expected {file}. Received: no such file. `make run-all` writes it.")
    return pd.read_csv(file)


def _leaderboard_csv(chosen: list[Run]) -> str:
    rows = [leaderboard_row(run.record) for run in chosen]
    rows.sort(key=lambda row: (row["dataset"], -float(row["val_accuracy"])))
    table = io.StringIO()
    writer = csv.DictWriter(table, LEADERBOARD_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return table.getvalue()


def leaderboard_row(record: dict) -> dict:
    """Return a run's row, by column."""
    test = record["metrics"]["test"]
    without_twins = record["metrics"].get("test_without_twins", {})
    computed_on = trained_on(record)
    return {
        "run": record["name"],
        "dataset": record["data"]["name"],
        "n": test["n"],
        "accuracy": f"{test['accuracy']:.4f}",
        "ci_low": f"{test['accuracy_interval_95'][0]:.4f}",
        "ci_high": f"{test['accuracy_interval_95'][1]:.4f}",
        "macro_f1": f"{test['macro_f1']:.4f}",
        # Of several labels an image alone, whose accuracy is the share of exact matches.
        "mean_average_precision": f"{test['mean_average_precision']:.4f}"
        if "mean_average_precision" in test
        else "",
        "accuracy_without_twins": f"{without_twins['accuracy']:.4f}" if without_twins else "",
        "n_without_twins": without_twins.get("n", ""),
        "val_accuracy": f"{record['metrics']['val']['accuracy']:.4f}",
        "parameters": record["model"]["parameters"],
        "epochs": record["training"]["epochs"],
        "seconds": round(record["training"]["seconds"]),
        "weights": record["model"]["weights"],
        "backend": computed_on["backend"],
        "precision": record["training"]["precision"],
        "device": computed_on["device"],
        "seed": record["seed"],
        "commit": record["commit"],
        "date": record["date"][:10],
    }
