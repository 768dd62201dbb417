"""A series of notebooks: doit's tasks, each a process of its own, several at a time, within a budget.

A notebook has changed when its own text, the library's, its parameters or the data have; doit keeps their hashes in
``artifacts/.doit.db``. One that reads the served model has changed when another notebook's model is served. Notebooks
numbered from 90 on read the runs of all others, one with the parameter MEMBER_RUNS or BASELINE those that it names: they
come after them, whether these succeeded or not.
"""

import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import artifacts
from ..files import sha256
from ..paths import ROOT, artifacts_dir, best_dir
from .minutes import MinutesTable, clock, rounded, time_left
from .notebooks import NotebookError, notebook_of, parameters, small
from .placement import Place

# What a figure can depend on; the page and the face detectors are none of a notebook's business.
# Packages that no result depends on.
_SERVING = ("app", "benchmarks", "cli", "experiments", "faces", "inference", "video")
RUNNER = (
    sys.executable,
    "-m",
    "emotion_lib.experiments.notebooks",
)  # of one notebook, in a process of its own
_READS_ALL = "90"  # notebooks from this number on
# An interrupted cell ends when its program on the device has; papermill kills a kernel that does not within 10 s or so.
_SECONDS_TO_STOP = 30


@dataclass(frozen=True)
class Result:
    """How a notebook ended.

    Attributes:
        status: "done", "unchanged", "FAILED", "stopped" or "left out".
        minutes: that it ran.
        reason: why it is not done; empty if it is.
    """

    status: str
    minutes: float = 0.0
    reason: str = ""


