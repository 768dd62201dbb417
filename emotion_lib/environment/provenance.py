"""The code that a result was made with: the checkout's commit and the packages' versions."""

import subprocess
from collections.abc import Iterable
from importlib import metadata

from ..paths import ROOT, is_checkout

PACKAGES = ("keras", "tensorflow", "jax", "numpy", "scikit-learn", "opencv-python")
COMMIT_FILE = "COMMIT"  # in a copy of the checkout that has no git


def commit() -> str:
    """Return the short hash of the checkout's commit, or "unknown".

    It ends in "+" if the library or the notebooks differ from the commit. A copy of the checkout
    without git names the commit in :data:`COMMIT_FILE`. An installed package knows no commit; a
    repository that its environment lies in is another project's.
    """
    if not is_checkout():
        return "unknown"
    stated = ROOT / COMMIT_FILE
    if stated.is_file():
        return stated.read_text(encoding="utf-8").strip()
    try:
        head = _git("rev-parse", "--short=10", "HEAD")
        changes = _git("status", "--porcelain", "--", "emotion_lib", "notebooks")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{head}+" if changes else head


def versions(packages: Iterable[str] | None = None) -> dict[str, str]:
    """Return the versions of packages, those that are not installed left out.

    Args:
        packages: their names; None: those that determine a result.
    """
    found = {}
    for package in PACKAGES if packages is None else packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
