"""Your own pictures: a folder with one folder per class, of any names, sizes and colours.

``root/<class>/*.jpg`` is split at random, stratified by class; ``root/train/<class>/*`` with
``val`` and ``test`` beside it (either may be missing) is taken as it is. The notes count the files
that are not read.

Class names that are words for the seven expressions (Anger, Happiness ...) become the project's
own, so that models and pictures agree on the meaning of a label; any other names stay as they are.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .... import labels as label_names
from ....files import digest_of
from ....files.listing import PictureFiles
from ... import cache, picture_files
from ...dataset import DataError, Dataset, Split
from ...picture_files import Color, Prepare
from .layout import (
    SPLITS,
    canonical_names,
    class_folders,
    labelled_files,
    pictures_of,
    split_folders,
    splits_among,
)
from .splitting import complete, without_duplicates

__all__ = ["SPLITS", "load", "read"]


def load(
    source: str | os.PathLike,
    *,
    image_size: int = 48,
    color: Color = "gray",
    val_share: float = 0.15,
    test_share: float = 0.15,
    seed: int = 0,
    prepare: Prepare | None = None,
    prepare_name: str = "",
) -> Dataset:
    """Load a folder of labelled pictures; after the first time, from the cache.

    Args:
        source: the folder (see the module).
        image_size: side of the square that every picture is scaled to, px; a picture that is not
            square is cut to its middle first.
        color: "gray" or "rgb".
        val_share, test_share: shares of each class that become validation and test, if there are no
            folders for these splits.
        seed: random seed of that split.
        prepare: changes each RGB picture before scaling (for example cuts out the face).
        prepare_name: distinguishes one such function from another in the cache; without it nothing
            is read from the cache.

    Returns:
        uint8 images ``(n, size, size)`` or ``(n, size, size, 3)``. Of pictures that are identical
        after scaling one is kept, so that no picture is in two splits. The data set is not
        ``full``: its runs stay off the leaderboard.

    Raises:
        DataError: there is no such folder, it has no class folders, or a class has fewer than three
            pictures that can be read.

    Example:
        >>> load("mine", image_size=96, color="rgb")  # doctest: +SKIP
    """
    root = Path(source).expanduser()
    found = PictureFiles()
    folders, own_names = split_folders(root, found)
    files = {}
    labels = {}
    listed = []
    for split, folder in folders.items():
        files[split] = labelled_files(folder, own_names, found)
        labels[split] = [label for _, label in files[split]]
        listed += [path for path, _ in files[split]]
    class_names = canonical_names(own_names)
    shares = (val_share, test_share)
    options = [class_names, image_size, color, *shares, seed, prepare is not None, prepare_name]
    key = cache.key_of_files(listed, [labels, options])
    code = picture_files.code(__name__, label_names.__name__)

    def build() -> cache.Entry:
        parts, problems, duplicates = without_duplicates(
            files,
            class_names,
            lambda records: picture_files.read(records, image_size, color, prepare),
        )
        try:
            parts = complete(root, parts, class_names, shares, seed)
        except DataError as error:  # the missing pictures may be among those that were skipped
            raise DataError("\n".join([str(error), *picture_files.skipped(found)])) from error
        arrays = {}
        for split, (images, labels) in parts.items():
            arrays[f"{split}_images"] = images
            arrays[f"{split}_labels"] = labels
        in_order = [arrays[name] for name in sorted(arrays)]
        return arrays, {
            "fingerprint": digest_of(json.dumps(class_names), *in_order, length=16),
            "notes": picture_files.notes(problems, duplicates),
        }

    # The key cannot distinguish two functions without a name.
    reuse = prepare is None or bool(prepare_name)
    arrays, meta = cache.load(cache.place("image_folder", key, code), build, reuse=reuse)
    splits = {}
    for split in SPLITS:
        images = arrays[f"{split}_images"]
        splits[split] = Split(images, np.asarray(arrays[f"{split}_labels"]))
    return Dataset(
        "image_folder",
        class_names,
        False,
        splits["train"],
        splits["val"],
        splits["test"],
        fingerprint=meta["fingerprint"],
        full=False,
        notes=(*picture_files.skipped(found), *meta["notes"]),
    )


def read(
    source: str | os.PathLike,
    class_names: Sequence[str],
    *,
    image_size: int = 48,
    color: Color = "gray",
    prepare: Prepare | None = None,
) -> tuple[Split, tuple[Path, ...], tuple[str, ...]]:
    """Return all pictures of ``<class>/*`` folders as one split, to evaluate a model on it.

    Args:
        source, image_size, color, prepare: see :func:`load`.
        class_names: names of the model's outputs, which the labels index. The folder may lack some
            of them, but not hold others.

    Returns:
        The split, the file of each picture, and notes on what was skipped.

    Raises:
        DataError: as :func:`load`, or a folder's name is none of ``class_names``.
    """
    root = Path(source).expanduser()
    found = PictureFiles()
    folders = class_folders(root, found)
    own_names = tuple(folder.name for folder in folders)
    names = own_names
    if not set(own_names) <= set(class_names):
        names = canonical_names(own_names)
        class_names = canonical_names(tuple(class_names))
    records = []
    unknown = []
    for folder, name in zip(folders, names, strict=True):
        if name in class_names:
            label = list(class_names).index(name)
            records += [(path, label) for path in pictures_of(folder, found)]
        else:
            unknown.append(folder.name)
    if unknown:
        advice = "Rename them, or leave them out."
        if splits_among(folders):
            advice = f"Name one split: {root / unknown[0]}."
        raise DataError(
            f"Expected folders among the model's classes {list(class_names)}. "
            f"Received: {unknown} in {root}. {advice}"
        )
    images, kept, problems = picture_files.read(records, image_size, color, prepare)
    if not len(images):
        reasons = "; ".join([*picture_files.skipped(found), *problems[:3]])
        raise DataError(
            f"Expected pictures below {root}. Received: none that can be read ({reasons})."
        )
    labels = np.array([label for _, label in kept], np.int64)
    notes = (*picture_files.skipped(found), *picture_files.notes(problems))
    return Split(images, labels), tuple(path for path, _ in kept), notes
