"""Placement of notebooks on GPUs: how many at a time, and how much memory each may use."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..environment import Gpu

_GIB = 2**30
# Memory for one notebook: its kernel and the process that runs it. The widest network of the series
# trains in less.
GPU_MEMORY = 7 * _GIB
HOST_MEMORY = 6 * _GIB
CORES = 2  # one prepares batches, one compiles
# Compiling five trainings at once took more than twice as long as three, and three kept the GPU
# busy.
MOST_PER_GPU = 4
_USABLE = 0.9  # of a GPU's free memory; CUDA itself takes the rest, per process


@dataclass(frozen=True)
class Place:
    """Place where one notebook runs at a time.

    Attributes:
        gpus: that its kernel sees; without any it computes on the processor.
        defaults: variables of the kernel's environment that the user's own replace.
    """

    gpus: tuple[Gpu, ...] = ()
    defaults: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Return the environment of a kernel: this process's variables, the defaults, the GPUs."""
        environment = self.defaults | os.environ
        # The newer name of the same variable; JAX refuses to start with both.
        if "XLA_CLIENT_MEM_FRACTION" in os.environ:
            environment.pop("XLA_PYTHON_CLIENT_MEM_FRACTION", None)
        if self.gpus:  # among those that the user leaves visible
            environment["CUDA_VISIBLE_DEVICES"] = ",".join(gpu.identifier for gpu in self.gpus)
        return environment


def notebooks_at_a_time(gpus: Sequence[Gpu], memory: int, cores: int) -> int:
    """Return how many notebooks this machine runs side by side.

    Without a GPU it is one, because a training uses all cores. With GPUs it is as many as their
    free memory, the main memory and the processor's cores allow, the same number on each GPU.

    Args:
        gpus: that Keras computes on.
        memory: bytes of main memory; 0: unknown.
        cores: number of cores of the processor.
    """
    if not gpus:
        return 1
    per_gpu = min(gpu.free // GPU_MEMORY for gpu in gpus)
    limits = [
        len(gpus) * min(MOST_PER_GPU, max(1, per_gpu)),
        cores // CORES,
    ]
    if memory:
        limits.append(memory // HOST_MEMORY)
    return max(1, min(limits))


def places(gpus: Sequence[Gpu], jobs: int, cache: Path) -> list[Place]:
    """Return places to run notebooks in, to which the GPUs are assigned in turn.

    Args:
        gpus: that Keras computes on.
        jobs: number of places. If there are more GPUs, a place has several.
        cache: folder of programs that JAX has compiled, which all places share.

    Returns:
        ``jobs`` places. Those on the same GPU have equal parts of its free memory.
    """
    compiled = {
        "JAX_COMPILATION_CACHE_DIR": str(cache.absolute()),
        # By default JAX keeps only programs that took a second to compile; a training has hundreds
        # of smaller ones.
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    if not gpus:
        return [Place(defaults=compiled) for _ in range(jobs)]
    assigned = []
    for index in range(jobs):
        own = tuple(gpus[index::jobs]) or (gpus[index % len(gpus)],)
        neighbours = len(range(index % len(gpus), jobs, len(gpus)))
        free = min(gpu.free / gpu.total if gpu.total else 1.0 for gpu in own)
        memory = {
            # Memory is taken as it is needed, by JAX up to this share of the whole card.
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
            "XLA_PYTHON_CLIENT_MEM_FRACTION": f"{_USABLE * free / neighbours:.3f}",
            "TF_FORCE_GPU_ALLOW_GROWTH": "true",
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # the numbers of nvidia-smi
        }
        assigned.append(Place(own, compiled | memory))
    return assigned
