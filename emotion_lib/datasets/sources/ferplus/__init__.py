"""FER+: FER-2013's images with the votes of ten taggers each.

Barsoum, Zhang, Canton Ferrer & Zhang, "Training Deep Networks for Facial Expression Recognition
with Crowd-Sourced Label Distribution", ICMI 2016.
"""

import os
from dataclasses import replace
from typing import get_args

from ....labels import EIGHT_EXPRESSIONS, SEVEN_EXPRESSIONS
from ...dataset import DataError, Dataset, Split
from .. import fer2013
from .blending import blended, two_headed
from .counting import vote_counts
from .targets import Targets, most_frequent, to_targets
from .votes_file import FILE, find_votes, votes, votes_by_split

__all__ = [
    "FILE",
    "PERCEIVED_NAME",
    "Targets",
    "blended",
    "find_votes",
    "is_available",
    "load",
    "most_frequent",
    "to_targets",
    "two_headed",
    "vote_counts",
    "votes",
]

PERCEIVED_NAME = "ferplus perceived"  # of the data set with these targets


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
        targets: "majority", "multi_label", "distribution" or "perceived", see :func:`to_targets`.
            With "perceived", the labels of validation and test are the most frequent answers;
            images with two most frequent answers are left out there.
        votes_file: ``fer2013new.csv``; None: the environment's FERPLUS_PATH, then the data folder,
            then beside FER-2013.
        drop_twins: leave out training images that are pixel-identical to a validation or test
            image.

    Raises:
        DataError: FER-2013 or the votes are missing, or the votes are not those of FER+.
        ValueError: other targets.
    """
    if targets not in get_args(Targets):
        raise ValueError(f"Expected one of the targets {get_args(Targets)}. Received: {targets!r}.")
    faces = fer2013.load(source, drop_twins=drop_twins)
    votes_of = votes_by_split(faces, votes_file=votes_file, source=source)
    splits = {}
    left_out = 0
    for name, split in (("train", faces.train), ("val", faces.val), ("test", faces.test)):
        values, valid = to_targets(votes_of[name], targets)
        if targets == "perceived" and name != "train":
            values, valid = most_frequent(values)
        kept = split.take(valid)
        splits[name] = Split(kept.images, values[valid], kept.has_twin)
        left_out += int((~valid).sum())
    note = f"{left_out} images left out, as taggers agree on no expression in them"
    return replace(
        faces,
        name="ferplus" if targets == "majority" else f"ferplus {targets.replace('_', '-')}",
        class_names=SEVEN_EXPRESSIONS if targets == "perceived" else EIGHT_EXPRESSIONS,
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
