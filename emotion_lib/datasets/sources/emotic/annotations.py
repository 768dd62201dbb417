"""The annotations of EMOTIC, from ``Annotations.mat`` or from its converter's CSV files."""

import ast
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ....paths import data_dir
from ...dataset import DataError

CLASS_NAMES = (
    "affection", "anger", "annoyance", "anticipation", "aversion", "confidence", "disapproval",
    "disconnection", "disquietment", "doubt/confusion", "embarrassment", "engagement", "esteem",
    "excitement", "fatigue", "fear", "happiness", "pain", "peace", "pleasure", "sadness",
    "sensitivity", "suffering", "surprise", "sympathy", "yearning",
)  # fmt: skip
CONTINUOUS = ("valence", "arousal", "dominance")  # 1 to 10 each
SPLITS = ("train", "val", "test")
ENVIRONMENT_VARIABLE = "EMOTIC_PATH"
HOW_TO_GET = f"""How to get EMOTIC: access is by request, for research only. Ask its authors by the
form on the data set's page (search for "EMOTIC dataset", Universitat Oberta de Catalunya). Unpack
it so that emotic/ (mscoco, framesdb, emodb_small, ade20k) and Annotations/Annotations.mat lie side
by side, and name that folder by {ENVIRONMENT_VARIABLE}=<folder>."""
_COLUMNS = ["Folder", "Filename", "BBox", "Categorical_Labels", "Continuous_Labels"]


@dataclass(frozen=True)
class Person:
    """One annotated person.

    Attributes:
        file: the photograph.
        box: left, top, right, bottom, px; may reach beyond the photograph.
        labels: names of :data:`CLASS_NAMES`.
        continuous: valence, arousal and dominance, 1 to 10; NaN where not given.
        gender, age: as annotated, such as "Female" and "Adult".
    """

    file: Path
    box: tuple[int, int, int, int]
    labels: tuple[str, ...]
    continuous: tuple[float, float, float]
    gender: str = ""
    age: str = ""


def find(source: str | os.PathLike | None = None) -> Path:
    """Return the folder of EMOTIC.

    Args:
        source: the folder; None: the environment's EMOTIC_PATH, then ``emotic`` in the data folder.

    Raises:
        DataError: the folder does not hold EMOTIC.
    """
    named = source or os.environ.get(ENVIRONMENT_VARIABLE)
    root = Path(named).expanduser() if named else data_dir() / "emotic"
    if _mat_file(root) or all((root / f"{name}.csv").is_file() for name in SPLITS):
        return root
    received = "no such folder"
    if root.is_dir():
        received = str(sorted(path.name for path in root.iterdir())[:8])
    raise DataError(
        f"Expected EMOTIC at {root}: Annotations/Annotations.mat, or train.csv, val.csv and "
        f"test.csv. Received: {received}.\n{HOW_TO_GET}"
    )


def read(root: str | os.PathLike) -> dict[str, list[Person]]:
    """Return the annotated people of each split, without reading a photograph.

    Args:
        root: a folder of either form, see :func:`find`.

    Raises:
        DataError: the annotations are missing or damaged, or a label is unknown.
    """
    root = Path(root)
    photographs = _photographs(root)
    mat_file = _mat_file(root)
    if mat_file is not None:
        return _from_mat(mat_file, photographs)
    return {name: _from_csv(root / f"{name}.csv", photographs) for name in SPLITS}


def _mat_file(root: Path) -> Path | None:
    for file in (root / "Annotations" / "Annotations.mat", root / "Annotations.mat"):
        if file.is_file():
            return file
    return None


def _photographs(root: Path) -> Path:
    """Return the folder of the collections; the converter's input lies beside its output."""
    for folder in (root / "emotic", root.parent / "emotic"):
        if folder.is_dir():
            return folder
    return root


def _from_mat(file: Path, photographs: Path) -> dict[str, list[Person]]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    damage = (MatReadError, KeyError, AttributeError, ValueError, TypeError, NotImplementedError)
    found = {}
    try:
        # Structs as objects and singletons squeezed: fields by name instead of nested arrays.
        contents = loadmat(file, struct_as_record=False, squeeze_me=True)
        for name in SPLITS:
            found[name] = []
            for entry in np.atleast_1d(contents[name]):
                photograph = photographs / entry.folder / entry.filename
                for person in np.atleast_1d(entry.person):
                    found[name].append(_person(photograph, person))
    except damage as error:
        raise DataError(
            f"Expected train, val and test with filename, folder and person in {file}, as "
            f"EMOTIC's authors send it. Received: {type(error).__name__}: {error}.\n{HOW_TO_GET}"
        ) from error
    return found


def _person(file: Path, person: Any) -> Person:
    # People in training have one annotator; the others several, and combined annotations.
    if hasattr(person, "combined_categories"):
        labels = person.combined_categories
        continuous = person.combined_continuous
    else:
        labels = person.annotations_categories.categories
        continuous = person.annotations_continuous
    values = []
    for name in CONTINUOUS:
        value = getattr(continuous, name, np.nan)
        values.append(float(value) if np.size(value) == 1 else float("nan"))
    return Person(
        file,
        _box(np.ravel(person.body_bbox)),
        _known(np.ravel(labels), str(file)),
        _three(values),
        str(person.gender),
        str(person.age),
    )


def _from_csv(file: Path, photographs: Path) -> list[Person]:
    import pandas as pd

    people = []
    try:
        table = pd.read_csv(file)
        absent = [column for column in _COLUMNS if column not in table]
        if absent:
            raise ValueError(f"no columns {absent}")
        for row in table.to_dict("records"):
            photograph = f"{row['Folder']}/{row['Filename']}"
            # Python's str() wrote the values, and NaN is no literal.
            continuous = row["Continuous_Labels"].strip("[]").split(",")
            person = Person(
                photographs / row["Folder"] / row["Filename"],
                _box(ast.literal_eval(row["BBox"])),
                _known(ast.literal_eval(row["Categorical_Labels"]), photograph),
                _three(continuous),
                str(row.get("Gender", "")),
                str(row.get("Age", "")),
            )
            people.append(person)
    except (ValueError, SyntaxError, TypeError, AttributeError) as error:
        raise DataError(
            f"Expected the columns {_COLUMNS} in {file}, as EMOTIC's converter writes them. "
            f"Received: {error}."
        ) from error
    return people


def _box(sides: Iterable) -> tuple[int, int, int, int]:
    left, top, right, bottom = (int(side) for side in sides)
    return left, top, right, bottom


def _three(values: Iterable) -> tuple[float, float, float]:
    valence, arousal, dominance = (float(value) for value in values)
    return valence, arousal, dominance


def _known(labels: Iterable[str], photograph: str) -> tuple[str, ...]:
    """Return labels as names of the classes, or raise a DataError."""
    names = tuple(str(label).strip().lower() for label in labels)
    unknown = [name for name in names if name not in CLASS_NAMES]
    if unknown:
        raise DataError(
            f"Expected EMOTIC's 26 labels {list(CLASS_NAMES)}. "
            f"Received: {unknown} for {photograph}."
        )
    return names
