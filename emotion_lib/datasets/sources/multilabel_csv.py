"""Pictures with several labels each: a folder of pictures and a CSV that says what is on them.

Two forms occur, and both are read: a column of 0 and 1 for each label, or one column of labels. There something stands
between the labels, or each cell is a list, as pandas writes one.

    image,boat,bus          image,labels            image,labels
    001.jpg,1,0             001.jpg,boat            001.jpg,['boat']
    002.jpg,1,1             002.jpg,boat|bus        002.jpg,"['boat', 'bus']"

A blank is part of a name ("hot dog") unless the caller says that it stands between labels.
"""

import ast
import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from csv import Error as CSVError
from csv import reader
from pathlib import Path
from typing import Literal

import numpy as np

from ...files import digest_of
from ...files.listing import PICTURE_SUFFIXES, find_pictures
from .. import cache, pictures
from ..dataset import DataError, Dataset, Split
from ..pictures import Prepare

IMAGE_COLUMNS = ("image", "filename", "file", "path", "image_name", "image_id", "name", "id")
DELIMITERS = ("|", ";", ",")
YES_NO = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}
_LIST = re.compile(
    r"\[.*\]|[({]\s*['\"].*[)}]", re.DOTALL
)  # parentheses alone may belong to a name
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
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
        delimiter: what stands between labels of one column; None: the first of ``| ; ,`` that occurs.
        image_size, color, prepare, prepare_name: see :func:`emotion_lib.datasets.sources.image_folder.load`.
        val_share, test_share: shares of the pictures.
        seed: of the split (iterative stratification: Sechidis, Tsoumakas & Vlahavas, ECML PKDD 2011).

    Returns:
        A multi-label data set: uint8 images, labels bool ``(n, num_classes)``; a picture may have none. Pictures that are
        missing, cannot be read or are not in the table are named or counted in the notes. It is not ``full``: its runs
        stay off the leaderboard.

    Raises:
        DataError: no folder, no table or several, a table of neither form, a picture listed twice, unknown labels, or no
            picture that can be read.
    """
    root = Path(source).expanduser()
    table_file = _table_file(root, csv)
    names, class_names, targets, notes = _read(table_file, labels, delimiter)
    files = [_picture(root, name) for name in names]
    places = [os.path.realpath(file) for file in files if file is not None]
    if twice := [place for place, count in Counter(places).items() if count > 1][:3]:
        raise DataError(
            f"Expected each picture once in {table_file}. Received: several names of {twice}. Merge their labels."
        )
    found = find_pictures(root)
    if unlisted := len({os.path.realpath(file) for file in found.files}.difference(places)):
        found.passed_over["pictures that are not in the table"] += unlisted
    missing = [
        f"{name}: no such file" for name, file in zip(names, files, strict=True) if file is None
    ]
    records = [(file, row) for row, file in enumerate(files) if file is not None]
    table = [names, class_names, digest_of(targets)]
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
        digest = fingerprint(class_names, images, targets[rows])
        return arrays, {"fingerprint": digest, "notes": pictures.notes([*missing, *problems])}

    arrays, meta = pictures.cached(folder, build, named=prepare is None or bool(prepare_name))
    everything = Split(arrays["images"], np.asarray(arrays["labels"]))
    splits = [everything.take(arrays[name]) for name in ("train", "val", "test")]
    notes = (*pictures.passed_over(found), *notes, *meta["notes"])
    return Dataset(
        "multilabel_csv", class_names, True, *splits, meta["fingerprint"], full=False, notes=notes
    )


def fingerprint(class_names: Sequence[str], images: np.ndarray, labels: np.ndarray) -> str:
    """Return the fingerprint of the data set that :func:`load` makes of these pictures and labels, in the table's order."""
    return digest_of(json.dumps(list(class_names)), images, labels, length=16)


def read_table(
    file: Path, *, labels: Sequence[str] | None = None, delimiter: str | None = None
) -> tuple[list[str], tuple[str, ...], np.ndarray]:
    """Return the pictures' names, the labels' names, and bool ``(n, num_classes)`` of a table of either form.

    Raises:
        DataError: see :func:`load`.
    """
    return _read(file, labels, delimiter)[:3]


def _read(
    file: Path, labels: Sequence[str] | None, delimiter: str | None
) -> tuple[list[str], tuple[str, ...], np.ndarray, tuple[str, ...]]:
    """As :func:`read_table`, with notes on what may have been meant otherwise."""
    header, rows = _with_header(file, *_cells(file))
    image_column = next((i for i, name in enumerate(header) if name.lower() in IMAGE_COLUMNS), 0)
    names = [row.pop(image_column) for row in rows]
    if twice := [name for name, count in Counter(names).items() if count > 1][:3]:
        raise DataError(
            f"Expected each picture once in {file}. Received several rows of {twice}. Merge their labels."
        )
    columns = header[:image_column] + header[image_column + 1 :]
    odd = [
        name
        for name, *cells in zip(columns, *rows, strict=True)
        if not all(cell.lower() in YES_NO for cell in cells)
    ]
    notes = ()
    if columns and not odd:
        known = columns
        targets = np.array([[YES_NO[cell.lower()] for cell in row] for row in rows], bool).reshape(
            len(rows), len(known)
        )
    elif len(columns) == 1:
        sets, told = _parted([row[0] for row in rows], delimiter, file)
        known = sorted(set().union(*sets))
        targets = np.array([[label in chosen for label in known] for chosen in sets], bool).reshape(
            len(sets), len(known)
        )
        together = [label for label in known if re.search(r"[|;,\s]", label)]
        if together and not told:
            notes = (
                f"names with a blank or separator, taken as one label each (else pass delimiter=): {together[:5]}",
            )
    else:
        raise DataError(
            f"Expected columns of 0 and 1, or one column of labels, besides {header[image_column]!r} in {file}. Received: "
            f"{len(columns)} columns, of which {odd[:5]} hold something else.\n{HOW_TO_GET}"
        )
    wanted = list(labels) if labels is not None else known
    if not wanted or (unknown := [label for label in wanted if label not in known]):
        received = unknown if wanted else "none"
        raise DataError(
            "\n".join([f"Expected labels among {known} of {file}. Received: {received}.", *notes])
        )
    return names, tuple(wanted), targets[:, [known.index(label) for label in wanted]], notes


