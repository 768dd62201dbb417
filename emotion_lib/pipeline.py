"""Run the series: only what failed or changed, or everything anew, several notebooks at a time.

python -m emotion_lib.pipeline               # what failed or changed since it last ran (make resume)
python -m emotion_lib.pipeline --always      # everything (make run-all)
python -m emotion_lib.pipeline --smoke       # everything, small, on drawn faces (make smoke)
python -m emotion_lib.pipeline 13 -p HOURS=3 -p RUN_NAME=13_x/HOURS=3   # one with parameters of its own, if it has changed

A notebook has changed when its own text, the library's, its parameters or the data have; doit keeps their hashes in
``artifacts/.doit.db``. One that reads the served model has changed when another notebook's model is served. Notebooks
numbered from 90 on read the runs of all others, one with the parameter MEMBER_RUNS those that it names: they come after
them.
"""

import argparse
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from . import artifacts
from .files import sha256
from .notebooks import (
    SMOKE,
    NotebookError,
    assignment,
    find,
    notebook_of,
    parameters,
    refuse_unknown,
    small,
)
from .paths import ROOT, artifacts_dir, best_dir

# What a figure can depend on; the page and the face detectors are none of a notebook's business.
_FIELD = (
    "app", "bench", "capture.py", "cli", "detectors.py", "distributed.py", "drawing.py", "faces.py",
    "ffmpeg_log.py", "machine.py", "minutes.py", "needs.py", "pipeline.py", "placement.py", "predictor.py",
    "promotion.py", "records.py", "report.py", "runtime.py", "timeline.py", "tracking.py", "video.py",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run the notebooks; the exit status is non-zero if one failed."""
    parser = argparse.ArgumentParser(prog="python -m emotion_lib.pipeline", description="Run the series of notebooks.")
    parser.add_argument("only", nargs="?", default="", help="beginning of a notebook's name, such as 01 (default: all)")
    parser.add_argument("--always", action="store_true", help="also what has not changed")
    parser.add_argument("--smoke", action="store_true", help=f"small and without data: {SMOKE}; into artifacts/smoke")
    parser.add_argument("-p", "--parameter", action="append", type=assignment, default=[], metavar="NAME=VALUE",
                        help="change a parameter; may be repeated; RUN_NAME=... keeps the notebook's own run")  # fmt: skip
    parser.add_argument("--jobs", type=int, default=0, help="notebooks at a time (default: one, or one a GPU)")
    options = parser.parse_args(arguments)
    if options.smoke:
        os.environ["ARTIFACTS_DIR"] = str(artifacts_dir() / "smoke")
    try:
        chosen, changes = find(options.only), dict(options.parameter)
        for path in chosen:
            refuse_unknown(path, changes)
        gpus = _gpus()
        jobs = options.jobs or max(1, len(gpus))
        _announce(chosen, gpus, jobs, options.smoke)
        series = _Series(changes, options.smoke, gpus, jobs)
        # In passes: what reads runs must see them all, also when one of them failed.
        passes = [[p for p in chosen if _after(p) == rank] for rank in range(3)]
        failed = any([series.run(paths, options.always or options.smoke) for paths in passes if paths])
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 2
    _summary(chosen, series.results)
    return 1 if failed else 0


class _Series:
    """Runs notebooks as doit's tasks, each in a process of its own, and remembers how they ended."""

    def __init__(self, changes: dict, smoke: bool, gpus: list[str], jobs: int):
        self.changes, self.smoke, self.jobs = changes, smoke, jobs
        self.results: dict[str, tuple[str, float]] = {}
        self._gpus: queue.Queue = queue.Queue()
        for index in range(jobs):
            self._gpus.put(gpus[index % len(gpus)] if gpus else None)
        self._lock = threading.Lock()

    def run(self, paths: list[Path], always: bool) -> bool:
        """Whether one of them failed."""
        from doit.cmd_base import ModuleTaskLoader
        from doit.doit_cmd import DoitMain
        from doit.reporter import ZeroReporter

        artifacts_dir().mkdir(parents=True, exist_ok=True)
        config = {
            "dep_file": str(artifacts_dir() / ".doit.db"), "backend": "sqlite3", "check_file_uptodate": "md5",
            "continue": True, "reporter": ZeroReporter, "verbosity": 2, "num_process": self.jobs, "par_type": "thread",
        }  # fmt: skip
        loader = ModuleTaskLoader({"task_notebook": lambda: self._tasks(paths), "DOIT_CONFIG": config})
        return DoitMain(loader).run(["run", *(["--always-execute"] if always else [])]) != 0

    def _tasks(self, paths: list[Path]) -> Iterator[dict]:
        from doit.tools import config_changed

        library = [
            str(file)
            for file in sorted((ROOT / "emotion_lib").rglob("*.py"))
            if file.relative_to(ROOT / "emotion_lib").parts[0] not in _FIELD
        ]
        data = "" if self.smoke else _data_identity()
        for path in paths:
            changes = (small(path) if self.smoke else {}) | self.changes
            used = parameters(path) | changes
            yield {
                "name": used["RUN_NAME"].replace("=", " "),  # doit's names have none
                "actions": [(self._execute, [path])],
                "file_dep": [str(path), *library],
                "uptodate": [
                    config_changed({"changes": str(changes), "data": data,
                                    "runs": _runs_identity(used.get("MEMBER_RUNS")) * bool(_after(path))}),
                    *([_served_unchanged(path)] if "best_dir" in path.read_text() else []),
                ],
                "targets": [str(artifacts_dir() / used["RUN_NAME"] / path.name)],
            }  # fmt: skip

    def _execute(self, path: Path) -> bool:
        gpu, start = self._gpus.get(), time.perf_counter()
        command = [sys.executable, "-m", "emotion_lib.notebooks", path.name, *(["--smoke-parameters"] if self.smoke else [])]
        command += [part for name, value in self.changes.items() for part in ("-p", f"{name}={value!r}")]
        # One process a GPU, which takes memory as it needs it.
        device = {"CUDA_VISIBLE_DEVICES": gpu, "TF_FORCE_GPU_ALLOW_GROWTH": "true"} if gpu is not None else {}
        try:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **device}
            )
            for line in process.stdout:
                with self._lock:
                    print(f"[{path.stem[:2]}] {line}" if self.jobs > 1 else line, end="", flush=True)
            done = process.wait() == 0
        finally:
            self._gpus.put(gpu)
        self.results[path.stem] = ("done" if done else "FAILED", time.perf_counter() - start)
        return done


