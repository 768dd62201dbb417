"""What made a result: the checkout's commit, the versions of packages, the device."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from .paths import ROOT

PACKAGES = ("keras", "tensorflow", "jax", "numpy", "scikit-learn", "opencv-python")
COMMIT_FILE = "COMMIT"  # in a copy of the checkout that has no git


def commit() -> str:
    """Short hash of the checkout's commit, with "+" behind it if the library or the notebooks differ from it.

    A copy of the checkout without git names the commit in :data:`COMMIT_FILE`.
    """
    stated = ROOT / COMMIT_FILE
    if stated.is_file():
        return stated.read_text(encoding="utf-8").strip()
    try:
        git = ["git", "-C", str(ROOT)]
        head = subprocess.run([*git, "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run(
            [*git, "status", "--porcelain", "--", "emotion_lib", "notebooks"], capture_output=True, text=True
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


def device() -> str:
    """Return what Keras computes on: the GPU's name where it sees one, else the processor's and its cores."""
    gpu = any(not name.lower().startswith("cpu") for name in devices())
    try:
        answer = gpu and subprocess.run(
            ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True
        )
        if answer and answer.returncode == 0 and answer.stdout.strip():
            return ", ".join(answer.stdout.strip().splitlines())
    except OSError:
        pass
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores"
