"""Import of runs of another machine: each is checked, then copied into the artifacts."""

import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..artifacts import ArtifactError, Run
from ..artifacts.folders import (
    MODEL_FILES,
    TRACKED_FILES,
    new_run_folder,
    replaced_files,
    run_folder,
)
from ..artifacts.leaderboard_csv import write_leaderboard
from ..artifacts.naming import belongs
from ..artifacts.record import Record
from ..artifacts.record_files import read_record, record_files
from ..artifacts.run import runs
from ..artifacts.writing import RECORD_NAME, replaced_together, unwritable
from ..datasets import Dataset
from ..files import exclusive, printable, same_file, sha256
from ..paths import artifacts_dir
from .admission import check_run

# The files that are imported; an archive is searched for them.
RUN_FILES = (*TRACKED_FILES, *MODEL_FILES)


@dataclass(frozen=True)
class Candidate:
    """A full run in another folder, and the effect of importing it.

    Attributes:
        run: the run in that folder.
        before: the run of this name here, or None.
        change: "new", "replaced", "same" (then at most a model file is imported) or "refused".
        faults: why it is refused.
        unchecked: names of figures that could not be recomputed.
        notes: what a user should know before it is imported.
        models: its model files that will be imported.
    """

    run: Run
    before: Run | None
    change: str
    faults: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    models: tuple[Path, ...] = ()

    @property
    def has_effect(self) -> bool:
        """True if importing it changes anything."""
        return not self.faults and (self.change != "same" or bool(self.models))


def examine(
    source: Path,
    only: Collection[str] = (),
    data: Callable[[str], Dataset | None] = lambda name: None,
) -> tuple[list[Candidate], list[str]]:
    """Examine the full runs in a folder, without changing anything.

    A run is refused if its data, classes or labels differ from those of the runs on the same data
    set here, or if its figures do not follow from its scores.

    Args:
        source: an ARTIFACTS_DIR of another machine, or a folder above it.
        only: names of runs, or patterns of names (see :func:`emotion_lib.artifacts.belongs`);
            empty: all.
        data: returns the data set of a name in a record, or None if it is not on this machine. It
            is called only where the runs here do not show it.

    Returns:
        The runs by name, and the faults of records that cannot be read or are not in the folder
        of their name.

    Raises:
        ArtifactError: there is no full run, or there are several such folders, or it is the
            artifacts folder itself.
    """
    source = Path(source)
    readable, faults = _read(source)
    root = _root(source, readable, faults)
    runs_here: dict[str, list[Run]] = {}
    for run in runs():
        runs_here.setdefault(run.record.data.name, []).append(run)
    found = []
    for folder, record in readable:
        if only and not belongs(record.name, only):
            continue
        if folder == root / record.name:
            peers = runs_here.get(record.data.name, [])
            found.append(_examined(Run(folder, record), peers, data))
        elif folder != root / "best":  # the promoted copy is not a run
            faults.append(
                f"{printable(folder)} holds the record of {record.name!r}, whose folder has "
                "another name"
            )
    if not found and not faults:
        names = [record.name for _, record in readable]
        raise ArtifactError(f"Expected one of the runs {names}. Received: {list(only)}.")
    return sorted(found, key=lambda candidate: candidate.run.name), faults


def import_runs(found: Collection[Candidate]) -> list[str]:
    """Copy runs that were examined into the artifacts, and write the leaderboard.

    The files of each run replace those of an earlier run of its name together. An earlier model
    that is not the one that the new record describes is deleted.

    Returns:
        The names of the runs that were copied.

    Raises:
        ArtifactError: the files cannot be written.
        FolderInUseError: another process is training a run of this name.
    """
    copied = []
    try:
        for candidate in found:
            if candidate.has_effect:
                _copy(candidate)
                copied.append(candidate.run.name)
    finally:
        if copied:
            write_leaderboard()
    return copied


def _copy(candidate: Candidate) -> None:
    run = candidate.run
    folder = run_folder(run.name)
    files = list(candidate.models)
    for name in TRACKED_FILES:
        if (run.folder / name).exists():
            files.append(run.folder / name)
    arriving = {file.name for file in files}
    for model in _models(folder, run.record)[0]:
        if model.name not in arriving:
            files.append(model)  # it stays: the new record describes it too
    replaced = RUN_FILES if candidate.change == "same" else replaced_files(folder)
    try:
        with (
            exclusive(folder, "importing a run"),
            replaced_together(folder, replaced) as temporary,
        ):
            for file in files:
                shutil.copyfile(file, temporary / file.name)
    except OSError as error:
        raise unwritable(folder, error) from error


