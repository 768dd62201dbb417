"""Run the series: only what failed or changed, or everything, several notebooks at a time.

python -m emotion_lib.experiments.pipeline               # what failed or changed since it last ran (make resume)
python -m emotion_lib.experiments.pipeline --always      # everything (make run-all)
python -m emotion_lib.experiments.pipeline --always --budget 11 --except 09     # what fits into 11 minutes, without one notebook
python -m emotion_lib.experiments.pipeline --smoke       # everything, small, on drawn faces (make smoke)
python -m emotion_lib.experiments.pipeline 13 -p HOURS=3 -p RUN_NAME=13_x/HOURS=3   # one with other parameters, if it has changed

:mod:`emotion_lib.experiments.series` says what has changed, and in which order notebooks run. The exit status is 0 if all that was
started is done, 1 if a notebook failed, 2 for a mistake in the command, and 130 if the series was interrupted.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat

from .. import environment
from ..environment import BackendError, backend_and_devices, sees_gpu
from ..paths import artifacts_dir
from . import needs
from .minutes import MinutesTable, rounded
from .notebooks import (
    SMOKE,
    NotebookError,
    assignment,
    find,
    needs_of,
    parameters,
    refuse_unknown,
    small,
)
from .placement import notebooks_at_a_time, places
from .series import Result, Series


def main(arguments: list[str] | None = None) -> int:
    """Run the notebooks; the exit status is non-zero if one failed."""
    start = time.monotonic()
    options = _parser().parse_args(arguments)
    if options.smoke:
        os.environ["ARTIFACTS_DIR"] = str(artifacts_dir() / "smoke")
    changes = dict(options.parameter)
    try:
        chosen = find(options.only)
        for path in chosen:
            refuse_unknown(path, changes)
        left_out = _left_out(chosen, options.excepted, changes, options.smoke)
        backend, seen = backend_and_devices()
    except (NotebookError, BackendError) as error:
        print(error, file=sys.stderr)
        return 2
    gpus = _announce_devices(backend, seen)
    jobs = options.jobs or notebooks_at_a_time(gpus, environment.memory(), environment.cores())
    jobs = max(1, min(jobs, len(chosen) - len(left_out)))
    device = ", ".join(gpu.name for gpu in gpus[::jobs]) or environment.processor()
    # Programs for one kind of processor must not reach another, as on a disk that machines share.
    cache = artifacts_dir() / ".compiled" / re.sub(r"\W+", "_", device)
    series = Series(
        chosen,
        places(gpus, jobs, cache),
        MinutesTable(artifacts_dir() / "minutes.csv"),
        device=device,
        backend=backend,
        changes=changes,
        left_out=left_out,
        smoke=options.smoke,
        always=options.always or options.smoke,
        deadline=None if options.budget is None else start + 60 * options.budget,
    )
    budget = "" if options.budget is None else f", within {options.budget:g} min"
    print(f"{len(chosen)} notebooks, {jobs} at a time{budget}, into {artifacts_dir()}", flush=True)
    _announce_minutes(
        [path for path in chosen if path not in left_out], series, gpus or options.smoke
    )
    series.run()
    _print_summary(chosen, series.results)
    if series.interrupted:
        return 130
    return 1 if any(result.status == "FAILED" for result in series.results.values()) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emotion_lib.experiments.pipeline",
        description="Run the series of notebooks.",
    )
    parser.add_argument(
        "only",
        nargs="?",
        default="",
        help="beginning of a notebook's name, such as 01 (default: all)",
    )
    parser.add_argument("--except", dest="excepted", action="append", default=[], metavar="NAME",
                        help="leave out the notebooks whose names begin so; may be repeated")  # fmt: skip
    parser.add_argument("--always", action="store_true", help="also what has not changed")
    parser.add_argument(
        "--smoke",
        action="store_true",
        help=f"small and without data: {SMOKE}; into artifacts/smoke",
    )
    parser.add_argument("-p", "--parameter", action="append", type=assignment, default=[], metavar="NAME=VALUE",
                        help="change a parameter; may be repeated; RUN_NAME=... keeps the notebook's own run")  # fmt: skip
    parser.add_argument("--jobs", type=_positive(int), metavar="N",
                        help="notebooks at a time (default: one, or as many as fit on the GPUs)")  # fmt: skip
    parser.add_argument("--budget", type=_positive(float), metavar="MINUTES",
                        help="start nothing that is not expected to end by then, and stop what runs then")  # fmt: skip
    return parser


def _positive(kind: type):
    def convert(text: str):
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"Expected a number above 0. Received: {text!r}.")
        return value

    return convert


def _left_out(
    chosen: Sequence[Path], excepted: Sequence[str], changes: dict, smoke: bool
) -> dict[Path, str]:
    """Return the notebooks that are not to be run, and why."""
    reasons = {}
    for name in excepted:
        reasons |= dict.fromkeys(find(name), f"as asked by --except {name}")
    for path in chosen:
        stated = needs_of(path)
        if stated and path not in reasons:
            used = parameters(path) | (small(path) if smoke else {}) | changes
            if lacking := needs.missing(stated, used):
                reasons[path] = lacking
    return {path: reasons[path] for path in chosen if path in reasons}


def _announce_devices(backend: str, seen: Sequence[str]) -> list[environment.Gpu]:
    """Print what there is to compute on, and return the GPUs that Keras uses."""
    gpus = environment.gpus()
    print(f"Keras on {backend}: {', '.join(seen) or 'devices unknown'}")
    for gpu in gpus:
        memory = f"{_gib(gpu.total)}, {_gib(gpu.free)} free" if gpu.total else "memory unknown"
        print(f"GPU {gpu.identifier}: {gpu.name}, {memory}")
    print(
        f"Processor: {environment.processor()} ({environment.cores()} for this process), {_gib(environment.memory())}"
    )
    if gpus and not sees_gpu(seen):
        print(
            f"Keras sees none of these GPUs and computes on the processor: is {backend} installed with its CUDA libraries?"
        )
        return []
    return gpus


def _gib(memory: int) -> str:
    return f"{memory / 2**30:.1f} GiB" if memory else "memory unknown"


def _announce_minutes(
    paths: Sequence[Path], series: Series, first_cells_do_not_apply: bool
) -> None:
    """Print how long each notebook is expected to take."""
    if not paths:
        return
    print("Expected, as last time on this device or as the notebook's first cell says:")
    for path in paths:
        minutes = series.expected(path)
        if minutes is not None:
            text = rounded(minutes)
        elif first_cells_do_not_apply:
            text = "unknown"
        else:
            first = nbformat.read(path, as_version=4).cells[0].source
            found = re.search(r"^\| Time \| (.*?) \|$", first, flags=re.MULTILINE)
            text = found.group(1) if found else "unknown"
        print(f"  {path.stem:26} {text}", flush=True)


def _print_summary(paths: Sequence[Path], results: dict[Path, Result]) -> None:
    print(f"\n{'notebook':28} {'minutes':>7}  {'result':10} reason")
    for path in paths:
        result = results[path]
        minutes = f"{result.minutes:.1f}" if result.minutes else "-"
        print(f"{path.stem:28} {minutes:>7}  {result.status:10} {result.reason}".rstrip())
    parts = []
    for status in ("done", "unchanged", "stopped", "left out", "FAILED"):
        of_status = [path.stem for path in paths if results[path].status == status]
        if of_status:
            names = "" if status in ("done", "unchanged") else f" ({', '.join(of_status)})"
            parts.append(f"{len(of_status)} {status}{names}")
    print(", ".join(parts), flush=True)


if __name__ == "__main__":
    sys.exit(main())
