"""A server of the page in a process of its own, whose memory and processor time are read."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ..paths import ROOT

# A client of the benchmark sends as fast as it can.
_NO_LIMIT = ("--requests-per-minute", "100000000")


class PageServer:
    """The command ``emotion app``, from its start until it is ready and to its end.

    Args:
        checkout: of the version to serve; None: this one.

    Attributes:
        host, port: where it listens.
        ready_s: seconds from the start of the process to the first answer.

    Raises:
        RuntimeError: it has ended; the message holds the end of what it printed.
    """

    host = "127.0.0.1"

    def __init__(self, checkout: Path | None = None):
        with socket.create_server((self.host, 0)) as free:
            self.port: int = free.getsockname()[1]
        command = [sys.executable, "-m", "emotion_lib.cli", "app", "--port", str(self.port)]
        if checkout is None:
            command += _NO_LIMIT
        folder = checkout or ROOT
        self._printed = tempfile.TemporaryFile("w+")  # noqa: SIM115
        start = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdout=self._printed,
            stderr=self._printed,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
        )
        self._wait()
        self.ready_s = time.perf_counter() - start

    def __enter__(self) -> "PageServer":
        return self

    def __exit__(self, *exception) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._printed.close()

    def memory_mib(self) -> float:
        """Return the resident memory of the process; nan where the system does not say."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return float("nan")

    def cpu_seconds(self) -> float:
        """Return the processor time of the process so far; nan where the system does not say."""
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{self._process.pid}/stat").read_text()
            user, system = text.rpartition(")")[2].split()[11:13]
            return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        return float("nan")

    def _wait(self) -> None:
        """Wait for the first answer of the page."""
        request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        while self._process.poll() is None:
            with (
                contextlib.suppress(OSError),
                socket.create_connection((self.host, self.port), timeout=60) as connection,
            ):
                connection.sendall(request)
                if b" 200 " in connection.recv(1024):
                    return
            time.sleep(0.01)
        self._printed.seek(0)
        raise RuntimeError(f"The server has ended:\n{self._printed.read()[-2000:]}")