def _cells(file: Path) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows, all as long as the header."""
    rows = []
    try:
        with open(file, newline="", encoding="utf-8-sig") as stream:
            lines = reader(stream, skipinitialspace=True)
            for line in lines:
                if not any(cell.strip() for cell in line):
                    continue
                rows.append([cell.strip() for cell in line])
                if len(line) != len(rows[0]):
                    raise DataError(
                        f"Expected {len(rows[0])} cells in each line of {file}, as in the first. Received: {len(line)} in "
                        f"line {lines.line_num}. Put quotes around a cell that holds commas."
                    )
    except (CSVError, UnicodeDecodeError) as error:
        raise DataError(
            f"Expected a CSV (UTF-8) at {file}. Received: {error}.\n{HOW_TO_GET}"
        ) from error
    if not rows:
        raise DataError(f"Expected a CSV at {file}. Received: an empty file.\n{HOW_TO_GET}")
    return rows[0], rows[1:]


def _with_header(
    file: Path, header: list[str], rows: list[list[str]]
) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table whose first line may be a row already: one that names a picture.

    Of two columns the other one then holds the labels; what more columns of 0 and 1 mean, only a header can tell.
    """
    named = next(
        (i for i, cell in enumerate(header) if Path(cell).suffix.lower() in PICTURE_SUFFIXES), None
    )
    known = any(cell.lower() in IMAGE_COLUMNS for cell in header)
    if named is None and not known and header[0] and _picture(file.parent, header[0]):
        named = 0  # without its suffix
    if named is not None:
        if len(header) != 2 or header[1 - named].lower() in YES_NO:
            raise DataError(
                f"Expected a header in the first line of {file}, such as image,labels. Received: a line that names the "
                f"picture {header[named]}. Add a header.\n{HOW_TO_GET}"
            )
        rows = [header, *rows]
        header = ["image", "labels"] if named == 0 else ["labels", "image"]
    if unclear := [name for name, count in Counter(header).items() if count > 1 or not name]:
        raise DataError(
            f"Expected a name of its own for each column of {file}. Received: {unclear} without a name or several times. "
            "Rename or remove these columns."
        )
    return header, rows


def stratified(labels: np.ndarray, shares: tuple[float, float], seed: int) -> dict[str, np.ndarray]:
    """Rows of "train", "val" and "test" in which every label has its share, as nearly as the combinations allow.

    Args:
        labels: bool ``(n, num_classes)``.
        shares: of validation and test, above 0 and together below 1.
        seed: of the draw.
    """
    from iterstrat.ml_stratifiers import MultilabelStratifiedShuffleSplit

    if min(shares) <= 0 or sum(shares) >= 1:
        raise ValueError(
            f"Expected val_share and test_share above 0 and together below 1. Received: {shares}."
        )

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
        raise DataError(
            f"Expected a folder of pictures at {root}. Received: no such folder.\n{HOW_TO_GET}"
        )
    if csv is not None:
        file = next((f for f in (Path(csv).expanduser(), root / csv) if f.is_file()), None)
        if file is None:
            raise DataError(
                f"Expected the table {csv}, by itself or in {root}. Received: no such file.\n{HOW_TO_GET}"
            )
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
        for candidate in (
            folder / name,
            *(folder / f"{name}{suffix}" for suffix in sorted(PICTURE_SUFFIXES)),
        ):
            if candidate.is_file():
                return candidate
    return None


def _parted(cells: list[str], delimiter: str | None, file: Path) -> tuple[list[set[str]], bool]:
    """Return the labels of each cell, and whether the cells or the caller leave no doubt about where a label ends."""
    filled = [cell for cell in cells if cell]
    if filled and all(_LIST.fullmatch(cell) for cell in filled):
        cells = [cell[1:-1].strip() for cell in cells]
        if delimiter is None and all(_QUOTED.match(cell) for cell in cells if cell):
            return [_quoted(cell, file) for cell in cells], True
    told = delimiter is not None
    delimiter = delimiter or next((d for d in DELIMITERS if any(d in cell for cell in cells)), "|")
    return [
        {label.strip() for label in cell.split(delimiter) if label.strip()} for cell in cells
    ], told


def _quoted(cell: str, file: Path) -> set[str]:
    """Return the strings of a list as Python, JSON or NumPy (which leaves out the commas) writes it."""
    if between := _QUOTED.sub("", cell).replace(",", "").strip():
        raise DataError(
            f"Expected lists such as ['boat', 'bus'] in {file}. Received: {between!r} in [{cell}]."
        )
    labels = (ast.literal_eval(text).strip() for text in _QUOTED.findall(cell))
    return {label for label in labels if label}
