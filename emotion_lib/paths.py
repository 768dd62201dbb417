"""Where data and artifacts lie. DATA_DIR and ARTIFACTS_DIR in the environment override the checkout's folders."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """Folder of raw data and caches (environment: DATA_DIR; default: ``data/`` of the checkout)."""
    return Path(os.environ.get("DATA_DIR") or ROOT / "data").expanduser()


def artifacts_dir() -> Path:
    """Folder of runs and the leaderboard (environment: ARTIFACTS_DIR; default: ``artifacts/`` of the checkout)."""
    return Path(os.environ.get("ARTIFACTS_DIR") or ROOT / "artifacts").expanduser()


def best_dir() -> Path:
    """Folder of the promoted model: the checkout's own, wherever experiments write.

    Where a promotion takes two steps and was killed between them, the folder that it was to replace.
    """
    best = ROOT / "artifacts" / "best"
    before = best.with_name(".best.before")
    return before if before.is_dir() and not best.exists() else best


def notebooks_dir() -> Path:
    """Folder of the numbered notebooks (environment: NOTEBOOKS_DIR, for a series of one's own)."""
    return Path(os.environ.get("NOTEBOOKS_DIR") or ROOT / "notebooks").expanduser()
