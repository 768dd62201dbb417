"""FER-2013 with the numbers of votes for its seven expressions in place of its labels."""

import os
from dataclasses import replace

import numpy as np

from ....labels import FERPLUS_CSV, SEVEN_EXPRESSIONS
from ...dataset import Dataset
from .votes_file import votes_by_split


def vote_counts(
    faces: Dataset,
    *,
    source: str | os.PathLike | None = None,
    votes_file: str | os.PathLike | None = None,
) -> Dataset:
    """Return FER-2013 with the number of votes for each of its expressions as labels.

    No image is left out, so the rows are those of ``faces``. A single vote for something counts as
    a mistake and is dropped, as in FER+'s paper; votes for anything else than the seven expressions
    are not counted.

    Args:
        faces: the whole FER-2013, as :func:`emotion_lib.datasets.sources.fer2013.load` returns it.
        source, votes_file: see :func:`load`.

    Returns:
        A data set with float32 labels ``(n, 7)``, 0 to 10.

    Raises:
        DataError: the votes are missing, or the images are not those of FER+.

    Example:
        >>> faces = fer2013.load()  # doctest: +SKIP
        >>> vote_counts(faces).val.labels[0]  # doctest: +SKIP
        array([0., 0., 0., 8., 2., 0., 0.], dtype=float32)
    """
    ballots = votes_by_split(faces, votes_file=votes_file, source=source)
    columns = [FERPLUS_CSV.index(name) for name in SEVEN_EXPRESSIONS]
    splits = {}
    for name, counts in ballots.items():
        kept = np.where(counts > 1, counts, 0).astype(np.float32)
        splits[name] = replace(getattr(faces, name), labels=kept[:, columns])
    return replace(faces, name="ferplus vote-counts", **splits)
