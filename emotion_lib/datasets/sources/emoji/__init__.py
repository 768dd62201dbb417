"""Emoji faces, happy or sad, as several vendors draw them.

A small selection of four openly licensed vendors comes with the library (``emoji_images.zip``;
``ATTRIBUTION.md`` inside names the authors). A folder with whole packages is read by its path, see
:class:`Drawings`.
"""

import os
from pathlib import Path

from PIL import Image

from ....files import digest_of, digest_of_arrays, printable
from ...dataset import DataError, Dataset
from .drawings import EMBEDDED, Drawings
from .faces import CLASS_NAMES, HAPPY, SAD, Emoji, read
from .splitting import folds, split_by_code_point

__all__ = [
    "CLASS_NAMES",
    "EMBEDDED",
    "HAPPY",
    "SAD",
    "Drawings",
    "Emoji",
    "folds",
    "load",
    "read",
    "write_folders",
]


def load(
    source: str | os.PathLike | None = None,
    *,
    leave_out: str | None = None,
    val_share: float = 0.2,
    test_share: float = 0.2,
    seed: int = 0,
    image_size: int = 48,
) -> Dataset:
    """Load happy and sad emoji, split by code point.

    So no emoji has one vendor's image in training and another's in test.

    Args:
        source: see :func:`read`.
        leave_out: a vendor whose images are in no split (use :func:`read` for a second test on
            them).
        val_share, test_share: shares of each class's code points.
        seed: random seed of the split.
        image_size: px per side.

    Returns:
        Gray uint8 images ``(n, size, size)``. The data set is ``full`` only if its images are those
        of the embedded selection, whatever their source.

    Raises:
        DataError: see :func:`read`.
    """
    emoji = read(source, image_size=image_size)
    full = _fingerprint(emoji) == _fingerprint(read(None, image_size=image_size))
    if leave_out is not None:
        if leave_out not in emoji.vendors:
            raise DataError(
                f"Expected a vendor to leave out, one of {sorted(set(emoji.vendors))}. "
                f"Received: {leave_out!r}."
            )
        emoji = emoji.take(emoji.vendors != leave_out)
    train, val, test = split_by_code_point(emoji, val_share, test_share, seed)
    arrays = []
    for split in (train, val, test):
        arrays += [split.images, split.labels]
    code_points = len(set(emoji.code_points))
    vendors = ", ".join(sorted(set(emoji.vendors)))
    notes = [f"{code_points} code points by {vendors}, split by code point (seed {seed})"]
    if leave_out:
        notes.append(f"{leave_out} left out")
    if not full:
        notes.append(f"not the embedded pictures but those of {printable(source)}: no full run")
    return Dataset(
        "emoji",
        CLASS_NAMES,
        False,
        train,
        val,
        test,
        fingerprint=digest_of(*arrays, length=16),
        full=full,
        notes=tuple(notes),
    )


def write_folders(
    folder: str | os.PathLike, source: str | os.PathLike | None = None, image_size: int = 48
) -> Path:
    """Write the images into ``folder/happy/`` and ``folder/sad/``, and return ``folder``.

    The gray files are named ``<vendor>-<code point>.png``.

    Args:
        folder: made if it does not exist.
        source, image_size: see :func:`read`.
    """
    folder = Path(folder)
    emoji = read(source, image_size=image_size)
    columns = (emoji.images, emoji.labels, emoji.code_points, emoji.vendors)
    for image, label, code_point, vendor in zip(*columns, strict=True):
        target = folder / CLASS_NAMES[label] / f"{vendor}-{code_point.lower()}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(target)
    return folder


def _fingerprint(emoji: Emoji) -> str:
    return digest_of_arrays(emoji.images, emoji.labels, emoji.code_points, emoji.vendors)
