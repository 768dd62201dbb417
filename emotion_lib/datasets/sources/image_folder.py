"""Pictures of one's own: a folder of folders, one a class, of any names, sizes and colours.

``root/<class>/*.jpg`` is split here, at random and stratified; ``root/train/<class>/*`` with ``val`` and ``test`` beside it
(either may be missing) is taken as it is. What lies there besides and is not read is counted in the notes.

Class names that are words for the seven expressions (Anger, Happiness ...) become the project's own, so that models and
pictures agree on what a label means; any other names stay what they are.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from ... import labels as label_names
from ...files import digest_of
from ...files.listing import PICTURE_SUFFIXES, PictureFiles, find_pictures, is_hidden
from .. import cache, pictures
from ..dataset import DataError, Dataset, Split
from ..pictures import Prepare

SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev", "publictest"),  # the last as FER-2013 calls it
    "test": ("test", "testing", "privatetest"),
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
    found = PictureFiles()
    parts, own_names = _parts(root, found)
    files = {split: _files(folder, own_names, found) for split, folder in parts.items()}
    class_names = _class_names(own_names)
    options = [
        class_names,
        image_size,
        color,
        val_share,
        test_share,
        seed,
        prepare is not None,
        prepare_name,
    ]
    listed = [path for records in files.values() for path, _ in records]
    labels = {split: [label for _, label in records] for split, records in files.items()}
    code = pictures.code(__name__, label_names.__name__)
    folder = cache.place("image_folder", pictures.key(listed, [labels, options]), code)

    def build():
        try:
            return _build(
                root, files, class_names, image_size, color, (val_share, test_share), seed, prepare
            )
        except DataError as error:  # what is missing may be what was passed over
            raise DataError("\n".join([str(error), *pictures.passed_over(found)])) from error

    arrays, meta = pictures.cached(folder, build, named=prepare is None or bool(prepare_name))
    splits = [
        Split(arrays[f"{name}_images"], np.asarray(arrays[f"{name}_labels"])) for name in SPLITS
    ]
    notes = (*pictures.passed_over(found), *meta["notes"])
    return Dataset(
        "image_folder", class_names, False, *splits, meta["fingerprint"], full=False, notes=notes
    )


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
    found = PictureFiles()
    folders = _class_folders(root, found)
    own_names = tuple(folder.name for folder in folders)
    names = own_names
    if not set(own_names) <= set(class_names):
        names, class_names = _class_names(own_names), _class_names(tuple(class_names))
    if unknown := [
        own for own, name in zip(own_names, names, strict=True) if name not in class_names
    ]:
        raise DataError(
            f"Expected folders among the model's classes {list(class_names)}. Received: {unknown} in {root}. "
            + (
                f"Name one split: {root / unknown[0]}."
                if _splits(folders)
                else "Rename them, or leave them out."
            )
        )
    labels = [list(class_names).index(name) for name in names]
    records = [
        (path, label)
        for folder, label in zip(folders, labels, strict=True)
        for path in _pictures(folder, found)
    ]
    images, kept, problems = pictures.read(records, image_size, color, prepare)
    if not len(images):
        why = "; ".join([*pictures.passed_over(found), *problems[:3]])
        raise DataError(f"Expected pictures below {root}. Received: none that can be read ({why}).")
    return Split(images, np.array([label for _, label in kept], np.int64)), (
        *pictures.passed_over(found),
        *pictures.notes(problems),
    )


def _parts(root: Path, found: PictureFiles) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Folder of each split (only "train" where nothing is split yet), and the class folders' names."""
    if not root.is_dir():
        raise DataError(
            f"Expected a folder of class folders at {root}. Received: no such folder. Put the pictures of each class into a "
            "folder of its name: mine/happy/*.jpg, mine/sad/*.jpg."
        )
    folders = _folders(root, found)
    splits = _splits(folders)
    if splits and "train" not in splits:
        raise DataError(
            f"Expected {root / 'train'} beside {[path.name for path in splits.values()]}, with the same class folders. "
            "Received: none of this name. Put the pictures to train on there, or the class folders directly into one "
            "folder, which is then split here. If these are classes, give them other names."
        )
    if others := [path for path in folders if splits and path not in splits.values()]:
        found.passed_over[
            f"folders beside the splits ({', '.join(path.name for path in others)})"
        ] += len(others)
    parts = splits or {"train": root}
    names = {
        split: {path.name for path in _class_folders(folder, found)}
        for split, folder in splits.items()
    }
    names = names or {"train": {path.name for path in folders}}
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


