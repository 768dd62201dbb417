"""The NVIDIA GPUs that this process may use, as nvidia-smi lists them."""

import os
import subprocess
from dataclasses import dataclass, replace

_QUERY = "index,uuid,name,memory.total,memory.free"
# The first call after a boot loads the driver; a broken driver never answers.
_SECONDS = 60


@dataclass(frozen=True)
class Gpu:
    """A GPU that this process may use.

    Attributes:
        identifier: its name in CUDA_VISIBLE_DEVICES.
        name: such as "NVIDIA H100 80GB HBM3".
        total: bytes of its memory; 0 if unknown.
        free: bytes of it that no process uses; 0 if unknown.
    """

    identifier: str
    name: str
    total: int = 0
    free: int = 0


def gpus() -> list[Gpu]:
    """Return the GPUs that nvidia-smi lists and CUDA_VISIBLE_DEVICES leaves visible.

    They are in the order of CUDA_VISIBLE_DEVICES. Without nvidia-smi the list is empty.
    """
    listed = _listed()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return [gpu for _, gpu in listed]
    found = []
    for identifier in map(str.strip, visible.split(",")):
        if identifier.startswith("MIG-"):
            # A part of a GPU, which this query does not list.
            found.append(Gpu(identifier, "part of a GPU"))
            continue
        gpu = _named(identifier, listed)
        if gpu is None:
            break  # CUDA too ignores everything behind an identifier that it does not know
        found.append(replace(gpu, identifier=identifier))
    return found


def _listed() -> list[tuple[str, Gpu]]:
    """Return UUID and GPU for each GPU that nvidia-smi lists."""
    command = ["nvidia-smi", f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return []
    if answer.returncode != 0:
        return []
    found = []
    for line in answer.stdout.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) == len(_QUERY.split(",")):
            index, uuid, name, total, free = fields
            found.append((uuid, Gpu(index, name, _bytes(total), _bytes(free))))
    return found


def _named(identifier: str, listed: list[tuple[str, Gpu]]) -> Gpu | None:
    """Return the GPU of an index, a UUID or the beginning of one, all of which CUDA accepts."""
    for uuid, gpu in listed:
        if identifier == gpu.identifier:
            return gpu
        if identifier.startswith("GPU-") and uuid.startswith(identifier):
            return gpu
    return None


def _bytes(mebibytes: str) -> int:
    # "[N/A]" if GPU and processor share their memory.
    return int(mebibytes) * 2**20 if mebibytes.isdigit() else 0
