"""A process that measures one subject as often as it is asked to, so that several can take turns on one machine."""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Several workers share a GPU; each takes memory only as it needs it.
_SHARED_GPU = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


class Worker:
    """A subject in a process of its own, ready to be measured.

    Args:
        subject: name of a function in :mod:`.subjects` or :mod:`.field_subjects`.
        options: its arguments.
        environment: further environment variables of the process.

    Raises:
        RuntimeError: the process ended; the message holds the end of what it wrote.
    """

    def __init__(
        self,
        subject: str,
        options: dict,
        environment: dict[str, str] | None = None,
        warm_up: int = 3,
    ):
        self.subject, self.options = subject, options
        command = [
            sys.executable,
            "-m",
            __name__,
            json.dumps({"subject": subject, "options": options, "warm_up": warm_up}),
        ]
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - not a pipe: nobody reads while the process works
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **_SHARED_GPU, **(environment or {})},
        )  # fmt: skip
        self._answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()  # ends it, and lets it delete its temporary files
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.stdout.close()
        self._errors.close()

    def measure(self, seconds: float = 2.0) -> dict:
        """Run the step for so long, three times at least (a step longer than that: once).

        Returns:
            ``rate``: amount a second (of the median step), ``step_seconds``, ``peak_mib`` and ``base_mib``: the process's
            memory at most, and before the subject was made; ``value``: what the last step returned, if it is a dict.
        """
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            raise RuntimeError(
                f"{self.subject}({self.options}) has ended:\n{self._errors.read()[-2000:]}"
            )
        return json.loads(line)


def available(package: str) -> bool:
    """Whether a package is installed, without loading it."""
    return importlib.util.find_spec(package) is not None


def _memory() -> dict[str, float]:
    """MiB of this process: ``peak``, and ``private`` now, without mapped files (0 where the system does not say)."""
    try:
        status = dict(
            line.split(":", 1)
            for line in Path("/proc/self/status").read_text().splitlines()
            if ":" in line
        )
    except OSError:  # not Linux
        return {"peak": 0.0, "private": 0.0}
    return {
        "peak": int(status["VmHWM"].split()[0]) / 1024,
        "private": int(status["RssAnon"].split()[0]) / 1024,
    }


def _main(specification: dict) -> None:
    from . import field_subjects, subjects

    channel, sys.stdout = (
        sys.stdout,
        sys.stderr,
    )  # whatever a library prints stays out of the answers
    home = field_subjects if hasattr(field_subjects, specification["subject"]) else subjects
    if specification["subject"].startswith("torch"):
        import torch  # noqa: F401
    elif home is subjects:  # the field does without
        import keras  # noqa: F401
    base = _memory()
    step, amount = getattr(home, specification["subject"])(**specification["options"])
    for _ in range(specification["warm_up"]):  # tracing, compiling, first touches of memory
        step()
    print(json.dumps({"ready": True}), file=channel, flush=True)
    for line in sys.stdin:
        times, private, end = [], 0.0, time.perf_counter() + float(line)
        while not times or (
            (time.perf_counter() < end or len(times) < 3) and times[-1] < float(line)
        ):
            start = time.perf_counter()
            value = step()
            times.append(time.perf_counter() - start)
            private = max(private, _memory()["private"])
        median = statistics.median(times)
        answer = {
            "rate": amount / median, "step_seconds": median, "peak_mib": _memory()["peak"], "base_mib": base["peak"],
            "private_mib": private, "base_private_mib": base["private"],
            "value": value if isinstance(value, dict) else None,
        }  # fmt: skip
        print(json.dumps(answer), file=channel, flush=True)


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
