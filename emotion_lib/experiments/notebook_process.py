"""A notebook of a series, run in a separate process."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .log_noise import is_noise

RUNNER = (sys.executable, "-m", "emotion_lib.cli", "run")


class NotebookProcess:
    """The running process of one notebook.

    It has its own session: Ctrl-C reaches the series alone, which stops its notebooks.

    Args:
        path: the notebook.
        options: of the command ``emotion run``.
        environment: variables of the process.
    """

    def __init__(self, path: Path, options: Sequence[str], environment: Mapping[str, str]):
        self._stem = path.stem
        self._process = subprocess.Popen(
            [*RUNNER, path.name, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=dict(environment),
            start_new_session=True,
        )
        self._start = time.monotonic()

    @property
    def minutes(self) -> float:
        """Minutes since the start."""
        return (time.monotonic() - self._start) / 60

    def wait(self, on_line: Callable[[str], None]) -> str:
        """Wait until the process has ended.

        Args:
            on_line: called with every line that it prints, but start-up notes.

        Returns:
            The reason why the notebook is not done; an empty text if it is.
        """
        announced = f"{self._stem}: FAILED "
        reason = ""
        last = ""
        for line in self._process.stdout:
            if is_noise(line):
                continue
            on_line(line)
            last = line.strip() or last
            if line.startswith(announced):
                reason = line.removeprefix(announced).strip()
        status = self._process.wait()
        if status == 0:
            return ""
        if status < 0:
            return f"its process was killed by {signal.Signals(-status).name}"
        return reason or f"exit status {status}: {last}"

    def interrupt(self) -> None:
        """Interrupt the running cell; the process writes the executed copy and ends."""
        self._process.terminate()

    def kill(self) -> None:
        """End the process at once; its kernel ends by itself when its parent is gone."""
        self._process.kill()
