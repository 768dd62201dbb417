"""A process that measures one subject whenever it is asked to, so that several can take turns."""

import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

# Several workers share a GPU; each takes memory only as it needs it.
_SHARED_GPU = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
# The modules with subjects -> the framework that belongs to a subject's base memory.
_SUBJECT_MODULES = {
    "serving_subjects": None,
    "keras_subjects": "keras",
    "data_subjects": "keras",
    "torch_subjects": "torch",
}
_MIN_STEPS = 3


class Worker:
    """A subject in a separate process, ready to be measured.

    Args:
        subject: name of a function in one of the modules ``*_subjects``.
        options: its arguments.
        warm_up: steps before the first measurement.

    Raises:
        RuntimeError: the process ended; the message holds the end of what it printed.
    """

    def __init__(self, subject: str, options: dict, warm_up: int = 3):
        self.subject = subject
        self.options = options
        specification = {"subject": subject, "options": options, "warm_up": warm_up}
        command = [sys.executable, "-m", __name__, json.dumps(specification)]
        # Not a pipe, which nobody would read while the process works.
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **_SHARED_GPU},
        )
        self._answer()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *exception) -> None:
        # The end of its input ends the process, after it has deleted its temporary files.
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.stdout.close()
        self._errors.close()

    def measure(self, seconds: float = 2.0) -> dict:
        """Run the step for some seconds, at least three times; once if it takes longer than that.

        Returns:
            ``rate``: amount per second (of the median step); ``step_seconds``; ``peak_mib`` and
            ``base_mib``: the largest memory of the process, and before the subject was made;
            ``private_mib`` and ``base_private_mib``: the same without mapped files; ``value``: what
            the last step returned, if it is a dictionary.
        """
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            end = self._errors.read()[-2000:]
            raise RuntimeError(f"{self.subject}({self.options}) has ended:\n{end}")
        return json.loads(line)


def available(package: str) -> bool:
    """Return whether a package is installed, without loading it."""
    return importlib.util.find_spec(package) is not None


def _memory() -> dict[str, float]:
    """Return the memory of this process in MiB.

    Returns:
        ``peak``: the largest so far; ``private``: the current one, without mapped files. Both are 0
        where the system does not say (not on Linux).
    """
    status = {}
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            name, _, value = line.partition(":")
            status[name] = value
    except OSError:
        return {"peak": 0.0, "private": 0.0}
    return {
        "peak": int(status["VmHWM"].split()[0]) / 1024,
        "private": int(status["RssAnon"].split()[0]) / 1024,
    }


def _main(specification: dict) -> None:
    """Answer each line of the input, a number of seconds, by one measurement as JSON."""
    # What libraries print stays out of the answers.
    channel = sys.stdout
    sys.stdout = sys.stderr
    modules = {}
    for name in _SUBJECT_MODULES:
        modules[name] = importlib.import_module(f".{name}", __package__)
    home = next(name for name in modules if hasattr(modules[name], specification["subject"]))
    framework = _SUBJECT_MODULES[home]
    if framework:
        importlib.import_module(framework)
    base = _memory()
    subject = getattr(modules[home], specification["subject"])
    step, amount = subject(**specification["options"])
    for _ in range(specification["warm_up"]):  # tracing, compiling, first use of memory
        step()
    print(json.dumps({"ready": True}), file=channel, flush=True)
    for line in sys.stdin:
        _print_measurement(step, amount, float(line), base, channel)


def _print_measurement(step, amount: float, seconds: float, base: dict, channel: IO) -> None:
    times: list[float] = []
    private = 0.0
    end = time.perf_counter() + seconds
    while not times or (
        (time.perf_counter() < end or len(times) < _MIN_STEPS) and times[-1] < seconds
    ):
        start = time.perf_counter()
        value = step()
        times.append(time.perf_counter() - start)
        private = max(private, _memory()["private"])
    median = statistics.median(times)
    answer = {
        "rate": amount / median,
        "step_seconds": median,
        "peak_mib": _memory()["peak"],
        "base_mib": base["peak"],
        "private_mib": private,
        "base_private_mib": base["private"],
        "value": value if isinstance(value, dict) else None,
    }
    print(json.dumps(answer), file=channel, flush=True)


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
