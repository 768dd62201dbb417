"""All pictures of a folder as it is: nothing is left out as identical, nothing is split."""

import os
from pathlib import Path

import numpy as np

from ....files import digest_of, printable
from ....files.listing import PictureFiles
from ... import picture_files
from ...dataset import DataError, Dataset, Split
from .layout import SPLITS, canonical_names, labelled_files, split_folders


def load_all(
    source: str | os.PathLike, image_size: int = 48
) -> tuple[Dataset, dict[str, list[str]]]:
    """Load every picture of a folder of labelled pictures, copies too.

    Args:
        source: folder of class folders, or of ``train``, ``val`` and ``test`` with class folders.
        image_size: side of the gray square that every picture is scaled to, px.

    Returns:
        The data set, in which a split without a folder is empty (without any split folder all
        pictures are training); and split -> path of each picture, relative to ``source``. Names
        that are not UTF-8 are written as messages write them, because pandas takes no others.

    Raises:
        DataError: there is no such folder, it has no class folders, or no picture can be read.
    """
    root = Path(source).expanduser()
    found = PictureFiles()
    folders, own_names = split_folders(root, found)
    splits = {}
    names = {}
    problems = []
    for split in SPLITS:
        files = labelled_files(folders[split], own_names, found) if split in folders else []
        images, records, unreadable = picture_files.read(files, image_size, "gray")
        problems += unreadable
        names[split] = [printable(path.relative_to(root)) for path, _ in records]
        splits[split] = Split(images, np.array([label for _, label in records], np.int64))
    notes = (*picture_files.skipped(found), *picture_files.notes(problems))
    if not any(names.values()):
        raise DataError(
            f"Expected pictures below {root}. Received: none that can be read. {' '.join(notes)}"
        )
    arrays = [split.images for split in splits.values()]
    dataset = Dataset(
        "image_folder",
        tuple(printable(name) for name in canonical_names(own_names)),
        False,
        **splits,
        fingerprint=digest_of(*arrays, length=16),
        full=False,
        notes=notes,
    )
    return dataset, names
