"""EMOTIC: people in photographs with 26 emotion labels and valence, arousal, dominance (Kosti, Alvarez, Recasens &
Lapedriza, "Context Based Emotion Recognition using EMOTIC Dataset", TPAMI 2019).

Two forms are read: the original distribution, ``Annotations/Annotations.mat`` with the four collections of photographs
(``emotic/mscoco``, ``framesdb``, ``emodb_small``, ``ade20k``), and what its best-known converter makes of it,
``train.csv, val.csv, test.csv``, with or without ``<split>_body_arr.npy`` and the other arrays beside them.
Validation and test people were labelled by several annotators; their combined labels are taken.
"""

import ast
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image
from tqdm import tqdm

from ...images import ImageError, read_image, to_gray
from ...paths import data_dir
from .. import cache, pictures
from ..dataset import DataError, Dataset, Split

CLASS_NAMES = (
    "affection", "anger", "annoyance", "anticipation", "aversion", "confidence", "disapproval", "disconnection",
    "disquietment", "doubt/confusion", "embarrassment", "engagement", "esteem", "excitement", "fatigue", "fear",
    "happiness", "pain", "peace", "pleasure", "sadness", "sensitivity", "suffering", "surprise", "sympathy", "yearning",
)  # fmt: skip
CONTINUOUS = ("valence", "arousal", "dominance")  # 1 to 10 each
SPLITS = ("train", "val", "test")
ENVIRONMENT_VARIABLE = "EMOTIC_PATH"
PEOPLE = 34_320  # annotated in all, by the paper; some copies lack a few
HOW_TO_GET = f"""How to get EMOTIC: access is by request, for research only. Ask its authors by the form on the data set's
page (search for "EMOTIC dataset", Universitat Oberta de Catalunya). Unpack it so that emotic/ (mscoco, framesdb,
emodb_small, ade20k) and Annotations/Annotations.mat lie side by side, and name that folder by
{ENVIRONMENT_VARIABLE}=<folder>."""


@dataclass(frozen=True)
class Person:
    """One annotated person.

    Attributes:
        file: the photograph.
        box: left, top, right, bottom, px; may reach beyond the photograph.
        labels: their emotions, names of :data:`CLASS_NAMES`.
        continuous: valence, arousal, dominance, 1 to 10; NaN where they were not given.
        gender, age: as annotated, such as "Female", "Adult".
    """

    file: Path
    box: tuple[int, int, int, int]
    labels: tuple[str, ...]
    continuous: tuple[float, float, float]
    gender: str = ""
    age: str = ""


@dataclass(frozen=True)
class People:
    """The people of one split as arrays, row by row the same person.

    Attributes:
        images: uint8 ``(n, size, size, 3)`` RGB or ``(n, size, size)`` gray, squeezed to a square as EMOTIC's papers do.
        labels: bool ``(n, 26)``.
        continuous: float32 ``(n, 3)``, valence, arousal, dominance; NaN where not given.
    """

    images: np.ndarray
    labels: np.ndarray
    continuous: np.ndarray

    def __len__(self) -> int:
        return len(self.images)


def load(
    source: str | os.PathLike | None = None,
    *,
    crop: Literal["person", "context"] = "person",
    image_size: int = 128,
    color: Literal["gray", "rgb"] = "rgb",
) -> Dataset:
    """People, or the photographs they are in, with their labels.

    Args:
        source: the folder; None: EMOTIC_PATH, then ``emotic`` in the data folder.
        crop: "person": what lies in the person's box; "context": the whole photograph.
        image_size: px a side.
        color: "rgb" or "gray".

    Returns:
        A multi-label data set of 26 classes. It is ``full`` only if no photograph is missing and the people are as many
        as the data set has. :func:`people` gives valence, arousal and dominance beside it.

    Raises:
        DataError: no EMOTIC there, files of neither form, an unknown label, or no photograph that can be read.
    """
    parts, notes = people(source, crop=crop, image_size=image_size, color=color)
    splits = {name: Split(part.images, np.asarray(part.labels)) for name, part in parts.items()}
    total = sum(len(part) for part in parts.values())
    full = not notes and total >= 0.95 * PEOPLE
    if total < 0.95 * PEOPLE:
        notes = (*notes, f"{total} people; EMOTIC has {PEOPLE}")
    fingerprint = pictures.fingerprint(
        *(array for s in splits.values() for array in (s.images, s.labels))
    )
    return Dataset(
        "emotic", CLASS_NAMES, True, **splits, fingerprint=fingerprint, full=full, notes=notes
    )


