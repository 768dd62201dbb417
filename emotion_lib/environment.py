"""Environment of a result: the checkout's commit, package versions, processor, memory and GPUs.

Importing this module does not import Keras.
"""

import contextlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from .errors import EmotionError
from .paths import ROOT

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


PACKAGES = ("keras", "tensorflow", "jax", "numpy", "scikit-learn", "opencv-python")
COMMIT_FILE = "COMMIT"  # in a copy of the checkout that has no git


class BackendError(EmotionError, RuntimeError):
    """Keras cannot run, or its backend lacks what is asked; the message says what to do."""


def commit() -> str:
    """Short hash of the checkout's commit, with "+" behind it if the library or the notebooks differ from it.

    A copy of the checkout without git names the commit in :data:`COMMIT_FILE`.
    """
    stated = ROOT / COMMIT_FILE
    if stated.is_file():
        return stated.read_text(encoding="utf-8").strip()
    try:
        git = ["git", "-C", str(ROOT)]
        head = subprocess.run(
            [*git, "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=True
        )
        changed = subprocess.run(
            [*git, "status", "--porcelain", "--", "emotion_lib", "notebooks"],
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def versions() -> dict[str, str]:
    """Versions of the packages that decide a result, as far as they are installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def devices() -> list[str]:
    """Return the devices that Keras sees, such as "cpu:0" and "gpu:0"; none for a backend that does not list them."""
    import keras

    try:
        return keras.distribution.list_devices()
    except (AttributeError, NotImplementedError):  # PyTorch's
        return []


def backend_and_devices() -> tuple[str, list[str]]:
    """Return the name of Keras's backend, and the devices that it sees.

    Listing devices takes memory of a GPU for as long as the process lives, so a process of its own is asked: 4 s with
    TensorFlow, 2 s with JAX.

    Raises:
        BackendError: Keras does not start, because its backend is not installed, say.
    """
    code = (
        "import json, keras; from emotion_lib.environment import devices; "
        "print(json.dumps([keras.backend.backend(), devices()]))"
    )
    environment = {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    } | os.environ
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    if answer.returncode != 0:
        *_, reason = answer.stderr.strip().splitlines() or [f"exit status {answer.returncode}"]
        raise BackendError(
            f"Expected a backend that Keras runs on. Received: {reason}. "
            "Install it, or name another by KERAS_BACKEND=jax or KERAS_BACKEND=tensorflow in the environment."
        )
    backend, seen = json.loads(answer.stdout.splitlines()[-1])
    return backend, seen


def sees_gpu(seen: list[str]) -> bool:
    """Return whether a GPU is among Keras's devices."""
    return any(not name.lower().startswith("cpu") for name in seen)


def device() -> str:
    """Return what Keras computes on: the name of each GPU that it sees, else the processor's and its cores."""
    if sees_gpu(devices()):
        names = [gpu.name for gpu in gpus()]
        if names:
            return ", ".join(names)
    return processor()
