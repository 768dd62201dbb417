"""Start-up notes of TensorFlow and Jupyter, which drown the progress of a notebook."""

import re
from typing import TextIO

_NOISE = re.compile(
    r"WARNING: All log messages before absl::InitializeLog\(\)"
    # Levels I and W of the C++ log; and the error of a machine without a GPU.
    r"|[IW]\d{4} [\d:.]+ +\d+ [\w.]+:\d+\] "
    r"|E\d{4} [\d:.]+ +\d+ [\w.]+:\d+\] failed call to cuInit"
    r"|\[IPKernelApp\] WARNING \| Kernel is running over TCP"
    r"|.*TqdmWarning: IProgress not found"
    r"|  from \.autonotebook import tqdm"
)


def is_noise(line: str) -> bool:
    """Return whether a line of output is a start-up note that concerns no user.

    Example:
        >>> is_noise("I0000 00:00:17.05    9752 cudart_stub.cc:31] Could not find cuda drivers")
        True
        >>> is_noise("Epoch 1/2")
        False
    """
    return _NOISE.match(line) is not None


class WithoutNoise:
    """Text stream that passes on what is written to it, without the noise.

    Args:
        stream: where the rest goes.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> None:
        """Write whole lines, or parts of lines."""
        for line in text.splitlines(keepends=True):
            if not is_noise(line):
                self._stream.write(line)

    def flush(self) -> None:
        """Pass on what is waiting."""
        self._stream.flush()