class Series:
    """Notebooks that are run as doit's tasks.

    Args:
        paths: the notebooks.
        places: where they run, as many at a time.
        table: of minutes, for what to expect and to add to.
        device: name of what a place computes on.
        backend: Keras's.
        changes: parameters that are changed in each notebook.
        left_out: notebooks among ``paths`` that are not run, and why.
        smoke: run them small, on drawn data.
        always: run also what has not changed.
        deadline: time of the clock :func:`time.monotonic` at which all is stopped; None: never.

    Attributes:
        results: of each notebook that has ended.
        interrupted: by a signal.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        places: Sequence[Place],
        table: MinutesTable,
        *,
        device: str,
        backend: str,
        changes: dict,
        left_out: dict[Path, str],
        smoke: bool = False,
        always: bool = False,
        deadline: float | None = None,
    ):
        self.results: dict[Path, Result] = {}
        self.interrupted = False
        self._paths = list(paths)
        self._jobs = len(places)
        self._places: queue.Queue[Place] = queue.Queue()
        for place in places:
            self._places.put(place)
        self._table = table
        self._circumstances = {
            "device": device,
            "backend": backend,
            "parameters": ", ".join(f"{name}={value!r}" for name, value in changes.items()),
        }
        self._changes = changes
        self._left_out = left_out
        self._smoke = smoke
        self._always = always
        self._deadline = deadline
        self._used = {path: parameters(path) | self._replaced(path) for path in paths}
        self._expected = {path: table.expected(path.stem, **self._circumstances) for path in paths}
        self._order = self._in_order()
        self._running: dict[Path, tuple[subprocess.Popen, float]] = {}
        self._stopped = ""  # why nothing more is started
        # Of the above and of the output; a signal's handler may interrupt its holder, hence the kind that lets it in again.
        self._lock = threading.RLock()

    def expected(self, path: Path) -> float | None:
        """Return the minutes that a notebook is expected to take; None: unknown."""
        return self._expected[path]

    def run(self) -> None:
        """Run all notebooks; :attr:`results` says how they ended. SIGINT and SIGTERM stop them as :meth:`stop` does."""
        artifacts_dir().mkdir(parents=True, exist_ok=True)
        handlers = {
            number: signal.signal(number, self._interrupt)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        alarm = None
        if self._deadline is not None:
            seconds = max(0.0, self._deadline - time.monotonic())
            alarm = threading.Timer(seconds, self.stop, ["the budget is spent"])
            alarm.daemon = True
            alarm.start()
        try:
            for path, reason in self._left_out.items():
                self._record(path, Result("left out", reason=reason))
            self._run_tasks()
            for path in self._paths:
                if path not in self.results:  # never in silence
                    self._record(
                        path, Result("FAILED", reason="it was not run; the message is above")
                    )
        finally:
            if alarm is not None:
                alarm.cancel()
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def stop(self, reason: str) -> None:
        """Start no more notebooks, and interrupt those that run, so that their trainings can be resumed."""
        with self._lock:
            self._stopped = self._stopped or reason
            processes = [process for process, _ in self._running.values()]
            for process in processes:
                process.terminate()
        if processes:
            self._print(f"Stopping what runs: {reason}.")
        patience = threading.Timer(_SECONDS_TO_STOP, _kill, [processes])
        patience.daemon = True
        patience.start()

    def _interrupt(self, number: int, _) -> None:
        self.interrupted = True
        self.stop(f"interrupted by {signal.Signals(number).name}")

    # ---- doit's tasks -----------------------------------------------------------------------------------------------

    def _run_tasks(self) -> None:
        from doit.cmd_base import ModuleTaskLoader
        from doit.doit_cmd import DoitMain
        from doit.reporter import ZeroReporter

        if not self._order:
            return
        by_name = {f"notebook:{self._name(path)}": path for path in self._order}
        record = self._record

        class Reporter(ZeroReporter):
            """Notes what doit decides without running a notebook."""

            def skip_uptodate(self, task):
                if task.name in by_name:
                    record(by_name[task.name], Result("unchanged"))

            def add_failure(self, task, fail):
                if task.name in by_name:
                    *_, reason = fail.get_msg().strip().splitlines() or [fail.get_name()]
                    record(by_name[task.name], Result("FAILED", reason=reason))

        config = {
            "dep_file": str(artifacts_dir() / ".doit.db"), "backend": "sqlite3", "check_file_uptodate": "md5",
            "continue": True, "reporter": Reporter, "verbosity": 2, "num_process": self._jobs, "par_type": "thread",
        }  # fmt: skip
        loader = ModuleTaskLoader({"task_notebook": self._tasks, "DOIT_CONFIG": config})
        DoitMain(loader).run(["run", *(["--always-execute"] if self._always else [])])

    def _tasks(self) -> Iterator[dict]:
        library = [
            str(file)
            for file in sorted((ROOT / "emotion_lib").rglob("*.py"))
            if file.relative_to(ROOT / "emotion_lib").parts[0] not in _SERVING
        ]
        data = "" if self._smoke else _data_identity()
        for path in self._order:
            before = [other for other in self._order if self._reads(path, other)]
            yield {
                "name": self._name(path),
                "actions": [(self._execute, [path])],
                "file_dep": [str(path), *library],
                "task_dep": [f"notebook:{self._name(other)}" for other in before],
                "uptodate": [self._unchanged(path, data)],
                "targets": [str(artifacts_dir() / self._used[path]["RUN_NAME"] / path.name)],
            }

    def _name(self, path: Path) -> str:
        return self._used[path]["RUN_NAME"].replace("=", " ")  # doit's names have none

    def _replaced(self, path: Path) -> dict:
        return (small(path) if self._smoke else {}) | self._changes

    def _reads(self, path: Path, other: Path) -> bool:
        """Return whether a notebook reads the runs of another one."""
        if path.name >= _READS_ALL:
            return other.name < _READS_ALL
        used = self._used[path]
        names = [*(used.get("MEMBER_RUNS") or []), *filter(None, [used.get("BASELINE")])]
        return path != other and other in map(_notebook_of, names)

    def _in_order(self) -> list[Path]:
        """Return the notebooks that are to be run: first those that take longest, with what waits for them.

        One that has not been run on this device counts as its recorded trainings took elsewhere, which is longer, as a rule.
        """
        chosen = [path for path in self._paths if path not in self._left_out]
        minutes = dict.fromkeys(chosen, 0.0)
        for run in artifacts.runs():
            path = _notebook_of(run.name)
            if path in minutes:
                minutes[path] += run.record["training"].get("seconds", 0.0) / 60
        minutes |= {
            path: self._expected[path] for path in chosen if self._expected[path] is not None
        }

        def longest_first(path: Path) -> tuple[bool, float]:
            waiting = [
                minutes[other]
                for other in chosen
                if self._reads(other, path) and other.name < _READS_ALL
            ]
            return path.name >= _READS_ALL, -(minutes[path] + max(waiting, default=0.0))

        return sorted(chosen, key=longest_first)

    def _unchanged(self, path: Path, data: str) -> Callable:
        """Return doit's check of whether a notebook has nothing to do.

        For doit every notebook that has ended is a success, so that those that read its run may start; whether it was one
        is among the values that doit saves.
        """
        reads_served = "best_dir" in path.read_text(encoding="utf-8")
        reads_all = path.name >= _READS_ALL

        def check(task, values: dict) -> bool:
            served = best_dir() / "model.keras"
            now = {"changes": str(self._replaced(path)), "data": data, "runs": "", "served": ""}
            if reads_all or self._used[path].get("MEMBER_RUNS"):
                now["runs"] = _runs_identity(None if reads_all else self._used[path]["MEMBER_RUNS"])
            if reads_served and served.is_file():
                now["served"] = sha256(served)
            task.value_savers.append(lambda: now | {"status": self.results[path].status})
            changed = {name for name, value in now.items() if values.get(name) != value}
            if (
                _notebook_of_served() == path
            ):  # promoting what it has made is no reason to make it again
                changed.discard("served")
            return values.get("status") == "done" and not changed

        return check

    # ---- processes --------------------------------------------------------------------------------------------------

    def _execute(self, path: Path) -> bool:
        place = self._places.get()
        try:
            result = self._run_notebook(path, place)
        finally:
            self._places.put(place)
        self._record(path, result)
        return True

    def _run_notebook(self, path: Path, place: Place) -> Result:
        options = ["--smoke-parameters"] if self._smoke else []
        for name, value in self._changes.items():
            options += ["-p", f"{name}={value!r}"]
        with self._lock:
            if reason := self._reason_not_to_start(path):
                return Result("left out", reason=reason)
            process = subprocess.Popen(
                [*RUNNER, path.name, *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                env=place.environment(),
                start_new_session=True,  # Ctrl-C reaches the series alone, which stops its notebooks
            )
            start = time.monotonic()
            self._running[path] = (process, start)
        reason = last = ""
        for line in process.stdout:
            self._print(f"[{path.stem[:2]}] {line}" if self._jobs > 1 else line, end="")
            last = line.strip() or last
            if line.startswith(failed := f"{path.stem}: FAILED "):
                reason = line.removeprefix(failed).strip()
        status = process.wait()
        with self._lock:
            del self._running[path]
            stopped = self._stopped
        minutes = (time.monotonic() - start) / 60
        if status == 0:
            return Result("done", minutes)
        if stopped:
            return Result("stopped", minutes, stopped)
        if status < 0:
            reason = f"its process was killed by {signal.Signals(-status).name}"
        return Result("FAILED", minutes, reason or f"exit status {status}: {last}")

    def _reason_not_to_start(self, path: Path) -> str:
        if self._stopped or self._deadline is None:
            return self._stopped
        left = (self._deadline - time.monotonic()) / 60
        expected = self._expected[path]
        if expected is None or expected <= left:
            return ""
        return f"it is expected to take {rounded(expected)}, and {clock(max(0, left))} of the budget are left"

    # ---- progress ---------------------------------------------------------------------------------------------------

    def _record(self, path: Path, result: Result) -> None:
        """Keep a result, print it with the time that is left, and add it to the table."""
        took = {"done": f" in {clock(result.minutes)}", "FAILED": f" after {clock(result.minutes)}",
                "stopped": f" after {clock(result.minutes)}"}.get(result.status, "")  # fmt: skip
        reason = f": {result.reason}" if result.reason else ""
        with self._lock:
            self.results[path] = result
            count = f"{len(self.results)} of {len(self._paths)}"
            self._print(
                " · ".join([count, path.stem, f"{result.status}{took}{reason}", *self._left()])
            )
            if result.status == "unchanged":
                return
            try:
                self._table.add(
                    path.stem,
                    result.status,
                    result.minutes,
                    reason=result.reason,
                    **self._circumstances,
                )
            except OSError as error:
                self._print(f"The table of minutes could not be written: {error}")

    def _left(self) -> list[str]:
        """Return the time that the rest takes, as text; nothing where nothing is left."""
        now = time.monotonic()
        rest = []
        for path in [*self._running, *(path for path in self._order if path not in self._running)]:
            if path in self.results:
                continue
            minutes = self._expected[path]
            if minutes is None:
                return ["time left unknown"]
            elapsed = (now - self._running[path][1]) / 60 if path in self._running else 0.0
            rest.append(max(0.0, minutes - elapsed))
        if not rest or self._stopped:
            return []
        about = "about" if self._always else "at most"  # of what has not changed nobody knows yet
        return [f"{about} {rounded(time_left(rest, self._jobs))} left"]

    def _print(self, text: str, end: str = "\n") -> None:
        with self._lock:
            print(text, end=end, flush=True)


def _kill(processes: Sequence[subprocess.Popen]) -> None:
    for process in processes:
        process.kill()  # its kernel ends by itself when its parent is gone


def _notebook_of(name: str) -> Path | None:
    try:
        return notebook_of(name)
    except NotebookError:
        return None


def _notebook_of_served() -> Path | None:
    try:
        return _notebook_of(artifacts.read_record(best_dir() / "run.json")["name"])
    except artifacts.ArtifactError:
        return None


def _data_identity() -> str:
    """Return FER-2013's fingerprint (importing or downloading it first, if need be); empty where there is none."""
    from ..datasets import DataError, load

    try:
        return load("fer2013").fingerprint
    except DataError:
        return ""  # each notebook that needs it will say what to do


def _runs_identity(beginnings: list[str] | None) -> str:
    """Return what changes with every record of a full run that belongs to these (None: of any)."""
    read = [
        run
        for run in artifacts.runs()
        if beginnings is None or artifacts.belongs(run.name, beginnings)
    ]
    return str([(run.name, sha256(run.folder / "run.json")) for run in read])
