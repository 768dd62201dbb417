"""``emotion runs``: list recorded runs, show one, and import runs from another machine."""

import functools
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .models import recorded_runs
from .terminal import say, text_table

if TYPE_CHECKING:
    from ..artifacts import Metrics, Record, Run
    from ..datasets import Dataset
    from ..experiments.importing import Candidate

runs_app = typer.Typer(
    help="List recorded runs, show one, or import those of another machine.",
    invoke_without_command=True,
)
REFUSED = 1  # exit status if a run was not imported, or the question was answered with no


@runs_app.callback()
def list_runs(
    context: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per run and line.")
    ] = False,
) -> None:
    """List the recorded runs: data set, accuracy on validation and test, rank, device and date.

    Runs on the same test images that cannot be told apart share a rank; docs/results.md has the
    rule, and ranks of the networks, each with one of its seeds.
    """
    from ..paths import artifacts_dir

    if context.invoked_subcommand:
        return
    found = list(recorded_runs())
    ranks = _ranks(found)
    rows = [_row(record, ranks.get(folder)) for folder, record in found]
    if as_json:
        for row in rows:
            print(json.dumps(row))
    elif rows:
        print(text_table([_cells(row) for row in rows]))
    else:
        say(
            f"There are no runs in {artifacts_dir()}. `make run-all` and `emotion train` make them."
        )


@runs_app.command()
def show(
    run: Annotated[str, typer.Argument(help="Name of the run, as `emotion runs` lists it.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the record as it is kept, run.json.")
    ] = False,
) -> None:
    """Print the record of a run: how it was made, and what it reached."""
    from .. import artifacts

    found = artifacts.load_run(run)
    if as_json:
        print(json.dumps(artifacts.record_to_json(found.record), indent=1))
    else:
        print(_description(found))


@runs_app.command()
def leaderboard() -> None:
    """Write artifacts/leaderboard.csv from the records of all full runs.

    Recording or importing a run does so too.
    """
    from .. import artifacts

    print(artifacts.write_leaderboard())


@runs_app.command("import")
def import_runs(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="The ARTIFACTS_DIR of another machine, or a .tar.gz, .tar.xz or .zip of it.",
        ),
    ],
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Import this run, or those that match a pattern such as '13_*/*'; may be repeated."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
) -> None:
    """Import runs from another machine, after showing what changes on the leaderboard.

    A run is refused if its data or classes are not those of the runs here, or if its figures do not
    follow from its scores. The others are imported.

    For example: emotion runs import results.tar.gz --dry-run
    """
    from ..experiments import archive, importing

    with archive.unpacked(source, importing.RUN_FILES) as folder:
        found, faults = importing.examine(folder, only or (), functools.cache(_data_here))
        if found:
            print(text_table([_change(candidate) for candidate in found]))
        _say_notes(found)
        refused = _say_refused(found, faults)
        status = REFUSED if refused else 0
        effective = [candidate for candidate in found if candidate.has_effect]
        if dry_run or not effective:
            print("Nothing was changed." if effective else "There is nothing to import.")
            raise typer.Exit(status)
        if not yes and not _agreed(f"Import {len(effective)} of {len(found)} runs?"):
            print("Nothing was changed.")
            raise typer.Exit(REFUSED)
        imported = importing.import_runs(effective)
    print(f"imported: {', '.join(imported)}")
    raise typer.Exit(status)


def _say_refused(found: list["Candidate"], faults: list[str]) -> bool:
    """Print what is not imported, with the reason, and return True if there is anything."""
    reasons = []
    for candidate in found:
        for fault in candidate.faults:
            reasons.append(f"{candidate.run.name}: {fault}")
    reasons += faults
    for reason in reasons:
        say(f"refused: {reason}")
    return bool(reasons)


def _agreed(question: str) -> bool:
    """Return True if the user answers yes.

    Raises:
        ValueError: there is no terminal to ask on.
    """
    if not sys.stdin.isatty():
        raise ValueError(
            "Expected --yes, or a terminal to ask on. Received: neither. Nothing was changed; look "
            "at the table above, and pass --yes."
        )
    return typer.confirm(question)


def _data_here(name: str) -> "Dataset | None":
    """Return the data set of a name in a record, or None if it is not on this machine.

    None too for a data set that is composed here: its fingerprint depends on options that a record
    does not hold.
    """
    from .. import datasets
    from ..datasets.sources import fer2013

    source, _, targets = name.partition(" ")  # as in "ferplus multi-label"
    options = {"targets": targets.replace("-", "_")} if targets else {}
    try:
        if source not in ("fer2013", "ferplus") or not fer2013.is_available():
            return None
        return datasets.load(source, **options)
    except (datasets.DataError, OSError) as error:
        say(f"note: {name} is not used to check runs. {error}")
        return None


