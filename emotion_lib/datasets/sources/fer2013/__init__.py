"""FER-2013: 35,887 gray faces of 48x48 px with seven expressions.

Goodfellow et al., "Challenges in Representation Learning", 2013. It is read in any form in which it
is passed on: the Kaggle folder ``msambare/fer2013``, its zip or tar, ``fer2013.csv`` or
``icml_face_data.csv`` (with any compression that pandas reads), or a download by kagglehub if
nothing is found on this machine. ``PublicTest`` is the validation split, ``PrivateTest`` the test
split.

Some training images are in the test splits too, pixel for pixel. They are dropped from
*training* by default, so that the test splits stay the official ones. The test images that have
such a twin are marked, so that every result can also be given without them.
"""

import os

import numpy as np

from ...dataset import DataError, Dataset, Split
from .constants import (
    CLASS_NAMES,
    ENVIRONMENT_VARIABLE,
    HOW_TO_GET,
    OFFICIAL_COUNTS,
    has_official_tests,
    wrong_counts,
)
from .finding import find
from .importing import import_data, last_import
from .rows import file_names, original_rows

__all__ = [
    "CLASS_NAMES",
    "ENVIRONMENT_VARIABLE",
    "HOW_TO_GET",
    "OFFICIAL_COUNTS",
    "file_names",
    "find",
    "import_data",
    "is_available",
    "load",
    "original_rows",
]


def load(
    source: str | os.PathLike | None = None, *, drop_twins: bool = True, partial: bool = False
) -> Dataset:
    """Load FER-2013 from its cache; import it first if it is not there yet.

    Args:
        source: folder, zip, tar or CSV; None: the environment's FER2013_PATH, then ``fer2013`` and
            ``icml_face_data`` in the data folder, then what was imported last, then kagglehub.
        drop_twins: leave out training images that are pixel-identical to a validation or test
            image.
        partial: accept validation and test splits that are not the official 3,589 images; such a
            data set is not ``full``.

    Returns:
        Gray uint8 images ``(n, 48, 48)``; validation and test with ``has_twin``.

    Raises:
        DataError: nothing was found and there is no network; or the source is not FER-2013, or is
            damaged.

    Example:
        >>> dataset = load("data/fer2013.zip")  # doctest: +SKIP
        >>> len(dataset.train)  # doctest: +SKIP
        28006
    """
    arrays, meta = import_data(find(source), partial=partial)
    counts = meta["counts"]
    if not partial and not has_official_tests(counts):
        raise DataError(
            f"Expected the official counts {OFFICIAL_COUNTS}. Received: {counts} in "
            f"{meta['source']}. Take an unaltered copy, or pass partial=True: such results do "
            f"not compare with others.\n{HOW_TO_GET}"
        )
    labels = np.asarray(arrays["labels"])
    has_twin = np.asarray(arrays["has_twin"])
    twins = int(has_twin[: counts["Training"]].sum())
    splits = {}
    start = 0
    for usage, count in counts.items():
        stop = start + count
        kept = stop - twins if usage == "Training" and drop_twins else stop
        rows = slice(start, kept)
        splits[usage] = Split(arrays["images"][rows], labels[rows], has_twin[rows])
        start = stop
    notes = _notes(meta)
    if drop_twins:
        notes.append(
            f"{twins} training images dropped: pixel-identical to a validation or test image"
        )
    return Dataset(
        # With the twins it is another data set: a network can memorise validation images.
        name="fer2013" if drop_twins else "fer2013_with_twins",
        class_names=CLASS_NAMES,
        multi_label=False,
        train=splits["Training"],
        val=splits["PublicTest"],
        test=splits["PrivateTest"],
        fingerprint=meta["content"] + ("" if drop_twins else "-with-twins"),
        full=not wrong_counts(counts),
        notes=tuple(notes),
    )


def is_available() -> bool:
    """Return whether :func:`load` finds the data on this machine and need not download it.

    Raises:
        DataError: FER2013_PATH names no file or folder.
    """
    return find() is not None or last_import(partial=False) is not None


def _notes(meta: dict) -> list[str]:
    """Return sentences on what is unusual in an import."""
    notes = list(meta["passed_over"])
    count = meta["counts"]["Training"]
    if count != OFFICIAL_COUNTS["Training"]:
        notes.append(f"{count} training images instead of {OFFICIAL_COUNTS['Training']}")
    unreadable = meta["unreadable"]
    if unreadable:
        listed = "; ".join(unreadable[:5])
        notes.append(f"{len(unreadable)} unreadable training images skipped: {listed}")
    constant = meta["constant"]
    if constant:
        # Twelve file names took a third of the screen at the start of every notebook.
        listed = "meta.json in the data's cache lists them"
        notes.append(f"{len(constant)} images are one flat colour ({listed})")
    return notes
