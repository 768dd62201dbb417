"""FER+: FER-2013's images with the votes of ten taggers each (Barsoum, Zhang, Canton Ferrer & Zhang, "Training Deep
Networks for Facial Expression Recognition with Crowd-Sourced Label Distribution", ICMI 2016).

The votes come as ``fer2013new.csv``, a row for each row of the original ``fer2013.csv``; the number in its column "Image
name" is *not* that row. Targets follow the paper: a single vote for something counts as a slip and is dropped.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from ...files import digest_of
from ...labels import EIGHT_EXPRESSIONS, FERPLUS_CSV
from ...paths import data_dir
from ..dataset import DataError, Dataset, Split
from . import fer2013

Targets = Literal["majority", "multi_label", "distribution"]
ENVIRONMENT_VARIABLE = "FERPLUS_PATH"
FILE = "fer2013new.csv"
# SHA-256 of the columns Usage and Image name, line by line: the order that the votes are joined by. The names do not
# give it away by themselves, as some rows have none and a few stand out of sequence.
ROW_ORDER = "e83d2151be83d78cb9bcb809786f73be67234beed9872d1254f39efa89723aa9"
MULTI_LABEL_SHARE = 0.3  # of an image's votes, from which on a class is one of its labels
HOW_TO_GET = f"""How to get FER+: the file {FILE} of the repository microsoft/FERPlus on GitHub (MIT), saved in the
data folder or beside FER-2013, or named by {ENVIRONMENT_VARIABLE}=<file>. FER-2013 itself is needed too."""


def load(
    source: str | os.PathLike | None = None,
    *,
    targets: Targets = "majority",
    votes_file: str | os.PathLike | None = None,
    drop_twins: bool = True,
) -> Dataset:
    """FER-2013's images with targets from the votes; images without a valid one are left out.

    Args:
        source: of FER-2013, see :func:`emotion_lib.datasets.sources.fer2013.load`.
        targets: "majority": labels ``(n,)``, where one expression has more than half of the votes (3,153 test images, the
            published protocol); "multi_label": bool ``(n, 8)``, every expression with at least 30 % of them; "distribution":
            float32 ``(n, 8)``, their shares. The last two leave out what is mostly "unknown" or "not a face".
        votes_file: ``fer2013new.csv``; None: FERPLUS_PATH, then the data folder, then beside FER-2013.
        drop_twins: leave training images out that are pixel-identical to a validation or test image.

    Raises:
        DataError: FER-2013 or the votes are missing, or the votes are not those of FER+.
    """
    if targets not in ("majority", "multi_label", "distribution"):
        raise ValueError(
            f'Expected the targets "majority", "multi_label" or "distribution". Received: {targets!r}.'
        )
    faces = fer2013.load(source, drop_twins=drop_twins)
    every = votes(votes_file, source)
    rows = fer2013.original_rows(faces)
    splits, left_out = {}, 0
    for name in ("train", "val", "test"):
        split: Split = getattr(faces, name)
        if unknown := int((rows[name] < 0).sum()):
            raise DataError(
                f"Expected FER-2013 with its original file names, by which FER+ is joined. Received: {unknown} "
                f"images of {name} that the original does not have. Take an unaltered copy.\n{fer2013.HOW_TO_GET}"
            )
        values, valid = to_targets(every[rows[name]], targets)
        part = split.take(valid)
        splits[name] = Split(part.images, values[valid], part.has_twin)
        left_out += int((~valid).sum())
    return replace(
        faces,
        name="ferplus" if targets == "majority" else f"ferplus {targets.replace('_', '-')}",
        class_names=EIGHT_EXPRESSIONS,
        multi_label=targets == "multi_label",
        **splits,
        fingerprint=f"{faces.fingerprint}-ferplus-{targets}",
        notes=(
            *faces.notes,
            f"{left_out} images left out, as taggers agree on no expression in them",
        ),
    )


def blended(
    faces: Dataset,
    share: float = 0.5,
    *,
    source: str | os.PathLike | None = None,
    votes_file: str | os.PathLike | None = None,
) -> Dataset:
    """FER-2013 whose training labels are shares: partly its own label, partly what the taggers' votes say that it would be.

    Not the votes as they are: of FER-2013's labels, which its test split is judged by, only 65 % are the majority's, as
    taggers say neutral twice as often and afraid a quarter as often. So a logistic regression on the training images
    translates votes into the labels that FER-2013 gives to images so voted on. Images that most taggers took for no face are
    dropped. Validation and test stay as they are, and so does the fingerprint, by which runs on them are compared; the notes
    tell what was done.

    Args:
        faces: the whole FER-2013, as :func:`emotion_lib.datasets.sources.fer2013.load` gives it.
        share: of the translated votes in each label.
        source, votes_file: see :func:`load`.

    Raises:
        DataError: the votes are missing, or the images are not those of FER+.
        ValueError: a share outside 0..1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"Expected a share from 0 to 1. Received: {share}.")
    rows = fer2013.original_rows(faces)["train"]
    if (rows < 0).any():
        raise DataError(
            "Expected FER-2013 with its original file names, by which FER+ is joined. Received: other names. Take an "
            f"unaltered copy.\n{fer2013.HOW_TO_GET}"
        )
    ballots = votes(votes_file, source)[rows]
    a_face = ballots[:, FERPLUS_CSV.index("not a face")] <= ballots.sum(1) / 2
    truth = np.eye(faces.num_classes, dtype=np.float32)[faces.train.labels]
    translated = _translated(ballots, faces) if share else truth
    labels = ((1 - share) * truth + share * translated).astype(np.float32)
    kept = Split(faces.train.images, labels, faces.train.has_twin).take(a_face)
    notes = (
        f"{int((~a_face).sum())} training images dropped, which most taggers of FER+ took for no face",
        f"training labels are for {1 - share:.0%} FER-2013's own, for {share:.0%} what FER+'s votes say it would be",
    )
    return replace(faces, train=kept, notes=(*faces.notes, *notes))


