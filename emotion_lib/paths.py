"""Places of data and artifacts: the checkout's folders, unless the environment names others.

An installed package has no checkout around it. Data and runs are then below the working directory,
in ``data/`` and ``artifacts/`` as in a checkout, and the shipped model is inside the package.
"""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# The root of the checkout. In an installed package it is no folder of this project.
ROOT = _PACKAGE.parent
# The wheel carries the shipped model here (setup.py); a checkout has it in artifacts/best.
SHIPPED = _PACKAGE / "shipped"
SMOKE_FOLDER = "smoke"  # of the runs that only show that the notebooks work


def is_checkout() -> bool:
    """Return whether the library runs from a checkout, and not from an installed package."""
    return not SHIPPED.is_dir()


def data_dir() -> Path:
    """Return the folder of raw data and caches (DATA_DIR; default: ``data/``, see above)."""
    return Path(os.environ.get("DATA_DIR") or _home() / "data").expanduser()


def artifacts_dir() -> Path:
    """Return the folder of runs (ARTIFACTS_DIR; default: ``artifacts/``, see above)."""
    return Path(os.environ.get("ARTIFACTS_DIR") or _home() / "artifacts").expanduser()


def is_smoke_run() -> bool:
    """Return whether runs are written into ``smoke``: small ones, whose figures mean nothing."""
    return artifacts_dir().name == SMOKE_FOLDER


def best_dir() -> Path:
    """Return the folder of the promoted model.

    It is the checkout's own or the package's, wherever experiments write. If a promotion takes two
    steps and was killed between them, it is the folder that was to be replaced.
    """
    if not is_checkout():
        return SHIPPED
    best = ROOT / "artifacts" / "best"
    before = best.with_name(".best.before")
    return before if before.is_dir() and not best.exists() else best


def notebooks_dir() -> Path:
    """Return the folder of the notebooks (NOTEBOOKS_DIR; default: the checkout's)."""
    return Path(os.environ.get("NOTEBOOKS_DIR") or ROOT / "notebooks").expanduser()


def _home() -> Path:
    return ROOT if is_checkout() else Path.cwd()
