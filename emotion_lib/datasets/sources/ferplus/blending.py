"""FER-2013 with training labels of FER+'s votes: blended with its own, or beside them."""

import os
from dataclasses import replace

import numpy as np

from ....labels import FERPLUS_CSV
from ...dataset import Dataset, Split
from .targets import to_targets
from .votes_file import votes_by_split


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
    ballots = votes_by_split(faces, ["train"], votes_file=votes_file, source=source)["train"]
    is_face = _is_face(ballots)
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


def two_headed(
    faces: Dataset,
    share: float = 0.5,
    *,
    source: str | os.PathLike | None = None,
    votes_file: str | os.PathLike | None = None,
) -> Dataset:
    """Return FER-2013 with two label distributions per image, for a network with two heads.

    FER-2013's labels and the taggers' votes are two conventions: the first are words of a picture
    search that people checked, the second is what ten viewers perceive. A network that must give
    one answer for both learns to contradict the viewers. So the first distribution is that of
    :func:`blended`, and the second is the untranslated shares of the votes for the seven
    expressions. An image that nobody voted for has its first distribution twice.

    Args:
        faces, share, source, votes_file: see :func:`blended`.

    Returns:
        A data set with float32 labels ``(n, 2, num_classes)`` of training and validation; in
        validation the first distribution is FER-2013's own label. Test stays as it is.

    Raises:
        DataError: the votes are missing, or the images are not those of FER+.
        ValueError: a share outside 0..1.
    """
    single = blended(faces, share, source=source, votes_file=votes_file)
    ballots = votes_by_split(faces, ["train", "val"], votes_file=votes_file, source=source)
    own = np.eye(faces.num_classes, dtype=np.float32)[faces.val.labels]
    of_faces = ballots["train"][_is_face(ballots["train"])]
    note = "a second head learns the shares of FER+'s votes for the seven expressions"
    return replace(
        single,
        train=_with_votes(single.train, single.train.labels, of_faces),
        val=_with_votes(single.val, own, ballots["val"]),
        notes=(*single.notes, note),
    )


def _with_votes(split: Split, labels: np.ndarray, ballots: np.ndarray) -> Split:
    """Return a split with labels ``(n, 2, num_classes)``: the given ones, and the votes' shares."""
    perceived, valid = to_targets(ballots, "perceived")
    perceived = np.where(valid[:, None], perceived, labels)
    return replace(split, labels=np.stack([labels, perceived], axis=1).astype(np.float32))


def _is_face(ballots: np.ndarray) -> np.ndarray:
    """Return which images at least half of the taggers took for a face, bool ``(n,)``."""
    return ballots[:, FERPLUS_CSV.index("not a face")] <= ballots.sum(axis=1) / 2


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
