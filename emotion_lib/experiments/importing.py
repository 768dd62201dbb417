"""Runs that were made elsewhere, checked and brought into the artifacts."""

import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from ..artifacts.folders import MODEL_FILES, TRACKED_FILES, new_run_folder, run_folder
from ..artifacts.leaderboard_csv import leaderboard_row, write_leaderboard
from ..artifacts.naming import belongs
from ..artifacts.record import read_record, record_files
from ..artifacts.run import Run, runs, trained_on
from ..artifacts.writing import RECORD_NAME, ArtifactError, replaced_together, unwritable
from ..files import exclusive, printable, same_file, sha256
from ..paths import artifacts_dir
from .verification import check_figures, evaluations_of, read_scores, unchecked_figures

RUN_FILES = (*TRACKED_FILES, *MODEL_FILES)  # what is brought, and what an archive is searched for
# What a record with values of other kinds makes the leaderboard raise
_MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError)


@dataclass(frozen=True)
class Arrival:
    """A full run in another folder, and what bringing it here would do.

    Attributes:
        run: in that folder.
        before: the run of this name here, or None.
        change: "new", "replaced", "same" (then nothing but a model file is brought) or "refused".
        faults: why it is refused.
        unchecked: names of figures that could not be recomputed.
        notes: what a user should know before it is brought.
        models: its model files that will be brought.
    """

    run: Run
    before: Run | None
    change: str
    faults: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    models: tuple[Path, ...] = ()

    @property
    def brings(self) -> bool:
        """Whether importing it changes anything."""
        return not self.faults and (self.change != "same" or bool(self.models))


def arrivals(
    source: Path, only: Collection[str] = (), data: Callable[[str], object] = lambda name: None
) -> tuple[list[Arrival], list[str]]:
    """Examine the full runs in a folder, and change nothing.

    A run is refused whose data, classes or labels are others than those of the runs on the same data set here, or whose
    figures do not follow from its scores.

    Args:
        source: an ARTIFACTS_DIR of a training elsewhere, or a folder above it.
        only: names of runs, or patterns of names (see :func:`emotion_lib.artifacts.belongs`);
            none: all.
        data: returns the :class:`emotion_lib.datasets.Dataset` of the name that a record says, or None if it is not here.
            Called only where the runs here do not tell.

    Returns:
        The runs by name, and the faults of records that cannot be read or are not where their names say.

    Raises:
        ArtifactError: there is no full run, or there are several such folders, or it is the artifacts folder itself.
    """
    readable, faults = _read(Path(source))
    root = _root(Path(source), readable, faults)
    here: dict[str, list[Run]] = {}
    for run in runs():
        here.setdefault(run.record["data"]["name"], []).append(run)
    found = []
    for folder, record in readable:
        if only and not belongs(record["name"], only):
            continue
        if folder == root / record["name"]:
            found.append(_examined(Run(folder, record), here.get(record["data"]["name"], []), data))
        elif folder != root / "best":  # the promoted copy is no run
            faults.append(
                f"{printable(folder)} holds the record of {record['name']!r}, whose folder has another name"
            )
    if not found and not faults:
        raise ArtifactError(
            f"Expected one of the runs {[r['name'] for _, r in readable]}. Received: {list(only)}."
        )
    return sorted(found, key=lambda arrival: arrival.run.name), faults


def bring(found: Collection[Arrival]) -> list[str]:
    """Copy runs that were examined into the artifacts, and write the leaderboard.

    Each one's files replace those of the run before together, the record last. A model of the run before that is not the
    one that the new record describes is deleted with it.

    Returns:
        The names of the runs that were brought.

    Raises:
        ArtifactError: the files cannot be written.
        FolderInUseError: another process is training a run of this name.
    """
    brought = []
    try:
        for arrival in found:
            if arrival.brings:
                _copy(arrival)
                brought.append(arrival.run.name)
    finally:
        if brought:
            write_leaderboard()
    return brought


def _copy(arrival: Arrival) -> None:
    run = arrival.run
    folder = run_folder(run.name)
    files = [run.folder / name for name in TRACKED_FILES if (run.folder / name).exists()]
    brought = {model.name for model in arrival.models}
    kept = [model for model in _models(folder, run.record)[0] if model.name not in brought]
    try:
        with (
            exclusive(folder, "importing a run"),
            replaced_together(folder, RUN_FILES) as temporary,
        ):
            for file in (*files, *arrival.models, *kept):
                shutil.copyfile(file, temporary / file.name)
    except OSError as error:
        raise unwritable(folder, error) from error


