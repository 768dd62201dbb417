"""Pictures with several labels each: a folder of pictures, and a CSV with their labels.

The table has one of two forms: a column of 0 and 1 for each label, or one column of labels, which
are separated by a character, or written as a list, as pandas does.

    image,boat,bus          image,labels            image,labels
    001.jpg,1,0             001.jpg,boat            001.jpg,['boat']
    002.jpg,1,1             002.jpg,boat|bus        002.jpg,"['boat', 'bus']"

A blank is part of a name ("hot dog") unless the caller names it as the delimiter.
"""

import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ....files import digest_of
from ....files.listing import find_pictures
from ... import cache, picture_files
from ...dataset import DataError, Dataset, Split
from ...picture_files import Color, Prepare
from .files import HOW_TO_GET, find_picture, find_table
from .splitting import stratified
from .table import Table, read_table

__all__ = ["Table", "fingerprint", "load", "read_table", "stratified"]


def load(
    source: str | os.PathLike,
    *,
    csv: str | os.PathLike | None = None,
    labels: Sequence[str] | None = None,
    delimiter: str | None = None,
    image_size: int = 64,
    color: Color = "rgb",
    val_share: float = 0.15,
    test_share: float = 0.15,
    seed: int = 0,
    prepare: Prepare | None = None,
    prepare_name: str = "",
) -> Dataset:
    """Load the pictures, split so that every label has its share in each split.

    Args:
        source: the folder.
        csv: the table; None: the only CSV in the folder.
        labels: the labels to use, in order; None: all of the table, in the order of its columns or
            in alphabetical order.
        delimiter: separates the labels in one column; None: the first of ``| ; ,`` that occurs.
        image_size, color, prepare, prepare_name: see
            :func:`emotion_lib.datasets.sources.image_folder.load`.
        val_share, test_share: shares of the pictures.
        seed: random seed of the split, see :func:`stratified`.

    Returns:
        A multi-label data set: uint8 images, labels bool ``(n, num_classes)``; a picture may have
        none. Pictures that are missing, cannot be read or are not in the table are named or counted
        in the notes. The data set is not ``full``: its runs stay off the leaderboard.

    Raises:
        DataError: there is no folder, no table or several, the table has neither form or lists a
            picture twice, a label is unknown, or fewer than three pictures can be read.
    """
    root = Path(source).expanduser()
    table_file = find_table(root, csv)
    table = read_table(table_file, labels=labels, delimiter=delimiter)
    records = []
    missing = []
    for row, name in enumerate(table.names):
        file = find_picture(root, name)
        if file is None:
            missing.append(f"{name}: no such file")
        else:
            records.append((file, row))
    places = [os.path.realpath(file) for file, _ in records]
    twice = [place for place, count in Counter(places).items() if count > 1]
    if twice:
        raise DataError(
            f"Expected each picture once in {table_file}. Received: several names of {twice[:3]}. "
            "Merge their labels."
        )
    found = find_pictures(root)
    unlisted = {os.path.realpath(file) for file in found.files}.difference(places)
    if unlisted:
        found.skipped["pictures that are not in the table"] += len(unlisted)
    shares = (val_share, test_share)
    content = [table.names, table.class_names, digest_of(table.targets)]
    options = [image_size, color, *shares, seed, prepare is not None, prepare_name]
    key = cache.key_of_files([file for file, _ in records], [content, options])
    folder = cache.place("multilabel_csv", key, picture_files.code(__name__))

    def build() -> cache.Entry:
        images, kept, unreadable = picture_files.read(records, image_size, color, prepare)
        problems = [*missing, *unreadable]
        if len(images) < 3:
            raise DataError(
                f"Expected at least three pictures of {table_file} below {root}. "
                f"Received: {len(images)} ({'; '.join(problems[:3])}).\n{HOW_TO_GET}"
            )
        targets = table.targets[[row for _, row in kept]]
        arrays = {"images": images, "labels": targets, **stratified(targets, shares, seed)}
        return arrays, {
            "fingerprint": fingerprint(table.class_names, images, targets),
            "notes": picture_files.notes(problems),
        }

    # The key cannot distinguish two functions without a name.
    reuse = prepare is None or bool(prepare_name)
    arrays, meta = cache.load(folder, build, reuse=reuse)
    whole = Split(arrays["images"], np.asarray(arrays["labels"]))
    return Dataset(
        "multilabel_csv",
        table.class_names,
        True,
        train=whole.take(arrays["train"]),
        val=whole.take(arrays["val"]),
        test=whole.take(arrays["test"]),
        fingerprint=meta["fingerprint"],
        full=False,
        notes=(*picture_files.skipped(found), *table.notes, *meta["notes"]),
    )


def fingerprint(class_names: Sequence[str], images: np.ndarray, labels: np.ndarray) -> str:
    """Return the fingerprint of the data set that :func:`load` makes of pictures and labels.

    Args:
        class_names: names of the labels.
        images: uint8, in the order of the table.
        labels: bool ``(n, num_classes)``.
    """
    return digest_of(json.dumps(list(class_names)), images, labels, length=16)
