"""Pictures with several labels each: a folder of pictures and a CSV that says what is on them.

Two forms occur, and both are read: a column of 0 and 1 for each label, or one column of labels with something between them.

    image,boat,bus          image,labels
    001.jpg,1,0             001.jpg,boat
    002.jpg,1,1             002.jpg,boat|bus
"""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from ..images import PICTURE_SUFFIXES
from . import cache, pictures
from .dataset import DataError, Dataset, Split
from .pictures import Prepare

IMAGE_COLUMNS = ("image", "filename", "file", "path", "image_name", "image_id", "name", "id")
DELIMITERS = ("|", ";", ",", " ")
HOW_TO_GET = """How it should look: a folder of pictures and beside them one CSV, with a column `image` of file names and
either a column of 0 and 1 for each label or one column of labels such as boat|bus."""


def load(
    source: str | os.PathLike,
    *,
    csv: str | os.PathLike | None = None,
    labels: Sequence[str] | None = None,
    delimiter: str | None = None,
    image_size: int = 64,
    color: Literal["gray", "rgb"] = "rgb",
    val_share: float = 0.15,
    test_share: float = 0.15,
    seed: int = 0,
    prepare: Prepare | None = None,
    prepare_name: str = "",
) -> Dataset:
    """Read the pictures, once, and split them so that every label has its share in each split.

    Args:
        source: the folder.
        csv: the table; None: the one CSV of the folder.
        labels: the labels to use, in order; None: all that the table has, as its columns stand or by alphabet.
        delimiter: what stands between labels of one column; None: the first of ``| ; ,`` and space that occurs.
        image_size, color, prepare, prepare_name: see :func:`emotion_lib.datasets.image_folder.load`.
        val_share, test_share: shares of the pictures.
        seed: of the split (iterative stratification: Sechidis, Tsoumakas & Vlahavas, ECML PKDD 2011).

    Returns:
        A multi-label data set: uint8 images, labels bool ``(n, num_classes)``; a picture may have none. Pictures that are
        missing or cannot be read are named in the notes. It is not ``full``: its runs stay off the leaderboard.

    Raises:
        DataError: no folder, no table or several, a table of neither form, a picture listed twice, unknown labels, or no
            picture that can be read.
    """
    root = Path(source).expanduser()
    table_file = _table_file(root, csv)
    names, class_names, targets = read_table(table_file, labels=labels, delimiter=delimiter)
    files = [_picture(root, name) for name in names]
    missing = [f"{name}: no such file" for name, file in zip(names, files, strict=True) if file is None]
    records = [(file, row) for row, file in enumerate(files) if file is not None]
    table = [names, class_names, hashlib.sha256(targets.tobytes()).hexdigest()]
    options = [image_size, color, val_share, test_share, seed, prepare is not None, prepare_name]
    key = pictures.key([file for file, _ in records], [table, options])
    folder = cache.place("multilabel_csv", key, pictures.code(__name__))

    def build():
        images, kept, problems = pictures.read(records, image_size, color, prepare)
        if len(images) < 3:
            raise DataError(
                f"Expected at least three pictures of {table_file} below {root}. Received: {len(images)} "
                f"({'; '.join([*missing, *problems][:3])}).\n{HOW_TO_GET}"
            )
        rows = [row for _, row in kept]
        arrays = {"images": images, "labels": targets[rows]}
        for name, index in stratified(targets[rows], (val_share, test_share), seed).items():
            arrays[name] = index
        digest = hashlib.sha256(json.dumps(class_names).encode() + images.tobytes() + targets[rows].tobytes())
        return arrays, {"fingerprint": digest.hexdigest()[:16], "notes": pictures.notes([*missing, *problems])}

    arrays, meta = pictures.cached(folder, build, named=prepare is None or bool(prepare_name))
    everything = Split(arrays["images"], np.asarray(arrays["labels"]))
    splits = [everything.take(arrays[name]) for name in ("train", "val", "test")]
    return Dataset("multilabel_csv", class_names, True, *splits, meta["fingerprint"], full=False, notes=tuple(meta["notes"]))


