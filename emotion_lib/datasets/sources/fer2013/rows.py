"""The row of the original ``fer2013.csv`` that each image is: FER+'s votes are joined by it."""

from pathlib import Path

import numpy as np

from ... import cache
from ...dataset import DataError, Dataset
from .constants import CLASS_NAMES, USAGES

# Split, class and number in the file name of every image, in the row order of the original CSV.
TABLE = Path(__file__).with_name("rows.npz")
# Share of rows that may differ from the table before they count as reordered. The table was rebuilt
# from the images; sorting or shuffling a CSV moves most of its rows.
MAX_MOVED = 0.001


def row_numbers(kind: str, names: list[str], labels: np.ndarray, usages: np.ndarray) -> np.ndarray:
    """Return the rows of images in the original CSV, -1 where they are unknown.

    Args:
        kind: of the source; the rows of a "csv" are its own, those of other kinds are found by
            split, class and the number in the file's name.
        names: of the images: "line 2" and so on, or paths.
        labels: int ``(n,)`` into the class names.
        usages: int ``(n,)`` into the usages.

    Returns:
        int64 ``(n,)``.
    """
    if kind == "csv":
        return np.array([int(name.removeprefix("line ")) - 2 for name in names], np.int64)
    table = _table()
    columns = (table["usages"].tolist(), table["labels"].tolist(), table["ids"].tolist())
    row_of = {key: row for row, key in enumerate(zip(*columns, strict=True))}
    rows = np.full(len(names), -1, np.int64)
    keys = zip(usages.tolist(), labels.tolist(), names, strict=True)
    for index, (usage, label, name) in enumerate(keys):
        digits = Path(name).stem.split("_")[-1]
        if digits.isdigit():
            rows[index] = row_of.get((usage, label, int(digits)), -1)
    return rows


def original_rows(dataset: Dataset) -> dict[str, np.ndarray]:
    """Return the row of the original ``fer2013.csv`` for each image of a loaded FER-2013.

    FER+ and other relabellings are joined by it. In a folder or zip the file names give the row. A
    CSV gives it by its lines, so each line must have the split and the class that the original has
    there.

    Returns:
        "train", "val" and "test" -> int64 ``(n,)``; -1 where the row is unknown.

    Raises:
        DataError: the data set is not FER-2013, or only a part of it, or its rows are in another
            order.
    """
    content = dataset.fingerprint.removesuffix("-with-twins")
    fault = (
        "Expected the whole FER-2013 as `load` gives it. "
        f"Received: {dataset.name} ({dataset.fingerprint})."
    )
    for folder in cache.entries("fer2013"):
        entry = cache.read(folder)
        if entry is None:
            continue
        arrays, meta = entry
        if meta["content"] != content or "rows" not in arrays:
            continue
        moved = _moved(arrays)
        if moved <= MAX_MOVED * len(arrays["rows"]):
            return _by_split(np.asarray(arrays["rows"]), meta["counts"], dataset)
        fault = (
            "Expected the rows of fer2013.csv in their original order, by which FER+ is joined. "
            f"Received: {moved} of {len(arrays['rows'])} rows of {meta['source']} with another "
            "split or class than the original has there, so it was sorted, shuffled or "
            "relabelled. Take an unaltered copy of the CSV, or the Kaggle folder or zip, whose "
            "file names give the rows."
        )
    raise DataError(fault)


def file_names(dataset: Dataset) -> dict[str, list[str]]:
    """Return the file name that each image of a loaded FER-2013 has in Kaggle's copy.

    Args:
        dataset: in any form in which it is passed on; a CSV has no names of its own.

    Returns:
        "train", "val" and "test" -> paths such as "test/angry/PrivateTest_10131363.jpg"; "" where
        the row of the original is unknown.

    Raises:
        DataError: see :func:`original_rows`.
    """
    table = _table()
    paths = []
    columns = (table["usages"].tolist(), table["labels"].tolist(), table["ids"].tolist())
    for usage, label, number in zip(*columns, strict=True):
        folder = "train" if USAGES[usage] == "Training" else "test"
        paths.append(f"{folder}/{CLASS_NAMES[label]}/{USAGES[usage]}_{number}.jpg")
    names = {}
    for split, rows in original_rows(dataset).items():
        names[split] = [paths[row] if 0 <= row < len(paths) else "" for row in rows.tolist()]
    return names


def _by_split(rows: np.ndarray, counts: dict[str, int], dataset: Dataset) -> dict[str, np.ndarray]:
    found = {}
    start = 0
    for split, count in zip(("train", "val", "test"), counts.values(), strict=True):
        # Training images with a twin stand last, and may have been dropped.
        kept = min(count, len(getattr(dataset, split)))
        found[split] = rows[start : start + kept]
        start += count
    return found


def _moved(arrays: dict[str, np.ndarray]) -> int:
    """Return how many images are at a row where the original has another split or class.

    Pixel-identical images may stand for one another: which of them the table means is unknown.
    """
    table = _table()
    images = arrays["images"]
    rows = np.asarray(arrays["rows"])
    actual = np.stack([arrays["usages"], arrays["labels"]], axis=1).astype(np.int64)
    wanted = np.full_like(actual, -1)
    inside = (rows >= 0) & (rows < len(table["labels"]))
    wanted[inside] = np.stack([table["usages"], table["labels"]], axis=1)[rows[inside]]
    differing = np.flatnonzero((rows >= 0) & (wanted != actual).any(axis=1))
    if not len(differing):
        return 0
    present = set()
    for image, (usage, label) in zip(images, actual.tolist(), strict=True):
        present.add((image.tobytes(), usage, label))
    moved = 0
    for index in differing:
        usage, label = wanted[index].tolist()
        moved += (images[index].tobytes(), usage, label) not in present
    return moved


def _table() -> dict[str, np.ndarray]:
    with np.load(TABLE) as table:
        return {name: table[name] for name in ("usages", "labels", "ids")}
