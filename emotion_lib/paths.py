"""Places of data and artifacts: the checkout's folders, unless the environment names others."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """Return the folder of raw data and caches (DATA_DIR; default: the checkout's ``data/``)."""
    return Path(os.environ.get("DATA_DIR") or ROOT / "data").expanduser()


def artifacts_dir() -> Path:
    """Return the folder of runs (ARTIFACTS_DIR; default: the checkout's ``artifacts/``)."""
    return Path(os.environ.get("ARTIFACTS_DIR") or ROOT / "artifacts").expanduser()


def best_dir() -> Path:
    """Return the folder of the promoted model.

    It is the checkout's own, wherever experiments write. If a promotion takes two steps and was
    killed between them, it is the folder that was to be replaced.
    """
    best = ROOT / "artifacts" / "best"
    before = best.with_name(".best.before")
    return before if before.is_dir() and not best.exists() else best


def notebooks_dir() -> Path:
    """Return the folder of the notebooks (NOTEBOOKS_DIR; default: the checkout's)."""
    return Path(os.environ.get("NOTEBOOKS_DIR") or ROOT / "notebooks").expanduser()
