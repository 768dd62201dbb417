"""What made a result: the checkout's commit, the versions of packages, the device."""

import json
import os
import subprocess
import sys
from importlib import metadata

from .machine import gpus, processor
from .paths import ROOT

PACKAGES = ("keras", "tensorflow", "jax", "numpy", "scikit-learn", "opencv-python")
COMMIT_FILE = "COMMIT"  # in a copy of the checkout that has no git


class BackendError(RuntimeError):
    """Keras cannot run on this machine as it is set up; the message says what to do."""


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
        "import json, keras; from emotion_lib.provenance import devices; "
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
