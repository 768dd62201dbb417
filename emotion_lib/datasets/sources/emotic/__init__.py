"""EMOTIC: people in photographs with 26 emotion labels and valence, arousal, dominance.

Kosti, Alvarez, Recasens & Lapedriza, "Context Based Emotion Recognition using EMOTIC Dataset",
TPAMI 2019. Two forms are read: the original distribution, ``Annotations/Annotations.mat`` with four
collections of photographs (``emotic/mscoco``, ``framesdb``, ``emodb_small``, ``ade20k``), and the
output of its best-known converter, ``train.csv, val.csv, test.csv``, with or without
``<split>_body_arr.npy`` and the other arrays beside them.

Validation and test people were labelled by several annotators; their combined labels are taken.
The converter leaves out people without valence, arousal and dominance, ``Annotations.mat`` does
not. data/README.md says what was checked against its code.
"""

import os
from pathlib import Path

import numpy as np

from ....files import digest_of_arrays
from ... import cache, picture_files
from ...dataset import DataError, Dataset, Split
from ...picture_files import Color
from .annotations import CLASS_NAMES, CONTINUOUS, HOW_TO_GET, SPLITS, Person, find, read
from .crops import Crop, People, cropped, has_arrays, read_arrays

__all__ = [
    "CLASS_NAMES",
    "CONTINUOUS",
    "SPLITS",
    "People",
    "Person",
    "is_available",
    "load",
    "people",
    "read",
]

PEOPLE = 34_320  # annotated in all, according to the paper; some copies lack a few


def load(
    source: str | os.PathLike | None = None,
    *,
    crop: Crop = "person",
    image_size: int = 128,
    color: Color = "rgb",
) -> Dataset:
    """Load people, or the photographs they are in, with their labels.

    Args:
        source: the folder; None: the environment's EMOTIC_PATH, then ``emotic`` in the data folder.
        crop: "person": the part inside the person's box; "context": the whole photograph.
        image_size: px per side.
        color: "rgb" or "gray".

    Returns:
        A multi-label data set of 26 classes. It is ``full`` only if no photograph is missing and it
        has as many people as EMOTIC. :func:`people` also gives valence, arousal and dominance.

    Raises:
        DataError: there is no EMOTIC, its files have neither form, a label is unknown, or no
            photograph can be read.
    """
    parts, notes = people(source, crop=crop, image_size=image_size, color=color)
    splits = {}
    arrays = []
    total = 0
    for name, part in parts.items():
        split = Split(part.images, np.asarray(part.labels))
        splits[name] = split
        arrays += [split.images, split.labels]
        total += len(part)
    complete = total >= 0.95 * PEOPLE
    full = complete and not notes
    if not complete:
        notes = (*notes, f"{total} people; EMOTIC has {PEOPLE}")
    fingerprint = digest_of_arrays(*arrays, length=16)
    return Dataset(
        "emotic", CLASS_NAMES, True, **splits, fingerprint=fingerprint, full=full, notes=notes
    )


def is_available() -> bool:
    """Return whether :func:`load` finds EMOTIC on this machine."""
    try:
        find(None)
    except DataError:
        return False
    return True


def people(
    source: str | os.PathLike | None = None,
    *,
    crop: Crop = "person",
    image_size: int = 128,
    color: Color = "rgb",
) -> tuple[dict[str, People], tuple[str, ...]]:
    """Load the people of each split with all annotations.

    Args:
        source, crop, image_size, color: see :func:`load`.

    Returns:
        The people by split, and notes on what was left out.

    Raises:
        DataError: see :func:`load`.
    """
    if crop not in ("person", "context"):
        raise ValueError(f'Expected crop="person" or "context". Received: {crop!r}.')
    root = find(source)
    if has_arrays(root, crop):
        return {name: read_arrays(root, name, crop, image_size, color) for name in SPLITS}, ()
    listed = read(root)
    folder = _cache_folder(listed, crop, image_size, color)

    def build() -> cache.Entry:
        arrays = {}
        problems = set()
        for name in SPLITS:
            part, unreadable = cropped(listed[name], crop, image_size, color)
            problems |= set(unreadable)
            arrays[f"{name}_images"] = part.images
            arrays[f"{name}_labels"] = part.labels
            arrays[f"{name}_continuous"] = part.continuous
        return arrays, {"notes": picture_files.notes(sorted(problems))}

    arrays, meta = cache.load(folder, build)
    found = {}
    for name in SPLITS:
        found[name] = People(
            arrays[f"{name}_images"], arrays[f"{name}_labels"], arrays[f"{name}_continuous"]
        )
    empty = [name for name, part in found.items() if not len(part)]
    if empty:
        raise DataError(
            f"Expected photographs of every split below {root}. Received: none that can be read "
            f"for {empty} ({'; '.join(meta['notes'])}).\n{HOW_TO_GET}"
        )
    return found, tuple(meta["notes"])


def _cache_folder(
    listed: dict[str, list[Person]], crop: Crop, image_size: int, color: Color
) -> Path:
    files = set()
    annotations = {}
    for name in SPLITS:
        rows = []
        for person in listed[name]:
            rows.append((str(person.file), person.box, person.labels, person.continuous))
            if person.file.is_file():
                files.add(person.file)
        annotations[name] = rows
    key = cache.key_of_files(sorted(files), [crop, image_size, color, annotations])
    return cache.place("emotic", key, picture_files.code(__name__))