def people(
    source: str | os.PathLike | None = None,
    *,
    crop: Literal["person", "context"] = "person",
    image_size: int = 128,
    color: Literal["gray", "rgb"] = "rgb",
) -> tuple[dict[str, People], tuple[str, ...]]:
    """As :func:`load`, with the continuous annotations: the people of each split, and notes on what was left out."""
    if crop not in ("person", "context"):
        raise ValueError(f'Expected crop="person" or "context". Received: {crop!r}.')
    root = _find(source)
    stem = {"person": "body", "context": "context"}[crop]
    if all((root / f"{name}_{stem}_arr.npy").is_file() for name in SPLITS):
        return {name: _from_arrays(root, name, stem, image_size, color) for name in SPLITS}, ()
    listed = read(root)
    files = [person.file for name in SPLITS for person in listed[name] if person.file.is_file()]
    annotations = {
        name: [(str(p.file), p.box, p.labels, p.continuous) for p in listed[name]]
        for name in SPLITS
    }
    key = pictures.key(sorted(set(files)), [crop, image_size, color, annotations])
    folder = cache.place("emotic", key, pictures.code(__name__))

    def build():
        arrays, problems = {}, []
        for name in SPLITS:
            part, unread = _crops(listed[name], crop, image_size, color)
            problems += unread
            arrays |= {
                f"{name}_{field}": getattr(part, field)
                for field in ("images", "labels", "continuous")
            }
        return arrays, {"notes": pictures.notes(sorted(set(problems)))}

    arrays, meta = cache.read(folder) or cache.write(folder, build)
    fields = ("images", "labels", "continuous")
    found = {name: People(*(arrays[f"{name}_{field}"] for field in fields)) for name in SPLITS}
    if empty := [name for name, part in found.items() if not len(part)]:
        raise DataError(
            f"Expected photographs of every split below {root}. Received: none that can be read for {empty} "
            f"({'; '.join(meta['notes'])}).\n{HOW_TO_GET}"
        )
    return found, tuple(meta["notes"])


def read(root: str | os.PathLike) -> dict[str, list[Person]]:
    """The annotations alone, of either form: the people of each split.

    Raises:
        DataError: see :func:`load`.
    """
    root = Path(root)
    annotations = _annotations(root)
    if annotations is not None:
        return _from_mat(annotations, _photographs(root))
    return {name: _from_csv(root / f"{name}.csv", _photographs(root)) for name in SPLITS}


def _find(source: str | os.PathLike | None) -> Path:
    named = source or os.environ.get(ENVIRONMENT_VARIABLE)
    root = Path(named).expanduser() if named else data_dir() / "emotic"
    if not (
        root.is_dir()
        and (_annotations(root) or all((root / f"{name}.csv").is_file() for name in SPLITS))
    ):
        raise DataError(
            f"Expected EMOTIC at {root}: Annotations/Annotations.mat, or train.csv, val.csv and test.csv. Received: "
            f"{sorted(p.name for p in root.iterdir())[:8] if root.is_dir() else 'no such folder'}.\n{HOW_TO_GET}"
        )
    return root


def _annotations(root: Path) -> Path | None:
    candidates = (root / "Annotations" / "Annotations.mat", root / "Annotations.mat")
    return next((file for file in candidates if file.is_file()), None)


def _photographs(root: Path) -> Path:
    """The folder that holds the collections; of converted data it is the converter's source, beside its output."""
    return next((f for f in (root / "emotic", root.parent / "emotic") if f.is_dir()), root)


def _from_mat(file: Path, photographs: Path) -> dict[str, list[Person]]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        # Structs as objects and singletons squeezed: fields by name instead of nested arrays.
        contents = loadmat(file, struct_as_record=False, squeeze_me=True)
        return {
            name: [
                _person(photographs / entry.folder / entry.filename, person)
                for entry in np.atleast_1d(contents[name])
                for person in np.atleast_1d(entry.person)
            ]
            for name in SPLITS
        }
    except (
        MatReadError,
        KeyError,
        AttributeError,
        ValueError,
        TypeError,
        NotImplementedError,
    ) as error:
        raise DataError(
            f"Expected train, val and test with filename, folder and person in {file}, as EMOTIC's authors send it. "
            f"Received: {type(error).__name__}: {error}.\n{HOW_TO_GET}"
        ) from error


def _person(file: Path, person) -> Person:
    # Training people have one annotator; the others several, and fields for what these say together.
    if hasattr(person, "combined_categories"):
        labels, continuous = person.combined_categories, person.combined_continuous
    else:
        labels, continuous = person.annotations_categories.categories, person.annotations_continuous
    values = [getattr(continuous, name, np.nan) for name in CONTINUOUS]
    box = tuple(int(v) for v in np.ravel(person.body_bbox))
    return Person(
        file,
        box,
        _known(np.ravel(labels), file),
        tuple(map(_number, values)),
        str(person.gender),
        str(person.age),
    )


