"""``emotion runs``: list recorded runs, show one, and import those of another machine."""

import functools
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer

from .models import recorded_runs
from .terminal import text_table

runs_app = typer.Typer(
    help="List recorded runs, show one, or import those of another machine.",
    invoke_without_command=True,
)
REFUSED = 1  # exit status if a run was not imported, or the question was answered with no


@runs_app.callback()
def list_runs(
    context: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per run and line.")
    ] = False,
):
    """List the recorded runs: data set, accuracy on validation and test, device and date."""
    from ..paths import artifacts_dir

    if context.invoked_subcommand:
        return
    rows = [_row(record) for _, record in recorded_runs()]
    if as_json:
        for row in rows:
            print(json.dumps(row))
    elif rows:
        print(text_table([_shown(row) for row in rows]))
    else:
        print(
            f"There are no runs in {artifacts_dir()}. `make run-all` makes them.", file=sys.stderr
        )


@runs_app.command()
def show(
    run: Annotated[str, typer.Argument(help="Name of the run, as `emotion runs` lists it.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="The record as it is kept, run.json.")
    ] = False,
):
    """Print the record of a run: what made it, and what it reached."""
    from .. import artifacts

    found = artifacts.load_run(run)
    print(json.dumps(found.record, indent=1) if as_json else _description(found))


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
):
    """Import runs that were made elsewhere, after a look at what changes on the leaderboard.

    A run is refused, and the others are imported, if its data or classes are not those of the runs here, or if its figures
    do not follow from its scores.

    For example: emotion runs import results.tar.gz --dry-run
    """
    from ..experiments import archive, importing

    with archive.unpacked(source, importing.RUN_FILES) as folder:
        found, faults = importing.arrivals(folder, only or (), functools.cache(_data_at_hand))
        if found:
            print(text_table([_change(arrival) for arrival in found]))
        _say_notes(found)
        refused = [
            f"{arrival.run.name}: {fault}" for arrival in found for fault in arrival.faults
        ] + faults
        for reason in refused:
            print(f"refused: {reason}", file=sys.stderr)
        status = REFUSED if refused else 0
        coming = [arrival for arrival in found if arrival.brings]
        if dry_run or not coming:
            print("Nothing was changed." if coming else "There is nothing to import.")
            raise typer.Exit(status)
        if not yes and not sys.stdin.isatty():
            raise ValueError(
                "Expected --yes, or a terminal on which to ask. Received: neither. Nothing was changed; look at the table "
                "above, and pass --yes."
            )
        if not yes and not typer.confirm(f"Import {len(coming)} of {len(found)} runs?"):
            print("Nothing was changed.")
            raise typer.Exit(REFUSED)
        importing.bring(coming)
    print(f"imported: {', '.join(arrival.run.name for arrival in coming)}")
    raise typer.Exit(status)


def _data_at_hand(name: str):
    """Return the data set that records of this name are of, or None if it is not on this machine.

    None too for data that is composed here: its fingerprint depends on the options, which a record does not tell.
    """
    from .. import datasets
    from ..datasets.sources import fer2013

    source, _, targets = name.partition(" ")  # as in "ferplus multi-label"
    try:
        if source not in ("fer2013", "ferplus") or not fer2013.at_hand():
            return None
        return datasets.load(source, **({"targets": targets.replace("-", "_")} if targets else {}))
    except (datasets.DataError, OSError) as error:
        print(f"note: {name} is not used to check runs. {error}", file=sys.stderr)
        return None


def _row(record: dict) -> dict:
    from .. import artifacts

    metrics = record["metrics"]
    return {
        "name": record["name"],
        "data": record["data"]["name"],
        "full": record["full"],
        "n": metrics["test"]["n"],
        "val_accuracy": metrics["val"]["accuracy"],
        "accuracy": metrics["test"]["accuracy"],
        "interval_95": metrics["test"]["accuracy_interval_95"],
        "device": artifacts.trained_on(record)["device"],
        "date": record["date"],
    }


