"""The hall between lab and field: models on disk, runs and the leaderboard. Only this package writes to the artifacts, the
training's checkpoint and the executed notebook excepted."""

import importlib

from ..files import sha256
from .leaderboard_csv import LEADERBOARD_COLUMNS, leaderboard, write_leaderboard
from .model_file import class_names, export, load_model
from .record import read_record, record_beside, records
from .recording import metrics, parameters_of, save_run
from .run import (
    TRACKED_FILES,
    Run,
    belongs,
    best_run,
    load_run,
    members,
    run_dir,
    run_folder,
    runs,
    short_names,
    trained_on,
)
from .writing import ArtifactError

__all__ = [
    "LEADERBOARD_COLUMNS",
    "RUN_FILES",
    "TRACKED_FILES",
    "Arrival",
    "ArtifactError",
    "Difference",
    "Run",
    "arrivals",
    "belongs",
    "best_run",
    "bring",
    "check_figures",
    "class_names",
    "export",
    "leaderboard",
    "load_model",
    "load_run",
    "members",
    "metrics",
    "parameters_of",
    "read_record",
    "record_beside",
    "records",
    "run_dir",
    "run_folder",
    "runs",
    "save_run",
    "sha256",
    "short_names",
    "trained_on",
    "unchecked_figures",
    "unpacked",
    "write_leaderboard",
]

# Bringing runs home is imported when it is first asked for: predicting does without, and starts in a quarter of a second.
_LATER = {
    "unpacked": "archive",
    "Difference": "figures",
    "check_figures": "figures",
    "unchecked_figures": "figures",
    "RUN_FILES": "importing",
    "Arrival": "importing",
    "arrivals": "importing",
    "bring": "importing",
}


def __getattr__(name: str):
    """Import a name of ``_LATER`` (PEP 562)."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_LATER[name]}", __name__), name)
