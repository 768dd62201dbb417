"""The machine: its processor, memory and GPUs, found without loading Keras."""

import contextlib
import os
import platform
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

_QUERY = "index,uuid,name,memory.total,memory.free"
_NVIDIA_SMI_SECONDS = (
    60  # the first call after a boot loads the driver; a broken driver never answers
)


@dataclass(frozen=True)
class Gpu:
    """A GPU that this process may use.

    Attributes:
        identifier: what CUDA_VISIBLE_DEVICES calls it.
        name: such as "NVIDIA H100 80GB HBM3".
        total: bytes of its memory; 0 if unknown.
        free: those of them that nobody uses.
    """

    identifier: str
    name: str
    total: int = 0
    free: int = 0


def gpus() -> list[Gpu]:
    """Return the GPUs that nvidia-smi lists and CUDA_VISIBLE_DEVICES leaves visible, in its order."""
    listed = _listed()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return [gpu for _, gpu in listed]
    found = []
    for identifier in map(str.strip, visible.split(",")):
        if identifier.startswith(
            "MIG-"
        ):  # a part of a GPU, which this list of nvidia-smi does not have
            found.append(Gpu(identifier, "part of a GPU"))
            continue
        named = [
            gpu
            for uuid, gpu in listed
            if identifier == gpu.identifier or _is_uuid(identifier, uuid)
        ]
        if not named:
            break  # CUDA too ignores what follows an identifier that it does not know
        found.append(replace(named[0], identifier=identifier))
    return found


def processor() -> str:
    """Return the processor's name and its number of cores, such as "AMD EPYC 9654, 16 cores"."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(
            (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")),
            model,
        )
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores"


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory() -> int:
    """Return the bytes of main memory that this process may use: a container's limit, else all; 0 if unknown."""
    limits = []
    with contextlib.suppress(AttributeError, ValueError, OSError):  # Windows
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for file in _CONTAINER_LIMITS:
        try:
            limits.append(int(file.read_text()))
        except (OSError, ValueError):  # not in such a container, or "max": no limit
            continue
    return min(limits, default=0)


# Control groups of version 2 and 1, as a container sees its own.
_CONTAINER_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def _listed() -> list[tuple[str, Gpu]]:
    """Return the UUID of each GPU that nvidia-smi lists, and the GPU."""
    command = ["nvidia-smi", f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=_NVIDIA_SMI_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    if answer.returncode != 0:
        return []
    found = []
    for line in answer.stdout.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) == len(_QUERY.split(",")):
            index, uuid, name, total, free = fields
            found.append((uuid, Gpu(index, name, _mebibytes(total), _mebibytes(free))))
    return found


def _is_uuid(identifier: str, uuid: str) -> bool:
    """Return whether an identifier is a UUID, or the beginning of it, which CUDA takes too."""
    return identifier.startswith("GPU-") and uuid.startswith(identifier)


def _mebibytes(text: str) -> int:
    return (
        int(text) * 2**20 if text.isdigit() else 0
    )  # "[N/A]" where GPU and processor share their memory
