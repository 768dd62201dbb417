"""Checks of another machine's run: same data, same classes, figures that follow from scores."""

from collections.abc import Callable

import numpy as np

from ..artifacts import ArtifactError, Run
from ..artifacts.leaderboard_csv import leaderboard_row
from ..artifacts.writing import RECORD_NAME
from ..datasets import Dataset
from ..files import printable
from .verification import check_figures, read_scores, unchecked_figures


def check_run(
    run: Run, peers: list[Run], data: Callable[[str], Dataset | None]
) -> tuple[list[str], list[str]]:
    """Check a run that was made on another machine against the runs on the same data set here.

    Args:
        run: the run.
        peers: the full runs here on a data set of the same name.
        data: returns the data set of a name, or None if it is not on this machine.

    Returns:
        The names of figures that could not be checked, and notes.

    Raises:
        ArtifactError: it must not be imported.
    """
    _check_row(run)
    name = run.record.data.name
    fingerprint = run.record.data.fingerprint
    alike = [peer for peer in peers if peer.record.data.fingerprint == fingerprint]
    dataset = None
    if not alike or run.record.metrics.test_without_twins is not None:
        dataset = data(name)
    known = {peer.record.data.fingerprint for peer in peers}
    if dataset is not None:
        known.add(dataset.fingerprint)
    if known and fingerprint not in known:
        raise ArtifactError(
            f"Expected a run on {name} as it is here (fingerprint {' or '.join(sorted(known))}). "
            f"Received: one on other data ({fingerprint}). Train it again on the same data, or "
            "import it into another ARTIFACTS_DIR. If the data here has changed, move the runs on "
            "the former data away first."
        )
    _check_labels(run, alike, dataset)
    _check_figures(run, dataset)
    notes = []
    if not known:
        notes.append(
            f"no run on {name} is here, nor its data: it is not checked that it was trained on "
            "the same data"
        )
    return unchecked_figures(run, dataset), notes


def _check_row(run: Run) -> None:
    try:
        leaderboard_row(run.record)
    except (ValueError, OverflowError) as error:  # an infinite number of seconds, for example
        raise ArtifactError(
            f"Expected the record of a run in {printable(run.folder / RECORD_NAME)}. Received: "
            f"values that make no row of the leaderboard ({type(error).__name__}: {error}). "
            "Restore the file."
        ) from error


def _check_figures(run: Run, dataset: Dataset | None) -> None:
    differences = check_figures(run, dataset)
    if not differences:
        return
    shown = "; ".join(map(str, differences[:3]))
    more = f", and {len(differences) - 3} more" if len(differences) > 3 else ""
    raise ArtifactError(
        f"Expected figures that follow from the scores. Received: {shown}{more}. "
        "Evaluate the model again."
    )


def _check_labels(run: Run, alike: list[Run], dataset: Dataset | None) -> None:
    """Compare class names and labels with those of a run on the same data here, or of the data.

    Raises:
        ArtifactError: they differ.
    """
    if dataset is not None and dataset.fingerprint != run.record.data.fingerprint:
        dataset = None
    names = run.record.class_names
    if dataset is not None:
        expected = [tuple(dataset.class_names)]
    else:
        expected = [peer.record.class_names for peer in alike]
    if expected and names not in expected:
        raise ArtifactError(
            f"Expected the classes {list(expected[0])}. Received: {list(names)}. Train it again "
            "on the same data."
        )
    for split in ("val", "test"):
        labels, scores = read_scores(run, split)
        if scores.shape != (len(labels), len(names)) or len(set(names)) < len(names):
            raise ArtifactError(
                f"Expected one class name for each of the scores. Received: {list(names)}, and "
                f"{split} scores {scores.shape} for {len(labels)} labels. Copy the run's folder "
                "again."
            )
        if not _is_whole(run, split):
            continue
        true_labels = _true_labels(split, alike, dataset)
        if true_labels is not None and not np.array_equal(labels, true_labels):
            raise ArtifactError(
                f"Expected the labels of {run.record.data.name} in {split}_scores.npz, as the "
                f"fingerprint of the data is the one here. Received: "
                f"{_mismatch(labels, true_labels)}. Copy the run's folder again."
            )


def _is_whole(run: Run, split: str) -> bool:
    """Return True if a run was evaluated on this split as it is.

    Cross-validation, in contrast, pools the test images of its folds.
    """
    return run.record.data.images.get(split) == run.record.metrics.evaluations()[split].n


def _true_labels(split: str, alike: list[Run], dataset: Dataset | None) -> np.ndarray | None:
    """Return the labels of a split, by the data or by a run on the same data; None if unknown."""
    if dataset is not None:
        return np.asarray(getattr(dataset, split).labels)
    for peer in alike:
        if not _is_whole(peer, split):
            continue
        try:
            return read_scores(peer, split)[0]
        except ArtifactError:  # its own scores are not here
            continue
    return None


def _mismatch(labels: np.ndarray, true_labels: np.ndarray) -> str:
    if labels.shape != true_labels.shape:
        return f"labels of shape {labels.shape} instead of {true_labels.shape}"
    return f"{int((labels != true_labels).sum()):,} of {labels.size:,} that differ"
