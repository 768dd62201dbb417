"""``emotion models``: the models on this machine, or all recorded ones."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .terminal import say, text_table

if TYPE_CHECKING:
    from ..artifacts import Record


def models(
    all_models: Annotated[
        bool,
        typer.Option("--all", help="Also list recorded runs whose model is not on this machine."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per model, each on its own line.")
    ] = False,
) -> None:
    """List the models that can be loaded here: the one that ships with the project, then yours.

    --model takes these names. With --all, every model of the leaderboard is listed. Model files of
    recorded runs are not part of the repository; running the notebook makes them again.
    """
    from ..inference.model_choice import ensemble_here

    shipped = _shipped()
    recorded = []
    for folder, record in recorded_runs():
        recorded.append(_row(record.name, folder / "model.keras", record))
    # As on the leaderboard: the best on validation first.
    recorded.sort(key=lambda row: (row["data"], -row["val_accuracy"]))
    rows = shipped + recorded
    if not all_models:
        rows = [row for row in rows if row["file"]]
    if as_json:
        for row in rows:
            print(json.dumps(row))
    elif rows:
        print(text_table([_cells(row, with_file=not all_models) for row in rows]))
        if (ensemble := ensemble_here()) is not None:
            say(f"ensemble is {ensemble.name}")


def _shipped() -> list[dict]:
    """Return the rows of the shipped model and of its smaller sibling."""
    from .. import artifacts
    from ..inference.compiled_file import compiled_file
    from ..inference.model_choice import BEST, INT8
    from ..paths import best_dir

    rows = []
    for file, record in artifacts.records(best_dir()):
        model = file.with_name("model.keras")
        rows.append(_row(BEST, model, record))
        if compiled_file(model, "int8").is_file():
            rows.append(_row(INT8, compiled_file(model, "int8"), record.of_int8()))
    return rows


def recorded_runs() -> Iterator[tuple[Path, "Record"]]:
    """Yield the folder and the record of every run on this machine, except smoke runs.

    Runs on the user's own pictures are included; the shipped model's folder is not.
    """
    from .. import artifacts
    from ..paths import artifacts_dir, best_dir

    for file, record in artifacts.records(artifacts_dir()):
        if file.parent != best_dir() and file.relative_to(artifacts_dir()).parts[0] != "smoke":
            yield file.parent, record


def _row(name: str, file: Path, record: "Record") -> dict:
    from ..artifacts import answers_by

    test = record.metrics.test
    return {
        "name": name,
        "data": record.data.name,
        "answers_by": answers_by(record),
        "classes": list(record.class_names),
        "val_accuracy": record.metrics.val.accuracy,
        "accuracy": test.accuracy,
        "interval_95": list(test.accuracy_interval_95),
        "n": test.n,
        "parameters": record.model.parameters,
        "file": str(file) if file.is_file() else None,
    }


def _cells(row: dict, with_file: bool) -> dict[str, str]:
    """Return a row of the table; its last column is the file, or whether there is one."""
    low, high = row["interval_95"]
    cells = {
        "model": row["name"],
        "data set": row["data"],
        "answers by": row["answers_by"] or "",
        "classes": str(len(row["classes"])),
        "validation": f"{row['val_accuracy']:.1%}",
        "test [95 % interval]": f"{row['accuracy']:.1%} [{low:.1%}, {high:.1%}]",
        "n": f"{row['n']:,}",
        "parameters": f"{row['parameters']:,}",
    }
    if with_file:
        return cells | {"file": row["file"]}
    return cells | {"on this machine": "yes" if row["file"] else ""}