def _translated(ballots: np.ndarray, faces: Dataset) -> np.ndarray:
    """Votes on the training images ``(n, 10)`` -> probabilities of FER-2013's labels, ``(n, num_classes)``."""
    from sklearn.linear_model import LogisticRegression

    shares = ballots / np.maximum(ballots.sum(axis=1, keepdims=True), 1)
    features = np.concatenate(
        [shares, np.sqrt(shares)], axis=1
    )  # the root tells one vote from none
    regression = LogisticRegression(C=10.0, max_iter=3000).fit(features, faces.train.labels)
    probabilities = np.zeros((len(ballots), faces.num_classes))
    probabilities[:, regression.classes_] = regression.predict_proba(features)
    return probabilities


def votes(
    path: str | os.PathLike | None = None, source: str | os.PathLike | None = None
) -> np.ndarray:
    """The taggers' votes: int64 ``(35887, 10)``, a row for each of the original CSV, columns as in
    :data:`emotion_lib.labels.FERPLUS_CSV`.

    Raises:
        DataError: the file is missing, or not FER+'s.
    """
    import pandas as pd

    path = find_votes(path, source)
    table = pd.read_csv(path, keep_default_na=False)
    rows = sum(fer2013.OFFICIAL_COUNTS.values())
    if table.shape != (rows, 2 + len(FERPLUS_CSV)) or tuple(table.columns[[0, -1]]) != (
        "Usage",
        "NF",
    ):
        raise DataError(
            f"Expected {rows} rows of Usage, Image name and {len(FERPLUS_CSV)} columns of votes in {path}. "
            f"Received: {table.shape[0]} rows, columns {list(table.columns)}.\n{HOW_TO_GET}"
        )
    if _row_order(table) != ROW_ORDER:
        raise DataError(
            f"Expected the rows of {path} in the order in which FER+ is published, as the votes are joined by it. Received: "
            f"another order, or other names. Take an unaltered copy.\n{HOW_TO_GET}"
        )
    try:
        return table.iloc[:, 2:].to_numpy(np.int64)
    except ValueError as error:
        raise DataError(
            f"Expected numbers of votes in {path}. Received: {error}. Take an unaltered copy."
        ) from error


def _row_order(table) -> str:
    lines = table.iloc[:, 0].astype(str) + "," + table.iloc[:, 1].astype(str)
    return digest_of("\n".join(lines))


def to_targets(votes: np.ndarray, targets: Targets) -> tuple[np.ndarray, np.ndarray]:
    """Votes ``(n, 10)`` -> targets as :func:`load` describes them, and bool ``(n,)``, which of them are valid."""
    kept = np.where(votes > 1, votes, 0).astype(np.float32)
    total = np.maximum(kept.sum(1), 1)
    order = [FERPLUS_CSV.index(name) for name in EIGHT_EXPRESSIONS]
    expressions, others = (
        kept[:, order],
        kept[:, [i for i in range(len(FERPLUS_CSV)) if i not in order]],
    )
    if targets == "majority":
        return expressions.argmax(1), expressions.max(1) > total / 2
    valid = (expressions.sum(1) > total / 2) & (expressions.max(1) >= others.max(1))
    if targets == "multi_label":
        labels = expressions >= MULTI_LABEL_SHARE * total[:, None]
        return labels, valid & labels.any(1)
    return expressions / np.maximum(expressions.sum(1, keepdims=True), 1), valid


def find_votes(
    path: str | os.PathLike | None = None, source: str | os.PathLike | None = None
) -> Path:
    """Return where FER+'s votes lie, by the rules of :func:`load`.

    Raises:
        DataError: they are missing.
    """
    named = path or os.environ.get(ENVIRONMENT_VARIABLE)
    beside = (
        Path(source or os.environ.get(fer2013.ENVIRONMENT_VARIABLE) or data_dir())
        .expanduser()
        .absolute()
        .parent
    )
    candidates = [Path(named).expanduser()] if named else [data_dir() / FILE, beside / FILE]
    found = next((candidate for candidate in candidates if candidate.is_file()), None)
    if found is None:
        raise DataError(
            f"Expected FER+'s votes at {' or '.join(map(str, candidates))}. Received: no such file.\n{HOW_TO_GET}"
        )
    return found
