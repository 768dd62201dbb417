"""Splits of a folder of pictures: without duplicates, and with those that are missing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ....files import digest_of
from ...dataset import DataError
from .layout import SPLITS

Files = list[tuple[Path, int]]  # paths, each with its label
Part = tuple[np.ndarray, np.ndarray]  # images and labels of a split


def without_duplicates(
    files: dict[str, Files],
    class_names: tuple[str, ...],
    read: Callable[[Files], tuple[np.ndarray, Files, list[str]]],
) -> tuple[dict[str, Part], list[str], list[str]]:
    """Read the pictures of all splits, and keep one of those that are identical.

    Args:
        files: split -> its files.
        class_names: names that the labels index.
        read: returns pixels, records and problems of some files, see
            :func:`emotion_lib.datasets.picture_files.read`.

    Returns:
        Images and labels of each split; what is wrong with pictures that cannot be read; which
        pictures were left out as identical.
    """
    parts: dict[str, Part] = {}
    problems = []
    duplicates = []
    first = {}  # digest of the pixels -> path and label of the first picture
    # Test first: of identical pictures in two splits the one in training is left out.
    for split in ("test", "val", "train"):
        if split not in files:
            continue
        images, records, unreadable = read(files[split])
        problems += unreadable
        kept = []
        for index, (path, label) in enumerate(records):
            digest = digest_of(images[index])
            if digest not in first:
                first[digest] = (path, label)
                kept.append(index)
                continue
            other, other_label = first[digest]
            text = f"{path} is {other} again"
            if other_label != label:
                text += f", there labelled {class_names[other_label]}"
            duplicates.append(text)
        labels = np.array([label for _, label in records], np.int64)
        parts[split] = (images[kept], labels[kept])
    return parts, problems, duplicates


def complete(
    root: Path,
    parts: dict[str, Part],
    class_names: tuple[str, ...],
    shares: tuple[float, float],
    seed: int,
) -> dict[str, Part]:
    """Return all three splits; a missing one is taken from training, a share of every class.

    Args:
        root: the folder, for messages.
        parts: images and labels by split; "train" must be there.
        class_names: names that the labels index.
        shares: of validation and test.
        seed: random seed of the draw.

    Raises:
        DataError: a split has no pictures, or a class too few.
    """
    for split, (images, _) in parts.items():
        if not len(images):
            raise DataError(
                f"Expected pictures in class folders in the {split} folder of {root}. Received: "
                "none that can be used. Put them into folders of their class, or remove that "
                "folder: the split is then taken from train."
            )
    missing = {}
    for split, share in zip(("val", "test"), shares, strict=True):
        if split not in parts:
            missing[split] = share
    images, labels = parts["train"]
    rng = np.random.default_rng(seed)
    rows = {split: [] for split in ("train", *missing)}
    for label, name in enumerate(class_names):
        members = rng.permutation(np.flatnonzero(labels == label))
        total = len(members)
        if total < 1 + len(missing):
            raise DataError(
                f"Expected at least {1 + len(missing)} different pictures of every class in "
                f"{root}. Received: {total} of {name!r}. Add some, or leave the class out."
            )
        for split, share in missing.items():
            count = min(max(1, round(share * total)), len(members) - 1)
            rows[split].append(members[:count])
            members = members[count:]
        rows["train"].append(members)
    found = dict(parts)
    for split, chosen in rows.items():
        index = np.sort(np.concatenate(chosen))
        found[split] = (images[index], labels[index])
    return {split: found[split] for split in SPLITS}
