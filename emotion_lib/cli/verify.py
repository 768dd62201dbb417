"""``emotion verify``: recompute recorded figures and compare them with the record."""

import warnings
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .exit_status import SOME_INPUT_FAILED
from .terminal import say, text_table

if TYPE_CHECKING:
    from ..experiments.checks import Check

# Figures with a row of their own; the others of a part share one if they are equal.
_SHOWN = {
    "accuracy", "threshold", "sha256", "parameters", "multiply_adds", "same_answer", "epochs",
}  # fmt: skip


def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME|FILE]...",
            help="best (the default), a recorded run, its folder, or a .keras file of a record.",
        ),
    ] = None,
    all_records: Annotated[
        bool,
        typer.Option("--all", help="Verify every recorded run by its scores, without its model."),
    ] = False,
) -> None:
    """Recompute every figure of a record and fail if one differs by more than rounding.

    The model is loaded again and evaluated on the data of the record. Without the model file, or
    with --all, the scores that the record comes with give the figures; without the data, figures
    that need it are not checked. The exit status is 0 if no figure differs, 1 if one does, nothing
    could be checked, or --all finds a damaged file.

    For example: emotion verify 01_sequential_cnn best
    """
    if all_records and names:
        raise typer.BadParameter("Expected names or --all. Received: both.")
    damaged = []
    if all_records:
        checks, damaged = _verify_all()
    else:
        checks = _verify_each(names or ["best"])
    from ..experiments.verified import counts_text

    print(counts_text(checks))
    for message in damaged:
        say(message)
    results = {check.result for check in checks}
    if "differs" in results:
        say("At least one recorded figure does not follow from what was recomputed.")
    if not results & {"equal", "within"}:
        say("Nothing could be checked.")
    if damaged or "differs" in results or not results & {"equal", "within"}:
        raise typer.Exit(SOME_INPUT_FAILED)


def _verify_each(names: list[str]) -> list["Check"]:
    """Verify some records, print a table of each, and return all checks."""
    from ..experiments.recorded_data import data_here
    from ..experiments.verified import checks_of, subject_of

    subjects = [subject_of(name) for name in names]  # a wrong name ends it before the work
    checks = []
    for subject in subjects:
        record = subject.run.record
        print(f"{record.name}, recorded {record.date[:10]} on {record.environment.device}")
        found = list(checks_of(subject, data_here))
        print(text_table(_rows(found)))
        _say_missing_data(record.data.name)
        checks += found
    return checks


def _say_missing_data(name: str) -> None:
    """Say how to get the data of a record, without which a model gives no accuracy."""
    from .. import datasets

    source = name.partition(" ")[0]
    is_known = source in datasets.names() and not datasets.needs_source(source)
    if is_known and not datasets.is_available(source):
        say(
            f"note: {name} is not here, so no accuracy was computed with the model. "
            f"`emotion data {source}` says how to get it."
        )


def _verify_all() -> tuple[list["Check"], list[str]]:
    """Verify every recorded run by its scores, and print one row per run.

    Returns:
        All checks, and what is wrong with files that cannot be read.
    """
    from functools import cache

    from tqdm import tqdm

    from .. import artifacts
    from ..experiments.recorded_data import data_here
    from ..experiments.verified import Subject, checks_of, counts_text

    with warnings.catch_warnings(record=True) as skipped:
        warnings.simplefilter("always")
        runs = artifacts.runs()
    damaged = [str(warning.message) for warning in skipped]
    data = cache(data_here)
    checks = []
    rows = []
    different = []
    for run in tqdm(runs, desc="verifying", unit="run"):
        try:
            found = list(checks_of(Subject(run, None), data))
        except artifacts.ArtifactError as error:
            rows.append({"run": run.name, "figures": "damaged"})
            damaged.append(str(error))
            continue
        rows.append({"run": run.name, "figures": counts_text(found)})
        different += [{"run": run.name, **row} for row in _different(found)]
        checks += found
    if rows:
        print(text_table(rows))
    if different:
        print(text_table(different))
    return checks, damaged


def _rows(checks: list["Check"]) -> list[dict[str, str]]:
    """Return the rows of the table of one record, its parts in order."""
    parts: dict[str, list[Check]] = {}
    for check in checks:
        parts.setdefault(check.part, []).append(check)
    rows = []
    for found in parts.values():
        folded: dict[tuple[str, str], list[Check]] = {}
        for check in found:
            is_folded = check.result in ("equal", "within") and check.figure not in _SHOWN
            if is_folded and len(found) > 1:
                folded.setdefault((check.result, check.reason), []).append(check)
            else:
                rows.append(_row(check))
        for same in folded.values():
            rows.append(_row(same[0]) if len(same) == 1 else _folded_row(same))
    return rows


def _different(checks: list["Check"]) -> list[dict[str, str]]:
    return [_row(check) for check in checks if check.result == "differs"]


def _row(check: "Check") -> dict[str, str]:
    recomputed = _text(check.low)
    if check.low != check.high:
        recomputed = f"{_text(check.low)} to {_text(check.high)}"
    return {
        "figure": f"{check.part}: {check.figure}" if check.figure else check.part,
        "recorded": _text(check.recorded),
        "recomputed": recomputed,
        "result": f"{check.result}: {check.reason}" if check.reason else check.result,
    }


def _folded_row(checks: list["Check"]) -> dict[str, str]:
    first = checks[0]
    return {
        "figure": f"{first.part}: {len(checks)} more figures",
        "recorded": "",
        "recomputed": "",
        "result": f"{first.result}: {first.reason}" if first.reason else first.result,
    }


def _text(value: Any) -> str:
    """Return a figure as text; of a digest the first twelve digits."""
    if value is None or isinstance(value, tuple | list):
        return ""
    if isinstance(value, str):
        return value[:12]
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.7g}"
