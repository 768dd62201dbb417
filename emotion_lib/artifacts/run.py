"""A recorded run: its folder and its record.

The folder is ``<artifacts>/<name>/``. It holds ``model.keras``, ``run.json`` (how the run was made
and what it reached), ``history.csv``, the scores on validation and test, and figures.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..files import printable, sha256
from ..paths import artifacts_dir
from .folders import run_folder
from .record import Record
from .record_files import read_record, records
from .writing import RECORD_NAME, ArtifactError, settle


@dataclass(frozen=True)
class Run:
    """A recorded run.

    Attributes:
        folder: the run's folder.
        record: the content of its run.json.

    Example:
        >>> run = load_run("01_sequential_cnn")  # doctest: +SKIP
        >>> run.record.metrics.test.accuracy  # doctest: +SKIP
        0.658
    """

    folder: Path
    record: Record

    @property
    def name(self) -> str:
        """The run's name, which is its folder's path below the artifacts."""
        return self.record.name

    @property
    def model_file(self) -> Path:
        """The exported model. It is not tracked, so it may not be there."""
        return self.folder / "model.keras"

    def existing_model(self) -> Path:
        """Return the exported model, after checking that it is the one of the record.

        Raises:
            ArtifactError: it is not here, is another one, or is a classifier of scikit-learn; the
                message says how to make it.
        """
        if self.record.environment.backend == "scikit-learn":
            raise ArtifactError(
                "Expected a Keras model. "
                f"Received: a scikit-learn classifier from {self.name}, which no page can serve."
            )
        remedy = f"Run the notebook again: emotion run --again {self.name}"
        data = self.record.parameters.get("DATA")
        if self.record.data.name == "image_folder" and data:  # of emotion train
            remedy = f"Train it again: emotion train {data} --name {self.name}"
        file = self.model_file
        if not file.is_file():
            raise ArtifactError(
                f"Expected {printable(file)}. Received: no such file: models are not tracked. "
                f"{remedy}"
            )
        if sha256(file) != self.record.model.sha256:
            raise ArtifactError(
                f"Expected the model that {self.name}'s run.json describes. "
                f"Received: another file at {printable(file)}. {remedy}"
            )
        return file

    def scores(self, split: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """Return the labels, scores and class names of one split.

        Args:
            split: "val" or "test".

        Returns:
            Labels int64 ``(n,)``, scores float32 ``(n, num_classes)`` with a precision of 0.001,
            and the class names.
        """
        with np.load(self.folder / f"{split}_scores.npz") as file:
            labels = file["y_true"].astype(np.int64)
            scores = file["y_score"].astype(np.float32)
        return labels, scores, self.record.class_names


def load_run(name: str) -> Run:
    """Return a recorded run by its name.

    Raises:
        ArtifactError: there is no run of this name, or its record cannot be read.

    Example:
        >>> load_run("13_compact_residual/wide-40").record.training.epochs  # doctest: +SKIP
        40
    """
    file = run_folder(name) / RECORD_NAME
    with contextlib.suppress(OSError):  # a folder that can only be read
        settle(file.parent)
    if not file.is_file():
        names = [run.name for run in runs()]
        # Runs of the same notebook, if there are any: all names would fill the screen.
        known = [other for other in names if other[:3] == name[:3]] or names
        expected = f"one of the runs {known}" if known else "the name of a recorded run"
        raise ArtifactError(
            f"Expected {expected} in {artifacts_dir()}. Received: {name!r}. `emotion runs` lists "
            "all."
        )
    return Run(file.parent, read_record(file))


def runs(root: Path | None = None) -> list[Run]:
    """Return all full runs below a folder, ordered by name.

    Smoke runs and the promoted copy are not among them. A malformed record is skipped with a
    warning that names it.

    Args:
        root: the folder; None: the artifacts folder.
    """
    root = root or artifacts_dir()
    found = []
    for file, record in records(root):
        # A run's name is its path, which excludes the promoted copy in best/, and smoke/.
        if record.full and record.name == file.parent.relative_to(root).as_posix():
            found.append(Run(file.parent, record))
    return found


def best_run(dataset: str = "fer2013") -> Run:
    """Return the full run on a data set with the highest *validation* accuracy.

    Raises:
        ArtifactError: there is no full run on this data set.
    """
    candidates = [run for run in runs() if run.record.data.name == dataset]
    if not candidates:
        raise ArtifactError(
            f"Expected a full run on {dataset} in {artifacts_dir()}. Received: none. "
            "`make run-all` makes them."
        )
    return max(candidates, key=lambda run: run.record.metrics.val.accuracy)
