"""FER+: FER-2013's images with the votes of ten taggers each.

Barsoum, Zhang, Canton Ferrer & Zhang, "Training Deep Networks for Facial Expression Recognition
with Crowd-Sourced Label Distribution", ICMI 2016.
"""

import os
from dataclasses import replace

import numpy as np

from ....labels import EIGHT_EXPRESSIONS, FERPLUS_CSV
from ...dataset import DataError, Dataset, Split
from .. import fer2013
from .targets import Targets, to_targets
from .votes_file import FILE, find_votes, votes

__all__ = [
    "FILE",
    "Targets",
    "blended",
    "find_votes",
    "is_available",
    "load",
    "to_targets",
    "votes",
]


def load(
    source: str | os.PathLike | None = None,
    *,
    targets: Targets = "majority",
    votes_file: str | os.PathLike | None = None,
    drop_twins: bool = True,
) -> Dataset:
    """Load FER-2013's images with targets from the votes.

    Images without a valid target are left out.

    Args:
        source: FER-2013, see :func:`emotion_lib.datasets.sources.fer2013.load`.
        targets: "majority", "multi_label" or "distribution", see :func:`to_targets`.
        votes_file: ``fer2013new.csv``; None: the environment's FERPLUS_PATH, then the data folder,
            then beside FER-2013.
        drop_twins: leave out training images that are pixel-identical to a validation or test
            image.

    Raises:
        DataError: FER-2013 or the votes are missing, or the votes are not those of FER+.
        ValueError: other targets.
    """
    if targets not in ("majority", "multi_label", "distribution"):
        raise ValueError(
            'Expected the targets "majority", "multi_label" or "distribution". '
            f"Received: {targets!r}."
        )
    faces = fer2013.load(source, drop_twins=drop_twins)
    all_votes = votes(votes_file, source)
    rows = fer2013.original_rows(faces)
    splits = {}
    left_out = 0
    for name, split in (("train", faces.train), ("val", faces.val), ("test", faces.test)):
        _check_rows(rows[name], name)
        values, valid = to_targets(all_votes[rows[name]], targets)
        kept = split.take(valid)
        splits[name] = Split(kept.images, values[valid], kept.has_twin)
        left_out += int((~valid).sum())
    note = f"{left_out} images left out, as taggers agree on no expression in them"
    return replace(
        faces,
        name="ferplus" if targets == "majority" else f"ferplus {targets.replace('_', '-')}",
        class_names=EIGHT_EXPRESSIONS,
        multi_label=targets == "multi_label",
        train=splits["train"],
        val=splits["val"],
        test=splits["test"],
        fingerprint=f"{faces.fingerprint}-ferplus-{targets}",
        notes=(*faces.notes, note),
    )


def is_available() -> bool:
    """Return whether :func:`load` finds FER-2013 and the votes on this machine."""
    try:
        find_votes()
    except DataError:
        return False
    return fer2013.is_available()


def blended(
    faces: Dataset,
    share: float = 0.5,
    *,
    source: str | os.PathLike | None = None,
    votes_file: str | os.PathLike | None = None,
) -> Dataset:
    """Return FER-2013 with training labels that are partly its own and partly from the votes.

    The votes are not used as they are. The taggers' majority agrees with only 65 % of FER-2013's
    labels, which its test split is scored by: they vote for neutral twice as often, and for fear a
    quarter as often. So a logistic regression on the training images translates votes into the
    labels that FER-2013 gives to images with such votes. Images that most taggers took for no face
    are dropped. Validation and test stay as they are, and so does the fingerprint, by which runs on
    them are compared; the notes say what was changed.

    Args:
        faces: the whole FER-2013, as :func:`emotion_lib.datasets.sources.fer2013.load` returns it.
        share: share of the translated votes in each label, 0 to 1.
        source, votes_file: see :func:`load`.

    Returns:
        A data set with float32 training labels ``(n, num_classes)``.

    Raises:
        DataError: the votes are missing, or the images are not those of FER+.
        ValueError: a share outside 0..1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"Expected a share from 0 to 1. Received: {share}.")
    rows = fer2013.original_rows(faces)["train"]
    _check_rows(rows, "train")
    ballots = votes(votes_file, source)[rows]
    is_face = ballots[:, FERPLUS_CSV.index("not a face")] <= ballots.sum(axis=1) / 2
    own = np.eye(faces.num_classes, dtype=np.float32)[faces.train.labels]
    translated = _translated(ballots, faces) if share else own
    labels = ((1 - share) * own + share * translated).astype(np.float32)
    train = Split(faces.train.images, labels, faces.train.has_twin).take(is_face)
    dropped = int((~is_face).sum())
    notes = (
        f"{dropped} training images dropped, which most taggers of FER+ took for no face",
        f"training labels are for {1 - share:.0%} FER-2013's own, for {share:.0%} what FER+'s "
        "votes say it would be",
    )
    return replace(faces, train=train, notes=(*faces.notes, *notes))


def _check_rows(rows: np.ndarray, split: str) -> None:
    """Raise a DataError if the original row of an image is unknown."""
    unknown = int((rows < 0).sum())
    if unknown:
        raise DataError(
            "Expected FER-2013 with its original file names, by which FER+ is joined. "
            f"Received: {unknown} images of {split} that the original does not have. "
            f"Take an unaltered copy.\n{fer2013.HOW_TO_GET}"
        )


def _translated(ballots: np.ndarray, faces: Dataset) -> np.ndarray:
    """Return the probabilities ``(n, num_classes)`` of FER-2013's labels, given votes."""
    from sklearn.linear_model import LogisticRegression

    shares = ballots / np.maximum(ballots.sum(axis=1, keepdims=True), 1)
    # The square root separates one vote from none.
    features = np.concatenate([shares, np.sqrt(shares)], axis=1)
    regression = LogisticRegression(C=10.0, max_iter=3000).fit(features, faces.train.labels)
    probabilities = np.zeros((len(ballots), faces.num_classes))
    probabilities[:, regression.classes_] = regression.predict_proba(features)
    return probabilities