def _number(value) -> float:
    return float(value) if np.size(value) == 1 else float("nan")


def _known(labels: Sequence[str], where) -> tuple[str, ...]:
    names = tuple(str(label).strip().lower() for label in labels)
    if unknown := [name for name in names if name not in CLASS_NAMES]:
        raise DataError(
            f"Expected EMOTIC's 26 labels {list(CLASS_NAMES)}. Received: {unknown} for {where}."
        )
    return names


def _from_csv(file: Path, photographs: Path) -> list[Person]:
    import pandas as pd

    wanted = ["Folder", "Filename", "BBox", "Categorical_Labels", "Continuous_Labels"]
    try:
        table = pd.read_csv(file)
        if absent := [column for column in wanted if column not in table]:
            raise ValueError(f"no columns {absent}")
        nothing = pd.Series("", index=table.index)
        further = (table.get("Gender", nothing), table.get("Age", nothing))
        rows = zip(*(table[column] for column in wanted), *further, strict=True)
        return [
            Person(
                photographs / folder / name,
                tuple(int(v) for v in ast.literal_eval(box)),
                _known(ast.literal_eval(labels), f"{folder}/{name}"),
                # Written by Python's str(): NaN is no literal
                tuple(float(v) for v in continuous.strip("[]").split(",")),
                str(gender),
                str(age),
            )
            for folder, name, box, labels, continuous, gender, age in rows
        ]
    except (ValueError, SyntaxError, TypeError, AttributeError) as error:
        raise DataError(
            f"Expected the columns {wanted} in {file}, as EMOTIC's converter writes them. Received: {error}."
        ) from error


def _from_arrays(root: Path, name: str, stem: str, image_size: int, color: str) -> People:
    try:
        images, labels, continuous = (
            np.load(root / f"{name}_{kind}_arr.npy", mmap_mode="r")
            for kind in (stem, "cat", "cont")
        )
    except (OSError, ValueError) as error:
        raise DataError(
            f"Expected {name}_{stem}_arr.npy, {name}_cat_arr.npy and {name}_cont_arr.npy in {root}. Received: {error}."
        ) from error
    n = len(images)
    if (
        labels.shape != (n, len(CLASS_NAMES))
        or continuous.shape != (n, 3)
        or images.ndim != 4
        or images.dtype != np.uint8
    ):
        raise DataError(
            f"Expected uint8 images (n, height, width, 3), labels (n, 26) and values (n, 3) of {name} in {root}. Received: "
            f"{images.dtype} {images.shape}, {labels.shape} and {continuous.shape}. Run the converter again."
        )
    scaled = np.stack([_scaled(np.asarray(image), image_size, color) for image in images])
    return People(scaled, np.asarray(labels).astype(bool), np.asarray(continuous, np.float32))


def _crops(
    listed: list[Person], crop: str, image_size: int, color: str
) -> tuple[People, list[str]]:
    images, kept, problems = [], [], []
    last, pixels = None, None  # people of one photograph follow one another
    for person in tqdm(listed, desc=f"EMOTIC, {crop}", unit="person", disable=len(listed) < 500):
        try:
            if person.file != last:
                last, pixels = person.file, None
                pixels = read_image(person.file)
        except (ImageError, OSError) as error:
            problems.append(f"{person.file}: {error}")
            continue
        if pixels is None:
            continue
        part = pixels
        if crop == "person":
            left, top, right, bottom = np.maximum(person.box, 0)
            part = pixels[top:bottom, left:right]
            if not part.size:
                problems.append(
                    f"{person.file}: the box {person.box} holds nothing of the photograph"
                )
                continue
        images.append(_scaled(part, image_size, color))
        kept.append(person)
    shape = (0, image_size, image_size, 3) if color == "rgb" else (0, image_size, image_size)
    labels = np.array([[name in person.labels for name in CLASS_NAMES] for person in kept], bool)
    continuous = np.array([person.continuous for person in kept], np.float32)
    stacked = np.stack(images) if images else np.zeros(shape, np.uint8)
    return People(
        stacked, labels.reshape(-1, len(CLASS_NAMES)), continuous.reshape(-1, 3)
    ), problems


def _scaled(rgb: np.ndarray, size: int, color: str) -> np.ndarray:
    pixels = to_gray(rgb) if color == "gray" else rgb
    return np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.BICUBIC))
