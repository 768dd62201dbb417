"""Running a series from a command: devices, what is left out, the times expected, a summary."""

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat

from .. import environment
from ..environment import backend_and_devices, sees_gpu
from ..paths import artifacts_dir
from . import left_out
from .findings import without_markers
from .minutes import MinutesTable, clock, rounded
from .notebooks import find, parameters, refuse_unknown, smoke_parameters
from .placement import notebooks_at_a_time, places
from .progress import Result
from .runner import INTERRUPTED, SMOKE_NOTE, use_smoke_folder
from .series import Series


def run_series(
    beginning: str = "",
    *,
    replaced: Mapping[str, Any] | None = None,
    name: str | None = None,
    excepted: Sequence[str] = (),
    always: bool = False,
    smoke: bool = False,
    jobs: int | None = None,
    budget: float | None = None,
) -> int:
    """Run notebooks as a series, and print how it goes and how it ended.

    Args:
        beginning: of the notebooks' names; empty for all.
        replaced: parameters to change in each notebook.
        name: word that names the runs of changed parameters.
        excepted: beginnings of the names of notebooks to leave out.
        always: run notebooks also if nothing has changed since their last run.
        smoke: run them small, into the folder smoke among the artifacts.
        jobs: notebooks at a time; None: one, or as many as the GPUs' memory holds.
        budget: minutes, after which everything is stopped. No notebook starts that is not
            expected to end by then.

    Returns:
        Exit status: 0, 1 if a notebook failed or FER-2013 is missing, or 130 if the series was
        interrupted.

    Raises:
        NotebookError: there is no such notebook, or one of them lacks a parameter.
        BackendError: Keras does not start.
    """
    start = time.monotonic()
    if smoke:
        use_smoke_folder()
    replaced = replaced or {}
    chosen = find(beginning)
    for path in chosen:
        refuse_unknown(path, replaced)
    used = {}
    for path in chosen:
        used[path] = parameters(path) | (smoke_parameters(path) if smoke else {}) | dict(replaced)
    unwanted = left_out.unwanted(used, excepted)
    without_data, advice = left_out.without_data(used, unwanted)
    not_run = dict(sorted((unwanted | without_data).items()))
    backend, seen = backend_and_devices()
    gpus = _announce_devices(backend, seen)
    jobs = jobs or notebooks_at_a_time(gpus, environment.memory(), environment.cores())
    jobs = max(1, min(jobs, len(chosen) - len(not_run)))
    device = ", ".join(gpu.name for gpu in gpus[::jobs]) or environment.processor()
    # Programs for one kind of processor must not reach another, as on a disk that machines share.
    cache = artifacts_dir() / ".compiled" / re.sub(r"\W+", "_", device)
    series = Series(
        chosen,
        places(gpus, jobs, cache),
        MinutesTable(artifacts_dir() / "minutes.csv"),
        device=device,
        backend=backend,
        replaced=replaced,
        name=name,
        left_out=not_run,
        smoke=smoke,
        always=always or smoke,
        deadline=None if budget is None else start + 60 * budget,
    )
    within = "" if budget is None else f", within {budget:g} min"
    print(f"{len(chosen)} notebooks, {jobs} at a time{within}, into {artifacts_dir()}", flush=True)
    if advice:
        print(f"Without data, {len(without_data)} notebooks are left out. {advice}", flush=True)
    to_run = [path for path in chosen if path not in not_run]
    _announce_minutes(to_run, series, use_first_cells=not gpus and not smoke)
    series.run()
    _print_summary(chosen, series.results, time.monotonic() - start)
    if smoke:
        print(SMOKE_NOTE)
    if series.interrupted:
        return INTERRUPTED
    failed = any(result.status == "FAILED" for result in series.results.values())
    return 1 if failed or without_data else 0


def _announce_devices(backend: str, seen: list[str]) -> list[environment.Gpu]:
    """Print the devices of this machine, and return the GPUs that Keras uses."""
    gpus = environment.gpus()
    print(f"Keras on {backend}: {', '.join(seen) or 'devices unknown'}")
    for gpu in gpus:
        memory = f"{_gib(gpu.total)}, {_gib(gpu.free)} free" if gpu.total else "memory unknown"
        print(f"GPU {gpu.identifier}: {gpu.name}, {memory}")
    processor = f"{environment.processor()} ({environment.cores()} for this process)"
    print(f"Processor: {processor}, {_gib(environment.memory())}")
    if gpus and not sees_gpu(seen):
        print(
            "Keras sees none of these GPUs and computes on the processor: "
            f"is {backend} installed with its CUDA libraries?"
        )
        return []
    return gpus


def _gib(memory: int) -> str:
    return f"{memory / 2**30:.1f} GiB" if memory else "memory unknown"


def _announce_minutes(paths: Sequence[Path], series: Series, *, use_first_cells: bool) -> None:
    """Print how long each notebook is expected to take.

    Args:
        paths: the notebooks.
        series: knows the times of earlier runs.
        use_first_cells: take the time in a notebook's first cell if it has not run here.
    """
    if not paths:
        return
    print("Expected, as last time on this device or as the notebook's first cell says:")
    for path in paths:
        minutes = series.expected(path)
        text = "unknown"
        if minutes is not None:
            text = rounded(minutes)
        elif use_first_cells:
            first = nbformat.read(path, as_version=4).cells[0].source
            found = re.search(r"^\| Time \| (.*?) \|$", first, flags=re.MULTILINE)
            text = without_markers(found.group(1)) if found else text
        print(f"  {path.stem:26} {text}", flush=True)


def _print_summary(paths: Sequence[Path], results: Mapping[Path, Result], seconds: float) -> None:
    print(f"\n{'notebook':28} {'minutes':>7}  {'result':10} reason")
    for path in paths:
        result = results[path]
        minutes = f"{result.minutes:.1f}" if result.minutes else "-"
        print(f"{path.stem:28} {minutes:>7}  {result.status:10} {result.reason}".rstrip())
    parts = []
    for status in ("done", "unchanged", "stopped", "left out", "FAILED"):
        stems = [path.stem for path in paths if results[path].status == status]
        if stems and status in ("done", "unchanged"):
            parts.append(f"{len(stems)} {status}")
        elif stems:
            parts.append(f"{len(stems)} {status} ({', '.join(stems)})")
    print(f"In {clock(seconds / 60)}: {', '.join(parts)}", flush=True)