def read_table(
    file: Path, *, labels: Sequence[str] | None = None, delimiter: str | None = None
) -> tuple[list[str], tuple[str, ...], np.ndarray]:
    """A table of either form: the pictures' names, the labels' names, and bool ``(n, num_classes)``.

    Raises:
        DataError: see :func:`load`.
    """
    import pandas as pd

    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (ValueError, UnicodeDecodeError) as error:
        raise DataError(f"Expected a CSV at {file}. Received: {error}.\n{HOW_TO_GET}") from error
    table.columns = [column.strip() for column in table.columns]
    image_column = next((c for c in table.columns if c.lower() in IMAGE_COLUMNS), table.columns[0])
    rest = table.drop(columns=image_column)
    names = [name.strip() for name in table[image_column]]
    if twice := sorted({name for name in names if names.count(name) > 1})[:3]:
        raise DataError(f"Expected each picture once in {file}. Received several rows of {twice}. Merge their labels.")
    if len(rest.columns) and rest.map(lambda cell: cell.strip() in ("0", "1", "0.0", "1.0")).all(axis=None):
        known = list(rest.columns)
        targets = rest.map(lambda cell: float(cell) == 1).to_numpy(bool)
    elif len(rest.columns) == 1:
        sets = _parted([cell.strip() for cell in rest.iloc[:, 0]], delimiter)
        known = sorted(set().union(*sets))
        targets = np.array([[label in chosen for label in known] for chosen in sets], bool).reshape(len(sets), len(known))
    else:
        odd = [c for c in rest.columns if not set(rest[c].str.strip()) <= {"0", "1", "0.0", "1.0"}]
        raise DataError(
            f"Expected columns of 0 and 1, or one column of labels, besides {image_column!r} in {file}. Received: "
            f"{len(rest.columns)} columns, of which {odd[:5]} hold something else.\n{HOW_TO_GET}"
        )
    wanted = list(labels) if labels is not None else known
    if not wanted or (unknown := [label for label in wanted if label not in known]):
        raise DataError(f"Expected labels among {known} of {file}. Received: {unknown if wanted else 'none'}.")
    return names, tuple(wanted), targets[:, [known.index(label) for label in wanted]]


def stratified(labels: np.ndarray, shares: tuple[float, float], seed: int) -> dict[str, np.ndarray]:
    """Rows of "train", "val" and "test" in which every label has its share, as nearly as the combinations allow.

    Args:
        labels: bool ``(n, num_classes)``.
        shares: of validation and test, above 0 and together below 1.
        seed: of the draw.
    """
    from iterstrat.ml_stratifiers import MultilabelStratifiedShuffleSplit

    if min(shares) <= 0 or sum(shares) >= 1:
        raise ValueError(f"Expected val_share and test_share above 0 and together below 1. Received: {shares}.")

    def part(rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        # "has none" counts as a label too, so that such pictures are shared out as well
        extended = np.column_stack([labels[rows], ~labels[rows].any(axis=1)])
        splitter = MultilabelStratifiedShuffleSplit(1, test_size=count, random_state=seed)
        ((rest, taken),) = splitter.split(extended, extended)
        return np.sort(rows[rest]), np.sort(rows[taken])

    n = len(labels)
    val_count, test_count = (max(1, round(share * n)) for share in shares)
    rest, test = part(np.arange(n), test_count)
    train, val = part(rest, val_count)
    return {"train": train, "val": val, "test": test}


def _table_file(root: Path, csv: str | os.PathLike | None) -> Path:
    if not root.is_dir():
        raise DataError(f"Expected a folder of pictures at {root}. Received: no such folder.\n{HOW_TO_GET}")
    if csv is not None:
        file = next((f for f in (Path(csv).expanduser(), root / csv) if f.is_file()), None)
        if file is None:
            raise DataError(f"Expected the table {csv}, by itself or in {root}. Received: no such file.\n{HOW_TO_GET}")
        return file
    found = sorted(root.glob("*.csv"))
    if len(found) != 1:
        raise DataError(
            f"Expected one CSV in {root}, or its name as csv=. Received: {[f.name for f in found] or 'none'}.\n{HOW_TO_GET}"
        )
    return found[0]


def _picture(root: Path, name: str) -> Path | None:
    """The file of a name, in the folder or its ``images/``; the suffix may be left out."""
    for folder in (root, root / "images"):
        for candidate in (folder / name, *(folder / f"{name}{suffix}" for suffix in sorted(PICTURE_SUFFIXES))):
            if candidate.is_file():
                return candidate
    return None


def _parted(cells: list[str], delimiter: str | None) -> list[set[str]]:
    delimiter = delimiter or next((d for d in DELIMITERS if any(d in cell for cell in cells)), "|")
    return [{label.strip() for label in cell.split(delimiter) if label.strip()} for cell in cells]
