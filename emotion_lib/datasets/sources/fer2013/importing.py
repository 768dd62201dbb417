"""The import of FER-2013: every image of a source checked, ordered and kept as arrays."""

from pathlib import Path

import numpy as np

from .... import labels as label_names
from ....files import digest_of, listing
from ....files.listing import find_pictures
from ... import cache, packed, picture_files
from ...dataset import DataError
from . import finding, reading, rows, twins
from .constants import CLASS_NAMES, USAGES, has_official_tests

# Share of training images that may be unreadable before the source counts as damaged.
MAX_UNREADABLE = 0.01


def import_data(source: Path | None = None, *, partial: bool = False) -> cache.Entry:
    """Return the arrays of FER-2013, after importing or downloading it if necessary.

    Args:
        source: file or folder; None: what was imported last, else a download from Kaggle.
        partial: whether the last import may have other than the official validation and test
            images.

    Returns:
        Arrays in the order training, validation, test, with training images that have a twin last
        in their split: "images" uint8 ``(n, 48, 48)``, "labels" int64 ``(n,)``, "usages" uint8
        ``(n,)`` into :data:`USAGES`, "has_twin" bool ``(n,)`` and "rows" int64 ``(n,)``, see
        :func:`emotion_lib.datasets.sources.fer2013.original_rows`; and metadata.

    Raises:
        DataError: the source is not FER-2013, or damaged, or cannot be downloaded.
    """
    folder = last_import(partial) if source is None else cache_folder(source)
    if folder is None:
        source = finding.download()
        folder = cache_folder(source)
    return cache.read(folder) or cache.write(folder, lambda: _build(source))


def last_import(partial: bool) -> Path | None:
    """Return the cache folder of the last import, or None if there is none.

    Args:
        partial: whether it may have other than the official validation and test images.
    """
    for folder in cache.entries("fer2013"):
        entry = cache.read(folder)
        if entry is not None and (partial or has_official_tests(entry[1]["counts"])):
            return folder
    return None


def cache_folder(source: Path) -> Path:
    """Return the cache folder of a source, whose name changes whenever the source does.

    The key is made from sizes and times, so that 35,887 files take only a moment.
    """
    files = find_pictures(source).files if source.is_dir() else [source]
    code = cache.version(__package__, label_names.__name__, listing.__name__, packed.__name__)
    return cache.place("fer2013", cache.key_of_files(files, str(source)), code)


def _build(source: Path) -> cache.Entry:
    kind = reading.kind_of(source)
    names = []
    images = []
    labels_of_images = []
    usages_of_images = []
    constant = []
    problems = []
    for record in reading.read(source, kind):
        if isinstance(record.pixels, str):
            problems.append((record.usage, f"{record.name}: {record.pixels}"))
            continue
        if record.pixels.min() == record.pixels.max():
            constant.append(record.name)
        names.append(record.name)
        images.append(record.pixels)
        labels_of_images.append(record.label)
        usages_of_images.append(USAGES.index(record.usage))
    pixels = np.array(images, np.uint8)
    labels = np.array(labels_of_images, np.int64)
    usages = np.array(usages_of_images, np.uint8)
    _check(source, labels, usages, problems)
    arrays = _in_order(
        {
            "images": pixels,
            "labels": labels,
            "usages": usages,
            "has_twin": twins.find(pixels, usages),
            "rows": rows.row_numbers(kind, names, labels, usages),
        }
    )
    counts = np.bincount(arrays["usages"], minlength=len(USAGES)).tolist()
    skipped = picture_files.skipped(find_pictures(source)) if kind == "folder" else ()
    return arrays, {
        "source": str(source),
        "kind": kind,
        "content": digest_of(arrays["images"], arrays["labels"], arrays["usages"], length=16),
        "counts": dict(zip(USAGES, counts, strict=True)),
        "constant": constant,
        "unreadable": [text for _, text in problems],
        "passed_over": skipped,  # the name in caches that earlier versions wrote
    }


def _in_order(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays sorted by split, training images with a twin last in theirs.

    So every split, with or without twins, is a slice of the memory map.
    """
    training_twins = arrays["has_twin"] & (arrays["usages"] == 0)
    order = np.lexsort((training_twins, arrays["usages"]))
    return {name: array[order] for name, array in arrays.items()}


def _check(
    source: Path, labels: np.ndarray, usages: np.ndarray, problems: list[tuple[str, str]]
) -> None:
    """Raise a DataError if the images are not those of an undamaged FER-2013."""
    lost = [text for usage, text in problems if usage != "Training"]
    if lost:
        raise DataError(
            f"Expected every validation and test image of {source} to be readable, or results "
            f"would not be comparable. Received {len(lost)} that are not: {'; '.join(lost[:5])}. "
            "Take an unaltered copy."
        )
    total = int((usages == USAGES.index("Training")).sum()) + len(problems)
    if len(problems) > MAX_UNREADABLE * max(1, total):
        raise DataError(
            f"Expected at most {MAX_UNREADABLE:.0%} unreadable training images in {source}. "
            f"Received: {len(problems)} of {total}, such as {problems[0][1]}. "
            "Take an unaltered copy."
        )
    for number, usage in enumerate(USAGES):
        counts = np.bincount(labels[usages == number], minlength=len(CLASS_NAMES))
        if not counts.any():
            raise DataError(
                f"Expected the splits {list(USAGES)} in {source}. "
                f"Received: no image of {usage}. Take an unaltered copy."
            )
        absent = [CLASS_NAMES[label] for label in np.flatnonzero(counts == 0)]
        if absent:
            raise DataError(
                f"Expected all of {list(CLASS_NAMES)} in {usage} of {source}. "
                f"Received: none of {absent}. Take an unaltered copy."
            )
