"""Pictures with several objects, composed from openly licensed emoji.

They stand in for a set of photographs of ten things (five vehicles and five Indian instruments)
that is not public in a form that could be shipped. Emoji have no sitar, ektara, tabla or harmonium;
:data:`OBJECTS` says what is drawn instead. A result on these scenes shows that a method works, and
nothing about photographs.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ....files import digest_of, sha256
from ....paths import data_dir
from ... import cache
from ...dataset import Dataset, Split
from .. import emoji, multilabel_csv
from .composing import CLASS_NAMES, OBJECTS, SIZE, scenes, vendors

__all__ = ["CLASS_NAMES", "OBJECTS", "load", "scenes", "vendors"]

WHOLE = 4000  # scenes of the full data set
FINGERPRINT = "fingerprint.txt"
TABLE = "labels.csv"


def load(n: int = WHOLE, *, leave_out: str = "fluent", seed: int = 0) -> Dataset:
    """Load scenes with one to four of the ten objects.

    They are written to the data folder as pictures with a CSV, and read by
    :mod:`emotion_lib.datasets.sources.multilabel_csv` like your own pictures.

    Args:
        n: number of scenes.
        leave_out: a vendor whose drawings are not used, so that :func:`scenes` can make a second
            test of them.
        seed: random seed of the scenes and of the split.

    Returns:
        uint8 RGB images ``(n, 64, 64, 3)``, labels bool ``(n, 10)``. The splits share the vendors'
        drawings: only place, size, angle, combination and background are new in test. The data set
        is ``full`` if it holds 4,000 scenes and the files are as they were composed.

    Raises:
        ValueError: there is no such vendor.
    """
    available = vendors()
    if leave_out not in available:
        raise ValueError(
            f"Expected a vendor to leave out, one of {available}. Received: {leave_out!r}."
        )
    used = tuple(name for name in available if name != leave_out)
    folder = data_dir() / "emoji_scenes" / f"{n}-without-{leave_out}-seed{seed}-{_code()}"
    if not (folder / TABLE).is_file():
        _write(folder, scenes(n, used, seed))
    dataset = multilabel_csv.load(folder, labels=CLASS_NAMES, image_size=SIZE, seed=seed)
    notes = [
        f"scenes composed from emoji by {', '.join(used)}; drawn instead of sitar, ektara, tabla, "
        "harmonium: guitar, banjo, drums, accordion"
    ]
    altered = (folder / FINGERPRINT).read_text(encoding="utf-8") != dataset.fingerprint
    if altered:
        notes.append(
            f"the files in {folder} are no longer as they were composed: no full run. "
            "Delete them to restore the scenes"
        )
    return replace(
        dataset,
        name="emoji_scenes",
        full=n == WHOLE and not altered,
        notes=(*notes, *dataset.notes),
    )


def _code() -> str:
    """Return 8 hex digits that change with the code that composes scenes and with the drawings."""
    code = cache.version(__name__, emoji.__name__)
    return digest_of(f"{code} {sha256(emoji.EMBEDDED)}", length=8)


def _write(folder: Path, split: Split) -> None:
    """Write scenes as PNG files and a CSV of labels, joined by ``|``."""
    folder.mkdir(parents=True, exist_ok=True)
    class_names = np.array(CLASS_NAMES)
    lines = ["image,labels"]
    for index, (image, row) in enumerate(zip(split.images, split.labels, strict=True)):
        Image.fromarray(image).save(folder / f"{index:05d}.png")
        lines.append(f"{index:05d}.png,{'|'.join(class_names[row])}")
    digest = multilabel_csv.fingerprint(CLASS_NAMES, split.images, split.labels)
    (folder / FINGERPRINT).write_text(digest, encoding="utf-8")
    # Last: a folder without its table counts as unfinished.
    (folder / TABLE).write_text("\n".join(lines) + "\n")
