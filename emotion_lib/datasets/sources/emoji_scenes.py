"""Pictures with several objects, composed from openly licensed emoji: what stands in for photographs of ten things.

The ten labels are those of a set of photographs that is not public in a form that could be shipped: five vehicles and five
Indian instruments. Emoji know no sitar, ektara, tabla or harmonium; :data:`OBJECTS` says what is drawn instead. A figure on
these scenes says that the method works, and nothing about photographs.
"""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from ...files import digest_of, sha256
from ...paths import data_dir
from .. import cache
from ..dataset import Dataset, Split
from . import emoji, multilabel_csv
from .emoji import Source

# Label -> Unicode names of what is drawn for it, as in the vendors' emoji.json; the last four are stand-ins.
OBJECTS = {
    "motorcycle": ("1F3CD-FE0F",),
    "truck": ("1F69A", "1F69B", "1F6FB"),
    "boat": ("1F6A4", "1F6E5-FE0F", "26F5", "1F6F6"),
    "bus": ("1F68C", "1F68D", "1F68E"),
    "cycle": ("1F6B2",),
    "flutes": ("1FA88",),
    "sitar": ("1F3B8",),  # a guitar
    "ektara": ("1FA95",),  # a banjo
    "tabla": ("1F941", "1FA98"),  # a drum with sticks, a long drum
    "harmonium": ("1FA97",),  # an accordion
}
CLASS_NAMES = tuple(OBJECTS)
SIZE = 64
MOST = 4  # objects a scene
WHOLE = 4000  # scenes of the full data set
FINGERPRINT = "fingerprint.txt"


def load(n: int = WHOLE, *, leave_out: str = "fluent", seed: int = 0) -> Dataset:
    """Scenes with one to four of the ten objects, as a folder and CSV in the data folder, read by
    :mod:`emotion_lib.datasets.sources.multilabel_csv` as anybody's own pictures would be.

    Args:
        n: how many.
        leave_out: a vendor none of whose drawings is used, so that :func:`scenes` can make a second test of them.
        seed: of what stands where, and of the split.

    Returns:
        uint8 RGB ``(n, 64, 64, 3)``, labels bool ``(n, 10)``. The splits share the vendors' drawings: only place, size,
        angle, company and background are new in test. The data set is ``full`` if it holds 4,000 scenes and the files are
        still as they were composed.
    """
    names = vendors()
    if leave_out not in names:
        raise ValueError(
            f"Expected a vendor to leave out, one of {names}. Received: {leave_out!r}."
        )
    used = tuple(name for name in names if name != leave_out)
    folder = data_dir() / "emoji_scenes" / f"{n}-without-{leave_out}-seed{seed}-{_code()}"
    if not (folder / "labels.csv").is_file():
        write(folder, scenes(n, used, seed))
    dataset = multilabel_csv.load(folder, labels=CLASS_NAMES, image_size=SIZE, seed=seed)
    note = (
        f"scenes composed from emoji by {', '.join(used)}; drawn instead of sitar, ektara, tabla, harmonium: guitar, banjo, "
        "drums, accordion"
    )
    notes = [note]
    altered = (folder / FINGERPRINT).read_text(encoding="utf-8") != dataset.fingerprint
    if altered:
        notes.append(
            f"the files in {folder} are no longer as they were composed: no full run. Delete them to mend this"
        )
    full = n == WHOLE and not altered
    return replace(dataset, name="emoji_scenes", full=full, notes=(*notes, *dataset.notes))


def _code() -> str:
    """8 hex digits that change with the code that composes scenes and with the drawings."""
    code = cache.version(__name__, emoji.__name__)
    return digest_of(f"{code} {sha256(emoji.EMBEDDED)}", length=8)


def vendors() -> tuple[str, ...]:
    """Whose drawings there are."""
    with Source(None) as files:
        return files.vendors()


def scenes(n: int, chosen: Sequence[str], seed: int = 0) -> Split:
    """Compose scenes from the drawings of some vendors: each object alone with its size, place, angle and side.

    Returns:
        uint8 RGB images ``(n, 64, 64, 3)`` and labels bool ``(n, 10)``, the same for the same seed.
    """
    drawings = _drawings(chosen)
    rng = np.random.default_rng(seed)
    images, labels = np.empty((n, SIZE, SIZE, 3), np.uint8), np.zeros((n, len(CLASS_NAMES)), bool)
    for index in range(n):
        objects = rng.choice(len(CLASS_NAMES), rng.integers(1, MOST + 1), replace=False)
        labels[index, objects] = True
        images[index] = _compose([drawings[CLASS_NAMES[o]] for o in objects], rng)
    return Split(images, labels)


def write(folder: Path, split: Split) -> None:
    """Scenes as PNG files and a CSV of labels, joined by ``|``."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["image,labels"]
    for index, (image, row) in enumerate(zip(split.images, split.labels, strict=True)):
        Image.fromarray(image).save(folder / f"{index:05d}.png")
        lines.append(f"{index:05d}.png,{'|'.join(np.array(CLASS_NAMES)[row])}")
    digest = multilabel_csv.fingerprint(CLASS_NAMES, split.images, split.labels)
    (folder / FINGERPRINT).write_text(digest, encoding="utf-8")
    # Last: a folder without its table counts as unfinished.
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")


def _drawings(chosen: Sequence[str]) -> dict[str, list[Image.Image]]:
    """Of each label the vendors' drawings, with transparency."""
    with Source(None) as files:
        entries = {entry["unified"]: entry for entry in files.entries()}
        found = {
            label: [
                Image.open(BytesIO(file)).convert("RGBA")
                for vendor in chosen
                for code_point in code_points
                if (file := files.picture(vendor, entries[code_point])) is not None
            ]
            for label, code_points in OBJECTS.items()
        }
    if empty := [label for label, pictures in found.items() if not pictures]:
        raise ValueError(
            f"Expected drawings of every label by {list(chosen)} ({vendors()}). Received: none of {empty}."
        )
    return found


def _compose(choices: list[list[Image.Image]], rng: np.random.Generator) -> np.ndarray:
    """One scene: a background of two colours, and on it a drawing of each choice, mostly beside one another."""
    top, bottom = rng.integers(60, 256, (2, 3))
    ramp = np.linspace(0, 1, SIZE)[:, None, None]
    ground = (1 - ramp) * top + ramp * bottom + rng.normal(0, 8, (SIZE, SIZE, 1))
    canvas = Image.fromarray(
        np.clip(np.broadcast_to(ground, (SIZE, SIZE, 3)), 0, 255).astype(np.uint8)
    )
    corners = rng.permutation([(0.28, 0.28), (0.72, 0.28), (0.28, 0.72), (0.72, 0.72)])
    for choice, corner in zip(choices, corners, strict=False):
        drawing = choice[rng.integers(len(choice))]
        side = int(rng.integers(20, 33 if len(choices) > 1 else 49))
        drawing = drawing.rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC).resize(
            (side, side), Image.Resampling.BICUBIC
        )
        if rng.random() < 0.5:
            drawing = drawing.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        place = (
            np.asarray(corner if len(choices) > 1 else (0.5, 0.5)) * SIZE
            - side / 2
            + rng.normal(0, 3, 2)
        )
        canvas.paste(drawing, tuple(int(v) for v in np.clip(place, 0, SIZE - side)), drawing)
    return np.asarray(canvas)
