"""A recorded run: its folder, and what run.json says of it.

The folder is ``<artifacts>/<name>/``: ``model.keras``, ``run.json`` (what made it and what it reached), ``history.csv``, the
scores on validation and test, figures.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import provenance
from ..paths import artifacts_dir
from .record import RECORD_NAME, read_record, records
from .writing import ArtifactError, unwritable

TRACKED_FILES = ("run.json", "history.csv", "val_scores.npz", "test_scores.npz")  # .gitignore lists them too

_commit_at_start: dict[Path, str] = {}  # by folder; the checkout may move on while a training runs


@dataclass(frozen=True)
class Run:
    """A recorded run: its folder and what run.json says."""

    folder: Path
    record: dict

    @property
    def name(self) -> str:
        """The run's name, which is its folder's path below the artifacts."""
        return self.record["name"]

    @property
    def model_file(self) -> Path:
        """The exported model."""
        return self.folder / "model.keras"

    def scores(self, split: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """Labels ``(n,)``, scores ``(n, num_classes)`` float32 as precise as 0.001, and class names of "val" or "test"."""
        with np.load(self.folder / f"{split}_scores.npz") as file:
            return file["y_true"].astype(np.int64), file["y_score"].astype(np.float32), tuple(self.record["class_names"])


def run_dir(name: str, dataset) -> Path:
    """Folder of a run on a data set, made if need be.

    Asking for it starts the run: the commit of that moment is what run.json will name.

    Raises:
        ArtifactError: it cannot be written, or holds a full run (or a record that cannot be read) and this one would not be
            full.
    """
    folder = artifacts_dir() / name
    record = folder / RECORD_NAME
    if record.exists() and not dataset.full and read_record(record)["full"]:
        raise ArtifactError(
            f"Expected a full run, because {folder} holds one. Received: a run on {dataset.name} that is not full "
            f"({'; '.join(dataset.notes[-1:])}). Choose another RUN_NAME, or another ARTIFACTS_DIR, for trials."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    _commit_at_start.setdefault(folder, provenance.commit())
    return folder


def commit_at_start(folder: Path) -> str:
    """The commit of the moment in which :func:`run_dir` was asked for this folder."""
    return _commit_at_start[folder]


def trained_on(record: dict) -> dict[str, str]:
    """Backend and device of a run's training, which run.json tells apart from those that judged it where it knows them."""
    return {key: record["training"].get(key, record["environment"][key]) for key in ("backend", "device")}


def load_run(name: str) -> Run:
    """A recorded run by its name.

    Raises:
        ArtifactError: there is none of this name, or its record cannot be read.
    """
    file = artifacts_dir() / name / RECORD_NAME
    if not file.is_file():
        known = [run.name for run in runs()]
        raise ArtifactError(f"Expected one of the runs {known} in {artifacts_dir()}. Received: {name!r}.")
    return Run(file.parent, read_record(file))


def runs(root: Path | None = None) -> list[Run]:
    """Return all full runs below ``root`` (None: the artifacts folder), by name.

    Smoke runs and the promoted copy are not among them. A malformed record is skipped with a warning that names it.
    """
    root = root or artifacts_dir()
    found = []
    for file, record in records(root):
        # A run's name is its path, which leaves out the promoted copy in best/ and what lies in smoke/.
        if record["full"] and record["name"] == file.parent.relative_to(root).as_posix():
            found.append(Run(file.parent, record))
    return found


def belongs(name: str, beginnings: Iterable[str]) -> bool:
    """Whether a run is one of these or a part of one: "13_x/seed-0" of "13_x". Variants must be named themselves:
    "13_x/EPOCHS=1/seed-0" is a part of "13_x/EPOCHS=1" alone, and "13_x_wide" none of "13_x"."""
    return any(name == begin or (name.startswith(f"{begin}/") and "=" not in name[len(begin) :]) for begin in beginnings)


def short_names(names: Iterable[str]) -> dict[str, str]:
    """What figures call runs: number of the notebook and name of the part, "04 none" for
    "04_vgg16_class_weights/EPOCHS=5/none". Runs that only their parameters tell apart keep them."""
    found = {}
    for name in names:
        parts = [part for part in name.split("/") if "=" not in part]
        number, _, title = parts[0].partition("_")
        found[name] = f"{number} {parts[-1] if len(parts) > 1 else title}".replace("_", " ")
    twice = {short for short, count in Counter(found.values()).items() if count > 1}
    for name, short in found.items():
        if short in twice and (changed := ", ".join(part for part in name.split("/") if "=" in part)):
            found[name] = f"{short} ({changed})"
    return found


def best_run(dataset: str = "fer2013") -> Run:
    """The full run on a data set with the highest *validation* accuracy.

    Raises:
        ArtifactError: there is none.
    """
    candidates = [run for run in runs() if run.record["data"]["name"] == dataset]
    if not candidates:
        raise ArtifactError(
            f"Expected a full run on {dataset} in {artifacts_dir()}. Received: none. `make run-all` makes them."
        )
    return max(candidates, key=lambda run: run.record["metrics"]["val"]["accuracy"])
