"""Pictures of one's own: a folder of folders, one a class, of any names, sizes and colours.

``root/<class>/*.jpg`` is split here, at random and stratified; ``root/train/<class>/*`` with ``val`` and ``test`` beside it
(either may be missing) is taken as it is. Class names that are words for the seven expressions (Anger, Happiness ...) become
the project's own, so that models and pictures agree on what a label means; any other names stay what they are.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from .. import labels as label_names
from ..images import PICTURE_SUFFIXES
from . import cache, pictures
from .dataset import DataError, Dataset, Split
from .pictures import Prepare

SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}  # fmt: skip


def load(
    source: str | os.PathLike,
    *,
    image_size: int = 48,
    color: Literal["gray", "rgb"] = "gray",
    val_share: float = 0.15,
    test_share: float = 0.15,
    seed: int = 0,
    prepare: Prepare | None = None,
    prepare_name: str = "",
) -> Dataset:
    """Read a folder of labelled pictures, once; later calls find the arrays in the cache.

    Args:
        source: the folder (see module).
        image_size: every picture is scaled to this square, px; what is not square is cut to its middle first.
        color: "gray" or "rgb".
        val_share, test_share: shares of each class that become validation and test where no folder says so.
        seed: of that split.
        prepare: changes each RGB picture before scaling (cuts out the face, say).
        prepare_name: tells one such function from another, for the cache; without it nothing is taken from there.

    Returns:
        uint8 images ``(n, size, size)`` or ``(n, size, size, 3)``. Of pictures that are identical after scaling one is
        kept, so that no split holds another's. The data set is not ``full``: its runs stay off the leaderboard.

    Raises:
        DataError: no such folder, no classes, fewer than three pictures of a class, or none that can be read.
    """
    root = Path(source).expanduser()
    parts, own_names = _parts(root)
    files = {split: _files(folder, own_names) for split, folder in parts.items()}
    class_names = _class_names(own_names)
    options = [class_names, image_size, color, val_share, test_share, seed, prepare is not None, prepare_name]
    listed = [path for records in files.values() for path, _ in records]
    labels = {split: [label for _, label in records] for split, records in files.items()}
    code = pictures.code(__name__, label_names.__name__)
    folder = cache.place("image_folder", pictures.key(listed, [labels, options]), code)

    def build():
        return _build(root, files, class_names, image_size, color, (val_share, test_share), seed, prepare)

    arrays, meta = pictures.cached(folder, build, named=prepare is None or bool(prepare_name))
    splits = [Split(arrays[f"{name}_images"], np.asarray(arrays[f"{name}_labels"])) for name in SPLITS]
    return Dataset("image_folder", class_names, False, *splits, meta["fingerprint"], full=False, notes=tuple(meta["notes"]))


def read(
    source: str | os.PathLike,
    class_names: Sequence[str],
    *,
    image_size: int = 48,
    color: Literal["gray", "rgb"] = "gray",
    prepare: Prepare | None = None,
) -> tuple[Split, tuple[str, ...]]:
    """All pictures of ``<class>/*`` folders as one split whose labels index ``class_names``: for evaluating a model.

    Args:
        class_names: what the model's outputs mean; a folder may lack some of them, but not hold others.
        source, image_size, color, prepare: as in :func:`load`.

    Returns:
        The split, and notes on what was skipped.

    Raises:
        DataError: as :func:`load`, or a folder whose name is none of ``class_names``.
    """
    root = Path(source).expanduser()
    folders = _class_folders(root)
    own_names = tuple(folder.name for folder in folders)
    names = own_names
    if not set(own_names) <= set(class_names):
        names, class_names = _class_names(own_names), _class_names(tuple(class_names))
    if unknown := [own for own, name in zip(own_names, names, strict=True) if name not in class_names]:
        raise DataError(
            f"Expected folders among the model's classes {list(class_names)}. Received: {unknown} in {root}. "
            "Rename them, or leave them out."
        )
    labels = [list(class_names).index(name) for name in names]
    records = [(path, label) for folder, label in zip(folders, labels, strict=True) for path in _pictures(folder)]
    images, kept, problems = pictures.read(records, image_size, color, prepare)
    if not len(images):
        raise DataError(f"Expected pictures below {root}. Received: none that can be read ({'; '.join(problems[:3])}).")
    return Split(images, np.array([label for _, label in kept], np.int64)), pictures.notes(problems)


def _parts(root: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Folder of each split (only "train" where nothing is split yet), and the class folders' names."""
    if not root.is_dir():
        raise DataError(
            f"Expected a folder of class folders at {root}. Received: no such folder. Put the pictures of each class into a "
            "folder of its name: mine/happy/*.jpg, mine/sad/*.jpg."
        )
    children = {path.name.lower(): path for path in root.iterdir() if path.is_dir()}
    found = {split: children[name] for split, names in SPLITS.items() for name in names if name in children}
    parts = found if "train" in found else {"train": root}
    names = {split: {path.name for path in _class_folders(folder)} for split, folder in parts.items()}
    for split, own in names.items():
        if extra := own - names["train"]:
            raise DataError(
                f"Expected the classes of {parts['train']} in {parts[split]}. Received also: {sorted(extra)}. "
                "Rename or move those folders."
            )
    if len(names["train"]) < 2:
        raise DataError(
            f"Expected at least two class folders in {parts['train']}. Received: {sorted(names['train']) or 'none'}. "
            "Put the pictures of each class into a folder of its name."
        )
    return parts, tuple(sorted(names["train"]))


def _class_folders(root: Path) -> list[Path]:
    if not root.is_dir():
        raise DataError(f"Expected a folder of class folders at {root}. Received: no such folder.")
    return sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith((".", "__")))


def _class_names(own_names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return label_names.canonical(own_names) or own_names
    except ValueError as error:
        raise DataError(str(error)) from error


def _pictures(folder: Path) -> list[Path]:
    return sorted(
        p for p in folder.rglob("*") if p.suffix.lower() in PICTURE_SUFFIXES and not p.name.startswith(".") and p.is_file()
    )


def _files(folder: Path, own_names: tuple[str, ...]) -> list[tuple[Path, int]]:
    return [(path, label) for label, name in enumerate(own_names) for path in _pictures(folder / name)]


def _build(root, files, class_names, image_size, color, shares, seed, prepare) -> tuple[dict, dict]:
    read_parts, problems, duplicates, seen = {}, [], [], {}
    # Test first: of identical pictures in two splits the one in training goes.
    for split in reversed([name for name in SPLITS if name in files]):
        images, records, unreadable = pictures.read(files[split], image_size, color, prepare)
        problems += unreadable
        fresh = []
        for index, (path, label) in enumerate(records):
            digest = hashlib.sha256(images[index].tobytes()).digest()
            if digest in seen:
                other, meant = seen[digest]
                as_what = "" if meant == label else f", there labelled {class_names[meant]}"
                duplicates.append(f"{path} is {other} again{as_what}")
            else:
                seen[digest] = (path, label)
                fresh.append(index)
        labels = np.array([label for _, label in records], np.int64)
        read_parts[split] = images[fresh], labels[fresh]
    for split, (images, _) in read_parts.items():
        if not len(images):
            raise DataError(
                f"Expected pictures in class folders in the {split} folder of {root}. Received: none that can be used. "
                "Put them into folders of their class, or remove that folder: the split is then taken from train."
            )
    read_parts = _derive(root, read_parts, class_names, shares, seed)
    arrays = {}
    for split, (images, labels) in read_parts.items():
        arrays |= {f"{split}_images": images, f"{split}_labels": labels}
    digest = hashlib.sha256(json.dumps(class_names).encode())
    for name in sorted(arrays):
        digest.update(arrays[name].tobytes())
    return arrays, {"fingerprint": digest.hexdigest()[:16], "notes": pictures.notes(problems, duplicates)}


def _derive(root: Path, parts: dict, class_names, shares: tuple[float, float], seed: int) -> dict:
    """Take validation and test, where they are missing, from the training pictures: of every class its share."""
    images, labels = parts["train"]
    missing = {split: share for split, share in zip(("val", "test"), shares, strict=True) if split not in parts}
    rng = np.random.default_rng(seed)
    taken = {split: [] for split in missing}
    rest = []
    for label, name in enumerate(class_names):
        members = rng.permutation(np.flatnonzero(labels == label))
        if len(members) < 1 + len(missing):
            raise DataError(
                f"Expected at least {1 + len(missing)} different pictures of every class in {root}. "
                f"Received: {len(members)} of {name!r}. Add some, or leave the class out."
            )
        total = len(members)
        for split, share in missing.items():
            count = min(max(1, round(share * total)), len(members) - 1)
            taken[split].append(members[:count])
            members = members[count:]
        rest.append(members)
    index = {split: np.sort(np.concatenate(chosen)) for split, chosen in {**taken, "train": rest}.items()}
    derived = {split: (images[rows], labels[rows]) for split, rows in index.items()}
    return {split: derived.get(split, parts.get(split)) for split in SPLITS}