def _splits(folders: list[Path]) -> dict[str, Path]:
    """Return the folder of each split; none if the folders are classes.

    Names alone do not tell: "valid" and "invalid", or "train" and "plane", may be classes. A split holds folders, or
    stands among nothing but splits.
    """
    split_of = {name: split for split, names in SPLITS.items() for name in names}
    named = [path for path in folders if path.name.lower() in split_of]
    if not (len(named) == len(folders) or any(_holds_folders(path) for path in named)):
        return {}
    splits = {}
    for path in named:
        split = split_of[path.name.lower()]
        if split in splits:
            raise DataError(
                f"Expected one folder for each split in {path.parent}. Received: {splits[split].name} and {path.name}. "
                "Merge them, or move one away."
            )
        splits[split] = path
    return splits


def _holds_folders(folder: Path) -> bool:
    try:
        return any(path.is_dir() and not is_hidden(path.name) for path in folder.iterdir())
    except OSError:  # may not be read, which find_pictures counts
        return False


def _folders(root: Path, found: PictureFiles) -> list[Path]:
    """Return the folders in a folder, and count what else there is: nothing below it is read."""
    folders = []
    for path in sorted(root.iterdir()):
        if path.is_dir() and not is_hidden(path.name):
            folders.append(path)
        elif path.suffix.lower() in PICTURE_SUFFIXES:
            found.passed_over["pictures outside of the class folders"] += 1
        elif is_hidden(path.name):
            found.passed_over["hidden"] += 1
        elif path.is_symlink() and not path.exists():
            found.passed_over["dangling links"] += 1
        else:
            found.passed_over[path.suffix.lower() or "without a suffix"] += 1
    return folders


def _class_folders(root: Path, found: PictureFiles) -> list[Path]:
    if not root.is_dir():
        raise DataError(f"Expected a folder of class folders at {root}. Received: no such folder.")
    return _folders(root, found)


def _class_names(own_names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return label_names.canonical(own_names) or own_names
    except ValueError as error:
        raise DataError(str(error)) from error


def _pictures(folder: Path, found: PictureFiles) -> list[Path]:
    """Return a class's pictures, and add to ``found`` what was passed over."""
    own = find_pictures(folder)
    found.passed_over += own.passed_over
    return own.files


def _files(folder: Path, own_names: tuple[str, ...], found: PictureFiles) -> list[tuple[Path, int]]:
    records = []
    for label, name in enumerate(own_names):
        if (folder / name).is_dir():  # the other splits may lack classes of the training split
            records += [(path, label) for path in _pictures(folder / name, found)]
    return records


def _build(root, files, class_names, image_size, color, shares, seed, prepare) -> tuple[dict, dict]:
    read_parts, problems, duplicates, seen = {}, [], [], {}
    # Test first: of identical pictures in two splits the one in training goes.
    for split in reversed([name for name in SPLITS if name in files]):
        images, records, unreadable = pictures.read(files[split], image_size, color, prepare)
        problems += unreadable
        fresh = []
        for index, (path, label) in enumerate(records):
            digest = digest_of(images[index])
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
    in_order = [arrays[name] for name in sorted(arrays)]
    return arrays, {
        "fingerprint": digest_of(json.dumps(class_names), *in_order, length=16),
        "notes": pictures.notes(problems, duplicates),
    }


def _derive(root: Path, parts: dict, class_names, shares: tuple[float, float], seed: int) -> dict:
    """Take validation and test, where they are missing, from the training pictures: of every class its share."""
    images, labels = parts["train"]
    missing = {
        split: share
        for split, share in zip(("val", "test"), shares, strict=True)
        if split not in parts
    }
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
    index = {
        split: np.sort(np.concatenate(chosen)) for split, chosen in {**taken, "train": rest}.items()
    }
    derived = {split: (images[rows], labels[rows]) for split, rows in index.items()}
    return {split: derived.get(split, parts.get(split)) for split in SPLITS}
