"""A series of notebooks: several at a time, each in its own process, within a budget.

A notebook that has not changed is not run again, see :mod:`emotion_lib.experiments.changes`. A
notebook that reads the runs of others comes after them, whether these succeeded or not.
"""

import queue
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..paths import artifacts_dir
from . import changes, doit_tasks
from .data_needs import read_by
from .minutes import MinutesTable, clock, rounded
from .notebook_process import NotebookProcess
from .notebooks import parameters, smoke_parameters
from .order import reads, starting_order
from .placement import Place
from .progress import Result, left_text, start_text
from .runner import run_name

# An interrupted cell ends when its program on the device has; papermill kills a kernel that does
# not end within 10 s or so.
_SECONDS_TO_STOP = 30


class Series:
    """Notebooks that run as tasks of doit.

    Args:
        paths: the notebooks.
        places: where they run; one notebook at a time runs in each.
        table: minutes of earlier runs; results are added.
        device: name of what a place computes on.
        backend: name of Keras's backend.
        replaced: parameters that are changed in each notebook.
        name: word that names the runs of changed parameters, see
            :func:`emotion_lib.experiments.runner.run_name`.
        left_out: notebooks among ``paths`` that are not run, and why.
        smoke: run them small, with the values in their metadata.
        always: run notebooks also if nothing has changed.
        deadline: time of the clock :func:`time.monotonic` at which everything is stopped; None:
            never.

    Attributes:
        results: how each notebook ended.
        interrupted: whether a signal stopped the series.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        places: Sequence[Place],
        table: MinutesTable,
        *,
        device: str,
        backend: str,
        replaced: Mapping[str, Any],
        name: str | None = None,
        left_out: Mapping[Path, str],
        smoke: bool = False,
        always: bool = False,
        deadline: float | None = None,
    ):
        self.results: dict[Path, Result] = {}
        self.interrupted = False
        self._start = time.monotonic()
        self._paths = list(paths)
        self._jobs = len(places)
        self._places: queue.Queue[Place] = queue.Queue()
        for place in places:
            self._places.put(place)
        self._table = table
        self._circumstances = {
            "device": device,
            "backend": backend,
            "parameters": ", ".join(f"{key}={value!r}" for key, value in replaced.items()),
        }
        self._left_out = left_out
        self._smoke = smoke
        self._always = always
        self._deadline = deadline
        self._replaced: dict[Path, dict] = {}
        self._used: dict[Path, dict] = {}
        self._expected: dict[Path, float | None] = {}
        for path in paths:
            own = dict(replaced)
            if replaced or name:
                own["RUN_NAME"] = run_name(path, replaced, name)
            small = smoke_parameters(path) if smoke else {}
            self._replaced[path] = own
            self._used[path] = parameters(path) | small | own
            self._expected[path] = table.expected(path.stem, **self._circumstances)
        chosen = {path: self._used[path] for path in paths if path not in left_out}
        self._order = starting_order(chosen, self._expected)
        self._older: dict[Path, str] = {}  # why the executed copy of an unchanged one is older
        self._running: dict[Path, NotebookProcess] = {}
        self._stopped = ""  # why nothing more is started
        # Guards all of the above and the output. A signal's handler may interrupt the thread that
        # holds it, hence the kind of lock that lets the same thread in again.
        self._lock = threading.RLock()

    def expected(self, path: Path) -> float | None:
        """Return the minutes that a notebook is expected to take; None: unknown."""
        return self._expected[path]

    def run(self) -> None:
        """Run all notebooks, and fill :attr:`results`.

        SIGINT and SIGTERM stop them as :meth:`stop` does.
        """
        artifacts_dir().mkdir(parents=True, exist_ok=True)
        handlers = {}
        for number in (signal.SIGINT, signal.SIGTERM):
            handlers[number] = signal.signal(number, self._interrupt)
        alarm = None
        if self._deadline is not None:
            seconds = max(0.0, self._deadline - time.monotonic())
            alarm = threading.Timer(seconds, self.stop, ["the budget is spent"])
            alarm.daemon = True
            alarm.start()
        try:
            for path, reason in self._left_out.items():
                self._record(path, Result("left out", reason=reason))
            if self._order:
                self._run_tasks()
            for path in self._paths:
                if path not in self.results:  # never in silence
                    reason = "it was not run; the message is above"
                    self._record(path, Result("FAILED", reason=reason))
        finally:
            if alarm is not None:
                alarm.cancel()
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def stop(self, reason: str) -> None:
        """Start no more notebooks, and interrupt those that run; their trainings can be resumed."""
        with self._lock:
            self._stopped = self._stopped or reason
            processes = list(self._running.values())
            for process in processes:
                process.interrupt()
        if processes:
            self._print(f"Stopping what runs: {reason}.")
        patience = threading.Timer(_SECONDS_TO_STOP, _kill, [processes])
        patience.daemon = True
        patience.start()

    def _interrupt(self, number: int, _) -> None:
        self.interrupted = True
        self.stop(f"interrupted by {signal.Signals(number).name}")

    # ---- tasks ------------------------------------------------------------------------------

    def _run_tasks(self) -> None:
        by_name = {self._used[path]["RUN_NAME"]: path for path in self._order}
        doit_tasks.run(
            self._tasks,
            artifacts_dir() / ".doit.db",
            jobs=self._jobs,
            always=self._always,
            on_unchanged=lambda name: self._record_unchanged(by_name[name]),
            on_failure=lambda name, reason: self._record(
                by_name[name], Result("FAILED", reason=reason)
            ),
        )

    def _tasks(self) -> Iterator[doit_tasks.Task]:
        read = {path: read_by(path, self._used[path]) for path in self._order}
        data = {}
        for name in sorted(set().union(*read.values())):
            data[name] = changes.data_identity(name)
        for path in self._order:
            yield self._task(path, " ".join(data[name] for name in read[path]))

    def _task(self, path: Path, data: str) -> doit_tasks.Task:
        used = self._used[path]
        code = changes.code_identity(path)
        after = []
        for other in self._order:
            if reads(path, used, other):
                after.append(self._used[other]["RUN_NAME"])

        def identity() -> dict[str, str]:
            return code | {
                "parameters": str(sorted(used.items())),
                "data": data,
                "files": changes.files_identity(used),
                "runs": changes.runs_identity(path, used),
                "served": changes.served_identity(path),
            }

        def unchanged(now: dict, before: dict) -> bool:
            if changes.makes_served_model(path):
                # Promoting the model that it has made is no reason to make it again.
                now = now | {"served": before.get("served")}
            self._older[path] = changes.older_copy(code, before)
            return all(before.get(key) == now[key] for key in now.keys() - changes.NO_RESULT)

        return doit_tasks.Task(
            name=used["RUN_NAME"],
            action=lambda: self._execute(path),
            after=after,
            identity=identity,
            unchanged=unchanged,
            status=lambda: self.results[path].status,
            target=artifacts_dir() / used["RUN_NAME"] / path.name,
        )

    def _record_unchanged(self, path: Path) -> None:
        self._record(path, Result("unchanged", reason=self._older[path]))

    # ---- processes --------------------------------------------------------------------------

    def _execute(self, path: Path) -> bool:
        place = self._places.get()
        try:
            result = self._run_notebook(path, place)
        finally:
            self._places.put(place)
        self._record(path, result)
        return True

    def _run_notebook(self, path: Path, place: Place) -> Result:
        options = ["--smoke"] if self._smoke else []
        for name, value in self._replaced[path].items():
            options += ["-p", f"{name}={value!r}"]
        with self._lock:
            reason = self._reason_not_to_start(path)
            if reason:
                return Result("left out", reason=reason)
            process = NotebookProcess(path, options, place.environment())
            self._running[path] = process
            number = len(self.results) + len(self._running)
            self._print_progress(number, path, start_text(self._expected[path]))
        prefix = f"[{path.stem[:2]}] " if self._jobs > 1 else ""
        reason = process.wait(lambda line: self._print(f"{prefix}{line}", end=""))
        with self._lock:
            del self._running[path]
            stopped = self._stopped
        if not reason:
            return Result("done", process.minutes)
        if stopped:
            return Result("stopped", process.minutes, stopped)
        return Result("FAILED", process.minutes, reason)

    def _reason_not_to_start(self, path: Path) -> str:
        if self._stopped or self._deadline is None:
            return self._stopped
        left = (self._deadline - time.monotonic()) / 60
        expected = self._expected[path]
        if expected is None or expected <= left:
            return ""
        return (
            f"it is expected to take {rounded(expected)}, "
            f"and {clock(max(0, left))} of the budget are left"
        )

    # ---- progress ---------------------------------------------------------------------------

    def _print_progress(self, number: int, path: Path, text: str) -> None:
        """Print what happens to a notebook, the time so far and the time that is left."""
        parts = [f"{number} of {len(self._paths)}", path.stem, text]
        if path not in self._left_out:
            parts += [f"{clock((time.monotonic() - self._start) / 60)} so far", self._left()]
        self._print(" · ".join(filter(None, parts)))

    def _record(self, path: Path, result: Result) -> None:
        """Keep a result, print it with the time that is left, and add it to the table."""
        with self._lock:
            self.results[path] = result
            self._print_progress(len(self.results), path, str(result))
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

    def _left(self) -> str:
        """Return the time that the rest takes, as text; an empty one if nothing is left."""
        if self._stopped:
            return ""
        waiting = [path for path in self._order if path not in self._running]
        minutes = []
        for path in [*self._running, *waiting]:
            if path in self.results:
                continue
            expected = self._expected[path]
            if expected is None:
                expected = self._mean_of_small_runs()
            process = self._running.get(path)
            if process and expected is not None:
                expected = max(0.0, expected - process.minutes)
            minutes.append(expected)
        # Nobody knows yet which of them have not changed.
        return left_text(minutes, self._jobs, at_most=not self._always)

    def _mean_of_small_runs(self) -> float | None:
        """Return the minutes that a small run took until now; None for full runs, which differ."""
        done = [result.minutes for result in self.results.values() if result.status == "done"]
        return sum(done) / len(done) if self._smoke and done else None

    def _print(self, text: str, end: str = "\n") -> None:
        with self._lock:
            print(text, end=end, flush=True)


def _kill(processes: Sequence[NotebookProcess]) -> None:
    for process in processes:
        process.kill()