def _read(source: Path) -> tuple[list[tuple[Path, dict]], list[str]]:
    """Return the folders of full runs with their records, and what is wrong with those that cannot be read."""
    found, faults = [], []
    for file in record_files(source):
        try:
            record = read_record(file)
        except ArtifactError as error:
            faults.append(str(error))
            continue
        if record["full"]:
            found.append((file.parent, record))
    return found, faults


def _root(source: Path, found: list[tuple[Path, dict]], faults: list[str]) -> Path:
    """Return the folder from which the names of the runs are their paths: the uppermost one."""
    roots = set()
    for folder, record in found:
        if f"/{folder.relative_to(source).as_posix()}".endswith(f"/{record['name']}"):
            roots.add(folder.parents[len(PurePosixPath(record["name"]).parts) - 1])
    if not roots and faults:
        raise ArtifactError("\n".join(faults))
    if not roots:
        raise ArtifactError(
            f"Expected an ARTIFACTS_DIR with full runs: <run>/run.json below {printable(source)}. Received: none. "
            "Name the folder above the runs."
        )
    uppermost = sorted(root for root in roots if roots.isdisjoint(root.parents))
    if len(uppermost) > 1:
        raise ArtifactError(
            f"Expected one ARTIFACTS_DIR below {printable(source)}. Received: "
            f"{', '.join(printable(root) for root in uppermost)}. Name one of them."
        )
    if same_file(uppermost[0], artifacts_dir()):
        raise ArtifactError(
            f"Expected runs from another place. Received: {printable(uppermost[0])}, which is the artifacts folder itself."
        )
    return uppermost[0]


def _examined(run: Run, peers: list[Run], data: Callable) -> Arrival:
    models, notes = _models(run.folder, run.record)
    try:
        folder = new_run_folder(run.name)
        before = _run_here(folder)
        if before and _same_files(run, before):
            missing = [model for model in models if not _is_model(folder / model.name, run.record)]
            return Arrival(run, before, "same", notes=tuple(notes), models=tuple(missing))
        unchecked, unknown = _check(run, peers, data)
    except ArtifactError as error:
        return Arrival(run, None, "refused", faults=(str(error),))
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
    return Arrival(run, before, change, (), tuple(unchecked), tuple(notes), tuple(models))


def _check(run: Run, peers: list[Run], data: Callable) -> tuple[list[str], list[str]]:
    """Return what of a run could not be checked, and notes on that.

    Raises:
        ArtifactError: it must not be brought.
    """
    try:
        leaderboard_row(run.record)
    except _MALFORMED as error:
        raise ArtifactError(
            f"Expected the record of a run in {printable(run.folder / RECORD_NAME)}. Received: values that make no row of "
            f"the leaderboard ({type(error).__name__}: {error}). Restore the file."
        ) from error
    name, fingerprint = (run.record["data"][key] for key in ("name", "fingerprint"))
    alike = [peer for peer in peers if peer.record["data"]["fingerprint"] == fingerprint]
    dataset = data(name) if not alike or "test_without_twins" in run.record["metrics"] else None
    known = {peer.record["data"]["fingerprint"] for peer in peers}
    if dataset is not None:
        known.add(dataset.fingerprint)
    if known and fingerprint not in known:
        raise ArtifactError(
            f"Expected a run on {name} as it is here (fingerprint {' or '.join(sorted(known))}). Received: one on other "
            f"data ({fingerprint}). Train it again on the same data, or import it into another ARTIFACTS_DIR. "
            "If the data here has changed, move the runs on the former data away first."
        )
    _check_labels(run, alike, dataset)
    if differences := check_figures(run, dataset):
        more = f", and {len(differences) - 3} more" if len(differences) > 3 else ""
        raise ArtifactError(
            f"Expected figures that follow from the scores. Received: {'; '.join(map(str, differences[:3]))}{more}. "
            "Evaluate the model again."
        )
    notes = (
        []
        if known
        else [
            f"no run on {name} is here, nor its data: whether it was trained on the same is not checked"
        ]
    )
    return unchecked_figures(run, dataset), notes