def _read(source: Path) -> tuple[list[tuple[Path, Record]], list[str]]:
    """Return the folders of full runs with their records, and the faults of unreadable records."""
    found = []
    faults = []
    for file in record_files(source):
        try:
            record = read_record(file)
        except ArtifactError as error:
            faults.append(str(error))
            continue
        if record.full:
            found.append((file.parent, record))
    return found, faults


def _root(source: Path, found: list[tuple[Path, Record]], faults: list[str]) -> Path:
    """Return the uppermost folder below which the runs' paths are their names."""
    roots = set()
    for folder, record in found:
        if f"/{folder.relative_to(source).as_posix()}".endswith(f"/{record.name}"):
            roots.add(folder.parents[len(PurePosixPath(record.name).parts) - 1])
    if not roots and faults:
        raise ArtifactError("\n".join(faults))
    if not roots:
        raise ArtifactError(
            f"Expected an ARTIFACTS_DIR with full runs: <run>/run.json below {printable(source)}. "
            "Received: none. Name the folder above the runs."
        )
    uppermost = sorted(root for root in roots if roots.isdisjoint(root.parents))
    if len(uppermost) > 1:
        raise ArtifactError(
            f"Expected one ARTIFACTS_DIR below {printable(source)}. Received: "
            f"{', '.join(map(printable, uppermost))}. Name one of them."
        )
    if same_file(uppermost[0], artifacts_dir()):
        raise ArtifactError(
            f"Expected runs from another place. Received: {printable(uppermost[0])}, which is the "
            "artifacts folder itself."
        )
    return uppermost[0]


def _examined(run: Run, peers: list[Run], data: Callable[[str], Dataset | None]) -> Candidate:
    models, notes = _models(run.folder, run.record)
    try:
        folder = new_run_folder(run.name)
        before = _run_here(folder)
        if before and _same_files(run, before):
            missing = []
            for model in models:
                if not _is_model(folder / model.name, run.record):
                    missing.append(model)
            return Candidate(run, before, "same", notes=tuple(notes), models=tuple(missing))
        unchecked, unknown = check_run(run, peers, data)
    except ArtifactError as error:
        return Candidate(run, None, "refused", faults=(str(error),))
    notes += unknown
    if before:
        notes += _losses(run.record, before.record)
    elif (folder / RECORD_NAME).exists():
        notes.append(f"replaces {printable(folder / RECORD_NAME)}, which cannot be read")
    if deleted := _deleted(folder, run.record, models):
        notes.append(
            f"the model here is deleted, as no new one comes with the record: {', '.join(deleted)}"
        )
    change = "replaced" if (folder / RECORD_NAME).exists() else "new"
    return Candidate(run, before, change, (), tuple(unchecked), tuple(notes), tuple(models))


def _run_here(folder: Path) -> Run | None:
    """Return the run in a folder, or None if there is no record that can be read."""
    try:
        return Run(folder, read_record(folder / RECORD_NAME))
    except ArtifactError:
        return None


def _same_files(run: Run, before: Run) -> bool:
    for name in TRACKED_FILES:
        new = run.folder / name
        old = before.folder / name
        if new.exists() != old.exists():
            return False
        if new.exists() and sha256(new) != sha256(old):
            return False
    return True


def _models(folder: Path, record: Record) -> tuple[list[Path], list[str]]:
    """Return the model files in a folder that a record describes, and notes on the others."""
    described = []
    notes = []
    for name in MODEL_FILES:
        file = folder / name
        if _is_model(file, record):
            described.append(file)
        elif file.is_file():
            notes.append(f"{name} is not imported: it is not the model that run.json describes")
    return described, notes


def _is_model(file: Path, record: Record) -> bool:
    return file.is_file() and sha256(file) == record.model.sha256


def _deleted(folder: Path, record: Record, models: list[Path]) -> list[str]:
    """Return the names of model files here that neither stay nor are replaced by others."""
    kept = {file.name for file in (*models, *_models(folder, record)[0])}
    return [name for name in MODEL_FILES if (folder / name).is_file() and name not in kept]


def _losses(record: Record, before: Record) -> list[str]:
    """Return notes on what is lost if one run replaces another."""
    notes = [f"replaces {_origin(before)} by {_origin(record)}"]
    if before.date > record.date:
        notes.append("the run here is newer")
    missing = before.metrics.evaluations().keys() - record.metrics.evaluations().keys()
    if before.full and missing:
        notes.append(f"the new run was not evaluated on: {', '.join(sorted(missing))}")
    return notes


def _origin(record: Record) -> str:
    small = "" if record.full else ", not full"
    return f"commit {record.commit} ({record.date[:10]}, {record.training.device}{small})"
