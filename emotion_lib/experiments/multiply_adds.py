"""Multiply-adds of recorded runs, for figures that show accuracy against cost.

The record of a promoted run has the number. For the others it is counted from the model file, which
is not tracked, so the counts are kept in the tracked table ``artifacts/multiply_adds.csv``.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from .. import artifacts
from ..artifacts import Run
from ..files import write_text
from ..paths import artifacts_dir

_COLUMNS = ("run", "parameters", "multiply_adds")


def table_file() -> Path:
    """Return the path of the table."""
    return artifacts_dir() / "multiply_adds.csv"


def multiply_adds() -> dict[str, int]:
    """Return the multiply-adds of one image, by the name of the run.

    An ensemble's are those of its members. A run whose model file was not counted, such as another
    seed's, has those of the runs of the same notebook with as many parameters, if these agree. All
    others are left out.
    """
    counted = _read()
    runs = artifacts.runs()
    found = {}
    for run in runs:
        model = run.record.model
        if model.multiply_adds is not None:
            found[run.name] = model.multiply_adds
        elif counted.get(run.name, {}).get("parameters") == model.parameters:
            found[run.name] = counted[run.name]["multiply_adds"]
    found |= _of_the_same_network(runs, found)
    for run in runs:
        members = run.record.model.made_of
        if run.record.is_ensemble and found.keys() >= members.keys():
            # Each member runs on the image and on its mirror image.
            found[run.name] = 2 * sum(found[name] for name in members)
    return found


def _of_the_same_network(runs: Sequence[Run], found: Mapping[str, int]) -> dict[str, int]:
    """Return the multiply-adds of runs without a count, from others of the same network."""
    known: dict[tuple[str, int], set[int]] = {}
    for run in runs:
        if run.name in found:
            known.setdefault(_network(run), set()).add(found[run.name])
    others = {}
    for run in runs:
        counts = known.get(_network(run), set())
        if run.name not in found and not run.record.is_ensemble and len(counts) == 1:
            (others[run.name],) = counts
    return others


def _network(run: Run) -> tuple[str, int]:
    return run.name.split("/")[0], run.record.model.parameters


def write_multiply_adds(models: Path | None = None) -> Path:
    """Count the multiply-adds of every Keras run whose model file is here, and write the table.

    Runs without a model file keep the row that they have.

    Args:
        models: folder of the model files, ``<models>/<run>/model.keras``; None: the artifacts
            folder. Networks that were built again will do, as only their architecture counts.

    Raises:
        ArtifactError: a model has not as many parameters as its run's record says.
    """
    from ..models.cost import multiply_adds as count

    rows = _read()
    root = models or artifacts_dir()
    names = set()
    for run in artifacts.runs():
        names.add(run.name)
        file = root / run.name / "model.keras"
        if run.record.is_ensemble or not file.is_file():
            continue
        model, _ = artifacts.load_model(file)
        if model.count_params() != run.record.model.parameters:
            raise artifacts.ArtifactError(
                f"Expected {file} with {run.record.model.parameters:,} parameters, as the record "
                f"of {run.name} has. Received: {model.count_params():,}. Remove the file."
            )
        rows[run.name] = {"parameters": model.count_params(), "multiply_adds": count(model)}
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for name in sorted(names & rows.keys()):
        writer.writerow({"run": name} | rows[name])
    write_text(table_file(), text.getvalue())
    return table_file()


def _read() -> dict[str, dict[str, int]]:
    """Return parameters and multiply-adds of the table's runs; nothing without a table."""
    if not table_file().is_file():
        return {}
    rows = {}
    with table_file().open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["run"]] = {key: int(row[key]) for key in _COLUMNS[1:]}
    return rows