def _after(path: Path) -> int:
    """In which pass a notebook comes: 0 needs no run, 1 reads some, 2 reads all."""
    return 2 if path.name >= "90" else int("MEMBER_RUNS" in parameters(path))


def _data_identity() -> str:
    """Fingerprint of FER-2013 (importing or downloading it first, if need be); empty where there is none."""
    from .datasets import DataError, load

    try:
        return load("fer2013").fingerprint
    except DataError:
        return ""  # each notebook that needs it will say what to do


def _runs_identity(beginnings: list[str] | None) -> str:
    """Return what changes with every record of a full run that belongs to these (None: of any)."""
    read = [run for run in artifacts.runs() if beginnings is None or artifacts.belongs(run.name, beginnings)]
    return str([(run.name, sha256(run.folder / "run.json")) for run in read])


def _served_unchanged(path: Path) -> Callable:
    """Return doit's check of whether the served model is the one that a notebook has last read.

    A model of the notebook's own counts as that too: promoting what it has made is no reason to make it again.
    """
    file = best_dir() / "model.keras"

    def check(task, values: dict) -> bool:
        digest = sha256(file) if file.is_file() else None
        task.value_savers.append(lambda: {"served": digest})
        return values.get("served") == digest or _notebook_of_served() == path

    return check


def _notebook_of_served() -> Path | None:
    try:
        return notebook_of(artifacts.read_record(best_dir() / "run.json")["name"])
    except (artifacts.ArtifactError, NotebookError):
        return None


def _gpus() -> list[str]:
    """Indices of the GPUs that nvidia-smi lists, and the environment lets us see."""
    try:
        answer = subprocess.run(["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"], capture_output=True, text=True)
    except OSError:
        return []
    found = answer.stdout.split() if answer.returncode == 0 else []
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return found if visible is None else [index for index in visible.split(",") if index]


def _announce(paths: list[Path], gpus: list[str], jobs: int, smoke: bool) -> None:
    where = f"GPU {', '.join(gpus)}" if gpus else f"{os.cpu_count()} processor cores, no GPU"
    print(f"{len(paths)} notebooks, {jobs} at a time, on {where}, into {artifacts_dir()}", flush=True)
    if smoke or gpus:
        return
    print("Expected, as each notebook's first cell says:")
    import nbformat

    for path in paths:
        text = nbformat.read(path, as_version=4).cells[0].source
        found = re.search(r"^\| Time \| (.*?) \|$", text, flags=re.MULTILINE)
        print(f"  {path.stem:26} {found.group(1) if found else '?'}", flush=True)


def _summary(paths: list[Path], results: dict[str, tuple[str, float]]) -> None:
    print("\nnotebook                     state        seconds")
    for path in paths:
        state, seconds = results.get(path.stem, ("unchanged", 0.0))
        print(f"{path.stem:28} {state:12} {seconds:7.0f}")
    failed = [stem for stem, (state, _) in results.items() if state == "FAILED"]
    print(f"{len(results) - len(failed)} run, {len(failed)} failed, {len(paths) - len(results)} unchanged")


if __name__ == "__main__":
    sys.exit(main())
