"""Processor and main memory of this machine, as far as this process may use them."""

import contextlib
import os
import platform
from pathlib import Path

# Limits of version 2 and 1 of Linux's control groups, as a container sees its own.
_CONTAINER_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def processor() -> str:
    """Return the processor's name and number of cores, such as "AMD EPYC 9654, 16 cores"."""
    return f"{_model()}, {os.cpu_count()} cores"


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory() -> int:
    """Return the bytes of main memory that this process may use.

    It is a container's limit, or else the machine's memory; 0 if unknown.
    """
    limits = []
    with contextlib.suppress(AttributeError, ValueError, OSError):  # Windows
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for file in _CONTAINER_LIMITS:
        # There is no such file outside of a container, and "max" means no limit.
        with contextlib.suppress(OSError, ValueError):
            limits.append(int(file.read_text()))
    return min(limits, default=0)


def _model() -> str:
    with contextlib.suppress(OSError):  # other systems than Linux
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
