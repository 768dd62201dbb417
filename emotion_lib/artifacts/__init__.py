"""The hall between lab and field: models on disk, runs and the leaderboard. Only this package writes to the artifacts, the
training's checkpoint and the executed notebook excepted."""

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
    "TRACKED_FILES",
    "ArtifactError",
    "Run",
    "belongs",
    "best_run",
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
    "write_leaderboard",
]
