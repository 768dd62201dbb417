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
    """Folder of the promoted model: the checkout's own, wherever experiments write."""
    return ROOT / "artifacts" / "best"


def notebooks_dir() -> Path:
    """Folder of the numbered notebooks (environment: NOTEBOOKS_DIR, for a series of one's own)."""
    return Path(os.environ.get("NOTEBOOKS_DIR") or ROOT / "notebooks").expanduser()
