from .contract import Contract
from .conventions import answers_by
from .folders import TRACKED_FILES, run_dir, run_folder
from .keras_file import class_names, export, load_model
from .leaderboard_csv import LEADERBOARD_COLUMNS, leaderboard, write_leaderboard
from .lineage import members, missing_parents, parents
from .naming import belongs, short_names
from .parameters import parameters_of
from .record import CalibrationRecord, Figures, Metrics, Record
from .record_files import read_record, record_beside, records, write_record
from .record_json import record_from_json, record_to_json
from .recording import metrics, save_run
from .run import Run, best_run, load_run, runs
from .tables import TableRecord, load_table, save_table, table_record
from .writing import ArtifactError

__all__ = [
    "LEADERBOARD_COLUMNS",
    "TRACKED_FILES",
    "ArtifactError",
    "CalibrationRecord",
    "Contract",
    "Figures",
    "Metrics",
    "Record",
    "Run",
    "TableRecord",
    "answers_by",
    "belongs",
    "best_run",
    "class_names",
    "export",
    "leaderboard",
    "load_model",
    "load_run",
    "load_table",
    "members",
    "metrics",
    "missing_parents",
    "parameters_of",
    "parents",
    "read_record",
    "record_beside",
    "record_from_json",
    "record_to_json",
    "records",
    "run_dir",
    "run_folder",
    "runs",
    "save_run",
    "save_table",
    "short_names",
    "table_record",
    "write_leaderboard",
    "write_record",
]