def _check_labels(run: Run, alike: list[Run], dataset) -> None:
    """Compare class names and labels with those of a run on the same data here, or with the data.

    Raises:
        ArtifactError: they differ.
    """
    of_data = dataset is not None and dataset.fingerprint == run.record["data"]["fingerprint"]
    names = run.record["class_names"]
    expected = (
        [list(dataset.class_names)] if of_data else [peer.record["class_names"] for peer in alike]
    )
    if expected and names not in expected:
        raise ArtifactError(
            f"Expected the classes {expected[0]}. Received: {names}. Train it again on the same data."
        )
    for split in ("val", "test"):
        labels, scores = read_scores(run, split)
        if scores.shape != (len(labels), len(names)) or len(
            {n for n in names if isinstance(n, str)}
        ) < len(names):
            raise ArtifactError(
                f"Expected one class name for each of the scores. Received: {names}, and {split} scores {scores.shape} for "
                f"{len(labels)} labels. Copy the run's folder again."
            )
        if not _is_whole(run, split):
            continue
        true_labels = (
            np.asarray(getattr(dataset, split).labels) if of_data else _labels_of(alike, split)
        )
        if true_labels is not None and not np.array_equal(labels, true_labels):
            raise ArtifactError(
                f"Expected the labels of {run.record['data']['name']} in {split}_scores.npz, as the fingerprint of the data "
                f"is the one here. Received: {_unlike(labels, true_labels)}. Copy the run's folder again."
            )


def _is_whole(run: Run, split: str) -> bool:
    """Return whether a run was evaluated on this split as it is; cross-validation pools the test images of its folds."""
    images = run.record["data"].get("images")
    return isinstance(images, dict) and images.get(split) == run.record["metrics"][split].get("n")


def _labels_of(alike: list[Run], split: str) -> np.ndarray | None:
    """Return the labels of a split by the scores of a run on the same data, or None if no such scores are here."""
    for peer in alike:
        if not _is_whole(peer, split):
            continue
        try:
            return read_scores(peer, split)[0]
        except ArtifactError:  # its own scores are not here
            continue
    return None


def _unlike(labels: np.ndarray, true_labels: np.ndarray) -> str:
    if labels.shape != true_labels.shape:
        return f"labels of shape {labels.shape} instead of {true_labels.shape}"
    return f"{int((labels != true_labels).sum()):,} of {labels.size:,} that differ"


def _run_here(folder: Path) -> Run | None:
    """Return the run in a folder, or None if there is no record that can be read."""
    try:
        return Run(folder, read_record(folder / RECORD_NAME))
    except ArtifactError:
        return None


def _same_files(run: Run, before: Run) -> bool:
    for name in TRACKED_FILES:
        new, old = run.folder / name, before.folder / name
        if new.exists() != old.exists() or (new.exists() and sha256(new) != sha256(old)):
            return False
    return True


def _models(folder: Path, record: dict) -> tuple[list[Path], list[str]]:
    """Return the model files in a folder that a record describes, and notes on those that it does not."""
    there = [folder / name for name in MODEL_FILES if (folder / name).is_file()]
    fitting = [file for file in there if _is_model(file, record)]
    notes = [
        f"{file.name} is not brought: it is not the model that run.json describes"
        for file in there
        if file not in fitting
    ]
    return fitting, notes


def _is_model(file: Path, record: dict) -> bool:
    return file.is_file() and sha256(file) == record["model"]["sha256"]


def _deleted(folder: Path, record: dict, models: list[Path]) -> list[str]:
    """Return the names of model files here that neither stay nor are replaced by others."""
    kept = {file.name for file in (*models, *_models(folder, record)[0])}
    return [name for name in MODEL_FILES if (folder / name).is_file() and name not in kept]


def _losses(record: dict, before: dict) -> list[str]:
    """Return what a user should know of a run that would be replaced."""
    notes = [f"replaces {_origin(before)} by {_origin(record)}"]
    if before["date"] > record["date"]:
        notes.append("the run here is newer")
    missing = evaluations_of(before["metrics"]).keys() - evaluations_of(record["metrics"]).keys()
    if before["full"] and missing:
        notes.append(f"the new run was not evaluated on: {', '.join(sorted(missing))}")
    return notes


def _origin(record: dict) -> str:
    small = "" if record["full"] else ", not full"
    return (
        f"commit {record['commit']} ({record['date'][:10]}, {trained_on(record)['device']}{small})"
    )