def _ranks(found: list[tuple[Path, "Record"]]) -> dict[Path, int]:
    """Return the ranks of the runs by their folders; none without the packages of the lab."""
    from ..artifacts import Run

    try:
        from ..experiments.run_ranks import run_ranks
    except ImportError:
        return {}
    return run_ranks(Run(folder, record) for folder, record in found)


def _row(record: "Record", rank: int | None) -> dict[str, Any]:
    test = record.metrics.test
    return {
        "name": record.name,
        "data": record.data.name,
        "full": record.full,
        "n": test.n,
        "val_accuracy": record.metrics.val.accuracy,
        "accuracy": test.accuracy,
        "interval_95": list(test.accuracy_interval_95),
        "rank": rank,
        "changed": record.changed,
        "device": record.training.device,
        "date": record.date,
    }


def _cells(row: dict[str, Any]) -> dict[str, str]:
    low, high = row["interval_95"]
    return {
        "run": row["name"],
        "data set": row["data"] if row["full"] else f"{row['data']}, not in full",
        "n": f"{row['n']:,}",
        "validation": f"{row['val_accuracy']:.1%}",
        "test [95 % interval]": f"{row['accuracy']:.1%} [{low:.1%}, {high:.1%}]",
        "rank": str(row["rank"] or "-"),
        "device": row["device"],
        "date": row["date"][:10],
    }


def _change(candidate: "Candidate") -> dict[str, str]:
    """Return a candidate's row of the table: the leaderboard's figures before and after."""
    new = candidate.run.record
    old = None
    if candidate.before and candidate.change == "replaced":
        old = candidate.before.record
    return {
        "run": new.name,
        "data set": new.data.name,
        "change": f"{candidate.change}, with its model" if candidate.models else candidate.change,
        "validation": _accuracies(new, old, "val"),
        "test": _accuracies(new, old, "test"),
        "device": new.training.device,
        "date": new.date[:10],
    }


def _accuracies(new: "Record", old: "Record | None", split: str) -> str:
    after = new.metrics.evaluations()[split].accuracy
    if old is None:
        return f"{after:.2%}"
    return f"{old.metrics.evaluations()[split].accuracy:.2%} -> {after:.2%}"


def _say_notes(found: list["Candidate"]) -> None:
    """Print what a user should know; runs with the same note share a line."""
    names_of = defaultdict(list)
    for candidate in found:
        for note in candidate.notes:
            names_of[note].append(candidate.run.name)
        for figures in candidate.unchecked:
            note = f"not recomputed, which takes the data or the model: {figures}"
            names_of[note].append(candidate.run.name)
    for note, names in names_of.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        say(f"note: {', '.join(names[:3])}{more}: {note}")


def _description(run: "Run") -> str:
    """Return a record as text."""
    from ..artifacts.leaderboard_csv import changes_as_text

    record = run.record
    data = record.data
    training = record.training
    counts = [f"{count:,} {split}" for split, count in data.images.items()]
    images = f", images: {', '.join(counts)}" if counts else ""
    packages = record.environment.packages.items()
    lines = {
        "run": record.name if record.full else f"{record.name} (not in full)",
        "made": f"{record.date[:10]}, commit {record.commit}, seed {record.seed}",
        "data": f"{data.name}, fingerprint {data.fingerprint}{images}",
        "classes": ", ".join(record.class_names),
        "model": (
            f"{record.model.parameters:,} parameters, initial weights: {record.model.weights}"
        ),
        "made of": ", ".join(record.model.made_of),
        "file": _file_of(run),
        "training": (
            f"{training.epochs} epochs in {training.seconds:,.0f} s, "
            f"chosen by: {training.chosen_by or 'not recorded'}"
        ),
        "computed on": f"{training.device}, {training.backend}, {training.precision}",
        "packages": ", ".join(f"{name} {version}" for name, version in packages),
        "parameters": changes_as_text(record.parameters),
        "changed": changes_as_text(record.changed),
    }
    for number, note in enumerate(data.notes, 1):
        lines[f"note {number}"] = note
    text = "\n".join(f"{name:12} {value}" for name, value in lines.items() if value)
    return f"{text}\n\n{_figures_table(record.metrics)}"


def _file_of(run: "Run") -> str:
    if run.model_file.is_file():
        return str(run.model_file)
    return "not here, as models are not tracked"


def _figures_table(metrics: "Metrics") -> str:
    """Return the figures of every evaluation in a record as a table."""
    rows = []
    for name, figures in metrics.evaluations().items():
        low, high = figures.accuracy_interval_95
        rows.append(
            {
                "evaluated on": "validation" if name == "val" else name.replace("_", " "),
                "n": f"{figures.n:,}",
                "accuracy": f"{figures.accuracy:.1%}",
                "95 % interval": f"{low:.1%} to {high:.1%}",
                "balanced": _three_digits(figures.balanced_accuracy),
                "macro-F1": _three_digits(figures.macro_f1),
                "mAP": _three_digits(figures.mean_average_precision),
            }
        )
    return text_table(rows)


def _three_digits(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
