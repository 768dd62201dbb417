"""The layout of a folder of labelled pictures: folders of splits, of classes, and their files."""

from pathlib import Path

from .... import labels as label_names
from ....files.listing import PICTURE_SUFFIXES, PictureFiles, find_pictures, is_hidden
from ...dataset import DataError

# Split -> lower-case names of its folder; FER-2013 calls them Training, PublicTest, PrivateTest.
SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev", "publictest"),
    "test": ("test", "testing", "privatetest"),
}


def split_folders(root: Path, found: PictureFiles) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Return the folder of each split, and the names of the class folders, sorted.

    Args:
        root: folder of class folders, or of splits with class folders.
        found: what is not read is counted here.

    Returns:
        Only "train" -> ``root`` where nothing is split yet; and the names.

    Raises:
        DataError: there is no such folder, no training split, fewer than two classes, or a class
            that training does not have.
    """
    if not root.is_dir():
        raise DataError(
            f"Expected a folder of class folders at {root}. Received: no such folder. Put the "
            "pictures of each class into a folder of its name: mine/happy/*.jpg, mine/sad/*.jpg."
        )
    folders = _subfolders(root, found)
    splits = splits_among(folders)
    if not splits:
        own_names = {folder.name for folder in folders}
        _check_enough(own_names, root)
        return {"train": root}, tuple(sorted(own_names))
    if "train" not in splits:
        raise DataError(
            f"Expected {root / 'train'} beside {[path.name for path in splits.values()]}, with "
            "the same class folders. Received: none of this name. Put the pictures to train on "
            "there, or the class folders directly into one folder, which is then split here. "
            "If these are classes, give them other names."
        )
    others = [folder for folder in folders if folder not in splits.values()]
    if others:
        listed = ", ".join(folder.name for folder in others)
        found.skipped[f"folders beside the splits ({listed})"] += len(others)
    names = {}
    for split, folder in splits.items():
        names[split] = {path.name for path in class_folders(folder, found)}
    for split, own in names.items():
        extra = sorted(own - names["train"])
        if extra:
            raise DataError(
                f"Expected the classes of {splits['train']} in {splits[split]}. "
                f"Received also: {extra}. Rename or move those folders."
            )
    _check_enough(names["train"], splits["train"])
    return splits, tuple(sorted(names["train"]))


def splits_among(folders: list[Path]) -> dict[str, Path]:
    """Return the folder of each split; an empty dictionary if the folders are classes.

    Names alone cannot decide: "valid" and "invalid", or "train" and "plane", may be classes. A
    split holds folders, or has only splits beside it.

    Raises:
        DataError: two folders are named like the same split.
    """
    split_of = {}
    for split, names in SPLITS.items():
        split_of |= dict.fromkeys(names, split)
    named = [path for path in folders if path.name.lower() in split_of]
    if len(named) != len(folders) and not any(_holds_folders(path) for path in named):
        return {}
    splits = {}
    for path in named:
        split = split_of[path.name.lower()]
        if split in splits:
            raise DataError(
                f"Expected one folder for each split in {path.parent}. "
                f"Received: {splits[split].name} and {path.name}. Merge them, or move one away."
            )
        splits[split] = path
    return splits


def class_folders(root: Path, found: PictureFiles) -> list[Path]:
    """Return the class folders of a folder, and count in ``found`` what is not read.

    Raises:
        DataError: there is no such folder.
    """
    if not root.is_dir():
        raise DataError(f"Expected a folder of class folders at {root}. Received: no such folder.")
    return _subfolders(root, found)


def canonical_names(own_names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the project's names of the classes, or their own if they are not expressions.

    Raises:
        DataError: two names mean the same expression.
    """
    try:
        return label_names.canonical(own_names) or own_names
    except ValueError as error:
        raise DataError(str(error)) from error


def pictures_of(folder: Path, found: PictureFiles) -> list[Path]:
    """Return the pictures of a class folder, and count in ``found`` what is not read."""
    own = find_pictures(folder)
    found.skipped += own.skipped
    return own.files


def labelled_files(
    folder: Path, own_names: tuple[str, ...], found: PictureFiles
) -> list[tuple[Path, int]]:
    """Return the pictures of a split, each with the index of its class folder's name."""
    records = []
    for label, name in enumerate(own_names):
        # Validation and test may lack classes of the training split.
        if (folder / name).is_dir():
            records += [(path, label) for path in pictures_of(folder / name, found)]
    return records


def _subfolders(root: Path, found: PictureFiles) -> list[Path]:
    """Return the folders in a folder, and count its other entries, which are not read."""
    folders = []
    for path in sorted(root.iterdir()):
        suffix = path.suffix.lower()
        if path.is_dir() and not is_hidden(path.name):
            folders.append(path)
        elif suffix in PICTURE_SUFFIXES:
            found.skipped["pictures outside of the class folders"] += 1
        elif is_hidden(path.name):
            found.skipped["hidden"] += 1
        elif path.is_symlink() and not path.exists():
            found.skipped["dangling links"] += 1
        else:
            found.skipped[suffix or "without a suffix"] += 1
    return folders


def _holds_folders(folder: Path) -> bool:
    try:
        return any(path.is_dir() and not is_hidden(path.name) for path in folder.iterdir())
    except OSError:  # a folder that may not be read, which find_pictures counts
        return False


def _check_enough(names: set[str], folder: Path) -> None:
    if len(names) < 2:
        raise DataError(
            f"Expected at least two class folders in {folder}. Received: "
            f"{sorted(names) or 'none'}. Put the pictures of each class into a folder of its name."
        )