def _shown(row: dict) -> dict[str, str]:
    low, high = row["interval_95"]
    return {
        "run": row["name"],
        "data set": row["data"] if row["full"] else f"{row['data']}, not in full",
        "n": f"{row['n']:,}",
        "validation": f"{row['val_accuracy']:.1%}",
        "test [95 % interval]": f"{row['accuracy']:.1%} [{low:.1%}, {high:.1%}]",
        "device": row["device"],
        "date": row["date"][:10],
    }


def _change(arrival) -> dict[str, str]:
    """Return an arriving run's row of the table: what the leaderboard says before and after."""
    new = _row(arrival.run.record)
    old = _row(arrival.before.record) if arrival.before and arrival.change == "replaced" else None

    def accuracy(key: str) -> str:
        return f"{old[key]:.2%} -> {new[key]:.2%}" if old else f"{new[key]:.2%}"

    return {
        "run": new["name"],
        "data set": new["data"],
        "change": f"{arrival.change}, with its model" if arrival.models else arrival.change,
        "validation": accuracy("val_accuracy"),
        "test": accuracy("accuracy"),
        "device": new["device"],
        "date": new["date"][:10],
    }


def _say_notes(found) -> None:
    """Print what a user should know, runs with the same note together."""
    concerned = defaultdict(list)
    for arrival in found:
        for note in arrival.notes:
            concerned[note].append(arrival.run.name)
        for figures in arrival.unchecked:
            concerned[f"not recomputed, which takes the data or the model: {figures}"].append(
                arrival.run.name
            )
    for note, names in concerned.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        print(f"note: {', '.join(names[:3])}{more}: {note}", file=sys.stderr)


def _description(run) -> str:
    """Return a record as text."""
    from .. import artifacts

    record = run.record
    data, model, training, environment = (
        record[key] for key in ("data", "model", "training", "environment")
    )
    computed_on = artifacts.trained_on(record)
    images = ", ".join(f"{count:,} {split}" for split, count in data.get("images", {}).items())
    chosen_by = training.get("chosen_by", "not recorded")
    file = run.model_file if run.model_file.is_file() else "not here, as models are not tracked"
    packages = ", ".join(
        f"{name} {version}" for name, version in environment.get("packages", {}).items()
    )
    lines = {
        "run": record["name"] if record["full"] else f"{record['name']} (not in full)",
        "made": f"{record['date'][:10]}, commit {record['commit']}, seed {record['seed']}",
        "data": f"{data['name']}, fingerprint {data['fingerprint']}"
        + (f", images: {images}" if images else ""),
        "classes": ", ".join(record["class_names"]),
        "model": f"{model['parameters']:,} parameters, first weights: {model['weights']}",
        "file": str(file),
        "training": f"{training['epochs']} epochs in {training['seconds']:,.0f} s, chosen by: {chosen_by}",
        "computed on": f"{computed_on['device']}, {computed_on['backend']}, {training['precision']}",
        "packages": packages,
        "parameters": ", ".join(
            f"{name}={value!r}" for name, value in record["parameters"].items()
        ),
    }
    lines |= {f"note {number}": note for number, note in enumerate(data.get("notes", ()), 1)}
    text = "\n".join(f"{name:12} {value}" for name, value in lines.items() if value)
    return f"{text}\n\n{_figures(record['metrics'])}"


def _figures(metrics: dict) -> str:
    """Return the figures of every evaluation in a record as a table."""
    evaluations = {
        name: figures for name, figures in metrics.items() if name != "further"
    } | metrics.get("further", {})
    rows = []
    for name, figures in evaluations.items():
        row = {"evaluated on": {"val": "validation"}.get(name, name.replace("_", " "))}
        row["n"] = f"{figures['n']:,}" if "n" in figures else ""
        row["accuracy"] = f"{figures['accuracy']:.1%}"
        row["95 % interval"] = " to ".join(
            f"{bound:.1%}" for bound in figures.get("accuracy_interval_95", ())
        )
        for title, key in (
            ("balanced", "balanced_accuracy"),
            ("macro-F1", "macro_f1"),
            ("mAP", "mean_average_precision"),
        ):
            row[title] = f"{figures[key]:.3f}" if key in figures else ""
        rows.append(row)
    return text_table(rows)
