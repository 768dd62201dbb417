"""FER-2013 (Goodfellow et al., "Challenges in Representation Learning", 2013): 35,887 gray faces of 48x48 px.

Taken in any form people have it: the Kaggle folder ``msambare/fer2013``, its zip or tar, ``fer2013.csv`` or
``icml_face_data.csv`` (any compression pandas reads), or a download by kagglehub when nothing local is found.
``PublicTest`` is the validation split, ``PrivateTest`` the test split.

Some training images stand in the test splits again, pixel for pixel. They are dropped from *training* by default, so
that the test splits stay the official ones, and the test images that had such a twin are marked, so that every figure
can be given without them too.
"""

import contextlib
import io
import json
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from ... import labels as label_names
from ...files import digest_of, listing
from ...files.listing import PICTURE_SUFFIXES, find_pictures
from ...paths import data_dir
from .. import cache, packed, pictures
from ..dataset import DataError, Dataset, Split

CLASS_NAMES = label_names.SEVEN_EXPRESSIONS
USAGES = ("Training", "PublicTest", "PrivateTest")  # as the CSV names them: train, validation, test
OFFICIAL_COUNTS = {"Training": 28_709, "PublicTest": 3_589, "PrivateTest": 3_589}
SIZE = 48
STEMS = ("fer2013", "icml_face_data")  # of what is found by its name in the data folder
CSV_NAMES = tuple(f"{stem}.csv" for stem in STEMS)
# What such a name may end in; a file that only begins with a stem, such as FER+'s fer2013new.csv, is another one.
ENDINGS = (
    "", ".zip", *packed.TAR_SUFFIXES,
    ".csv", ".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zst", ".csv.zip", ".csv.tar.gz",
)  # fmt: skip
ROWS = Path(__file__).with_name(
    "fer2013_rows.npz"
)  # split, class and number of every file, in the original CSV's row order
# What damaged or encrypted files make their readers raise
DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
)
KAGGLE_HANDLE = "msambare/fer2013"
ENVIRONMENT_VARIABLE = "FER2013_PATH"
# Share of rows that may differ from the table of the original before they count as reordered: the table was rebuilt from
# images, and sorting or shuffling moves most rows.
MAX_MOVED = 0.001
MAX_UNREADABLE = (
    0.01  # share of training images that may be skipped before the source counts as damaged
)

HOW_TO_GET = f"""Ways to get it:
  - with a Kaggle account:  emotion data fer2013   (kagglehub downloads {KAGGLE_HANDLE})
  - a download by hand:     emotion data fer2013 --source PATH
                            PATH: the Kaggle folder, its zip or tar, or fer2013.csv or icml_face_data.csv, which
                            may be compressed (.gz, .zip, .tar.gz)
  - the same by name:       name it fer2013/, fer2013.zip or fer2013.csv in the data folder, or set {ENVIRONMENT_VARIABLE}
  - no data at all:         DATASET = "synthetic" in a notebook, or `make smoke`: drawn faces, to try things out only"""


def load(
    source: str | os.PathLike | None = None, *, drop_twins: bool = True, partial: bool = False
) -> Dataset:
    """Load FER-2013 from its cache, importing ``source`` first if the cache does not hold it yet.

    Args:
        source: folder, zip or CSV (see module); None: the environment's FER2013_PATH, then ``fer2013`` and
            ``icml_face_data`` in the data folder (as a folder, zip or CSV, see :data:`ENDINGS`), then what was imported
            last, then kagglehub.
        drop_twins: leave training images out that are pixel-identical to a validation or test image.
        partial: accept validation and test splits that are not the official 3,589 images; such a data set is not
            ``full``.

    Returns:
        Gray uint8 images ``(n, 48, 48)``; validation and test with ``has_twin``.

    Raises:
        DataError: nothing found and no network; or the source is not FER-2013, or damaged.
    """
    source = _find(source)
    folder = _cache_folder(source) if source else _last_import(partial)
    if folder is None:
        source = _download()
        folder = _cache_folder(source)
    arrays, meta = cache.read(folder) or cache.write(folder, lambda: _import(source))
    return _dataset(arrays, meta, drop_twins, partial)


def at_hand() -> bool:
    """Return whether :func:`load` finds the data on this machine and need not download it.

    Raises:
        DataError: FER2013_PATH names no file or folder.
    """
    return _find(None) is not None or _last_import(partial=False) is not None


def original_rows(dataset: Dataset) -> dict[str, np.ndarray]:
    """Return which row of the original ``fer2013.csv`` each image of a loaded FER-2013 is: FER+ and other relabellings
    are joined by it.

    A folder or zip tells the row by its file names. A CSV tells it by its lines, so each line must have the split and
    the class that the original has there.

    Returns:
        "train", "val" and "test" -> int64 ``(n,)``; -1 where the source does not tell.

    Raises:
        DataError: the data set is no FER-2013, or was cut, or its rows are in another order.
    """
    reordered = None
    for file in (data_dir() / "cache").glob("fer2013-*/meta.json"):
        arrays, meta = cache.read(file.parent) or ({}, {"content": None})
        if (
            meta["content"] != dataset.fingerprint.removesuffix("-with-twins")
            or "rows" not in arrays
        ):
            continue
        if (moved := _moved(arrays)) > MAX_MOVED * len(arrays["rows"]):
            reordered = (
                f"Expected the rows of fer2013.csv in their original order, by which FER+ is joined. Received: "
                f"{moved} of {len(arrays['rows'])} rows of {meta['source']} with another split or class than the original "
                "has there, so it was sorted, shuffled or relabelled. Take an unaltered copy of the CSV, or the Kaggle "
                "folder or zip, whose file names tell the rows."
            )
            continue
        rows = np.asarray(arrays["rows"])
        start, found = 0, {}
        for split, count in zip(("train", "val", "test"), meta["counts"].values(), strict=True):
            # Training twins stand last and may have been dropped.
            found[split] = rows[start : start + min(count, len(getattr(dataset, split)))]
            start += count
        return found
    raise DataError(
        reordered
        or f"Expected the whole FER-2013 as `load` gives it. Received: {dataset.name} ({dataset.fingerprint})."
    )


def _moved(arrays: dict[str, np.ndarray]) -> int:
    """Return how many images are at a row where the original has another split or class.

    Pixel-identical images may stand in for one another: which of them the table means, nobody can tell.
    """
    table = _row_table()
    rows, images = np.asarray(arrays["rows"]), arrays["images"]
    kinds = np.stack([np.asarray(arrays[name], np.int64) for name in ("usages", "labels")], axis=1)
    wanted = np.full_like(kinds, -1)
    inside = (rows >= 0) & (rows < len(table["labels"]))
    wanted[inside] = np.stack([table["usages"], table["labels"]], axis=1)[rows[inside]]
    differing = np.flatnonzero((rows >= 0) & (wanted != kinds).any(axis=1))
    if not len(differing):
        return 0
    there = {(image.tobytes(), *kind) for image, kind in zip(images, kinds.tolist(), strict=True)}
    return sum((images[i].tobytes(), *wanted[i].tolist()) not in there for i in differing)


def _row_table() -> dict[str, np.ndarray]:
    with np.load(ROWS) as table:
        return {name: table[name] for name in ("usages", "labels", "ids")}


def find() -> Path | None:
    """Return where FER-2013 lies, by the rules of :func:`load` for no source; None if it is in no known place.

    Raises:
        DataError: the place that the environment names does not exist.
    """
    return _find(None)


def _find(source) -> Path | None:
    source = source or os.environ.get(ENVIRONMENT_VARIABLE)
    if source:
        path = Path(source).expanduser()
        if not path.exists():
            raise DataError(
                f"Expected FER-2013 at {path}. Received: no such file or folder.\n{HOW_TO_GET}"
            )
        return path.resolve()
    known = [stem + ending for stem in STEMS for ending in ENDINGS]
    there = sorted(data_dir().iterdir()) if data_dir().is_dir() else []
    found = {path.name.lower(): path for path in there if path.name.lower() in known}
    return next((found[name].resolve() for name in known if name in found), None)


def _kind(path: Path) -> str | None:
    if path.is_dir():
        return "folder"
    if packed.is_packed(path):
        return "tar"
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return "csv" if _csv_member(archive.namelist()) else "zip"
    return (
        "csv"
        if ".csv" in path.name.lower() or path.name.lower().endswith(packed.TAR_SUFFIXES)
        else None
    )


def _csv_member(names: list[str]) -> str | None:
    """The table with the split among an archive's files: Kaggle's has train.csv and test.csv beside it."""
    tables = {
        Path(name).name: name for name in names if name.endswith(".csv") and not _is_debris(name)
    }
    known = [tables[name] for name in CSV_NAMES if name in tables]
    return (known or (list(tables.values()) if len(tables) == 1 else [None]))[0]


def _is_debris(name: str) -> bool:
    """What macOS puts into archives beside the files."""
    return "__MACOSX" in Path(name).parts or Path(name).name.startswith("._")


def _last_import(partial: bool) -> Path | None:
    found = []
    for file in (data_dir() / "cache").glob("fer2013-*/meta.json"):
        if partial or not _wrong_counts(json.loads(file.read_text())["counts"]).keys() & {
            "PublicTest",
            "PrivateTest",
        }:
            found.append(file)
    return max(found, key=lambda file: file.stat().st_mtime).parent if found else None


def _wrong_counts(counts: dict[str, int]) -> dict[str, int]:
    return {usage: n for usage, n in counts.items() if n != OFFICIAL_COUNTS[usage]}


def _download() -> Path:
    try:
        import kagglehub

        return Path(kagglehub.dataset_download(KAGGLE_HANDLE)).resolve()
    except Exception as error:  # kagglehub raises many types: no network, no account, refused terms
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DataError(
            f"Expected FER-2013 in {data_dir()} or a download from Kaggle. Received: no local copy, and kagglehub "
            f"failed ({type(error).__name__}: {reason}).\n{HOW_TO_GET}"
        ) from error


def _cache_folder(source: Path) -> Path:
    code = cache.version(__name__, label_names.__name__, listing.__name__, packed.__name__)
    return cache.place("fer2013", _source_key(source), code)


def _source_key(path: Path) -> str:
    """16 hex digits that change whenever the source does: from sizes and times, so that 35,887 files cost a moment."""
    return pictures.key(find_pictures(path).files if path.is_dir() else [path], str(path))


# ---- importing ------------------------------------------------------------------------------------------------------


def _import(source: Path) -> tuple[dict[str, np.ndarray], dict]:
    kind = _kind(source)
    if kind is None:
        raise DataError(
            f"Expected a FER-2013 folder, zip or CSV. Received: {source}, which is none of these.\n{HOW_TO_GET}"
        )
    records = {"folder": _from_folder, "zip": _from_zip, "tar": _from_tar, "csv": _from_csv}[kind](
        source
    )
    images, labels, usages, names, problems, constant = [], [], [], [], [], []
    for name, usage, label, pixels in records:
        if isinstance(pixels, str):  # the reason why it cannot be used
            problems.append((usage, f"{name}: {pixels}"))
            continue
        if pixels.min() == pixels.max():
            constant.append(name)
        names.append(name)
        images.append(pixels)
        labels.append(label)
        usages.append(USAGES.index(usage))
    images, labels = np.array(images, np.uint8), np.array(labels, np.int64)
    usages = np.array(usages, np.uint8)
    _check(source, labels, usages, problems)
    has_twin = _find_twins(images, usages)
    # One run of rows a split, and training twins last in theirs, so that every split is a slice of the memory map.
    order = np.lexsort((has_twin & (usages == 0), usages))
    arrays = {
        "images": images[order],
        "labels": labels[order],
        "usages": usages[order],
        "has_twin": has_twin[order],
    }
    arrays["rows"] = _original_rows(kind, names, labels, usages)[order]
    content = digest_of(arrays["images"], arrays["labels"], arrays["usages"], length=16)
    counts = {usage: int((usages == number).sum()) for number, usage in enumerate(USAGES)}
    meta = {
        "source": str(source),
        "kind": kind,
        "content": content,
        "counts": counts,
        "constant": constant,
    }
    passed_over = pictures.passed_over(find_pictures(source)) if kind == "folder" else ()
    return arrays, {
        **meta,
        "unreadable": [text for _, text in problems],
        "passed_over": passed_over,
    }


Record = tuple[
    str, str, int, "np.ndarray | str"
]  # name, usage, label in CLASS_NAMES, pixels or what is wrong


def _from_folder(source: Path) -> Iterator[Record]:
    names = [str(path.relative_to(source)) for path in find_pictures(source).files]
    yield from _from_tree(source, sorted(names), lambda name: (source / name).read_bytes())


def _from_zip(source: Path) -> Iterator[Record]:
    with zipfile.ZipFile(source) as archive:
        names = [n for n in archive.namelist() if Path(n).suffix.lower() in PICTURE_SUFFIXES]
        yield from _from_tree(source, sorted(names), archive.read)


def _from_tar(source: Path) -> Iterator[Record]:
    files = packed.read(source)
    yield from _from_tree(source, sorted(files), files.__getitem__)


def _from_tree(source: Path, names: list[str], read) -> Iterator[Record]:
    """Images at ``.../train|test/<class>/<Usage>_<id>.jpg``, as the Kaggle copy lays them out."""
    names = [name for name in names if not _is_debris(name)]
    if not names:
        raise DataError(
            f"Expected train/<class>/*.jpg and test/<class>/*.jpg in {source}. Received: no image.\n{HOW_TO_GET}"
        )
    unknown = sorted({Path(n).parent.name for n in names if Path(n).parent.name not in CLASS_NAMES})
    if unknown:
        raise DataError(
            f"Expected the class folders {list(CLASS_NAMES)} in {source}. Received: {unknown} besides. "
            "Rename or remove them."
        )
    for name in tqdm(names, desc="reading FER-2013", unit="img"):
        path = Path(name)
        usage = path.name.split("_")[0]
        if usage not in USAGES:
            raise DataError(
                f"Expected image names that begin with one of {list(USAGES)}, as in the Kaggle copy: they tell validation "
                f"from test. Received: {name} in {source}. Take an unaltered copy.\n{HOW_TO_GET}"
            )
        yield name, usage, CLASS_NAMES.index(path.parent.name), _decode(read, name)


def _decode(read, name: str) -> np.ndarray | str:
    try:
        with Image.open(io.BytesIO(read(name))) as image:
            pixels = np.asarray(image.convert("L"))
    except DAMAGE as error:
        return f"unreadable ({error})"
    if pixels.shape != (SIZE, SIZE):
        return f"{pixels.shape[1]}x{pixels.shape[0]} px instead of {SIZE}x{SIZE}"
    return pixels


def _from_csv(source: Path) -> Iterator[Record]:
    """Rows ``emotion, pixels, Usage``; icml_face_data.csv has blanks in its header names."""
    import pandas as pd

    try:
        with _open_csv(source) as file:
            table = pd.read_csv(file, dtype=str, keep_default_na=False)
    except DAMAGE as error:
        raise DataError(
            f"Expected a CSV table in {source}. Received: a damaged file ({error}). Take an unaltered copy."
        ) from error
    table.columns = table.columns.str.strip()
    missing = {"emotion", "pixels", "Usage"} - set(table.columns)
    if missing:
        raise DataError(
            f"Expected the columns emotion, pixels and Usage in {source}. Received: {list(table.columns)}. "
            "The Kaggle file train.csv has no split; take fer2013.csv or icml_face_data.csv."
        )
    codes = [str(i) for i in range(len(label_names.FER2013_CSV))]
    order = label_names.remap(np.arange(len(codes)), label_names.FER2013_CSV, CLASS_NAMES)
    rows = zip(
        table["emotion"].str.strip(), table["pixels"], table["Usage"].str.strip(), strict=True
    )
    for number, (emotion, pixels, usage) in enumerate(
        tqdm(rows, desc="reading FER-2013", total=len(table), unit="img")
    ):
        line = f"line {number + 2}"
        if usage not in USAGES or emotion not in codes:
            raise DataError(
                f"Expected emotion 0..6 and Usage in {list(USAGES)} in {source}, {line}. "
                f"Received: emotion={emotion!r}, Usage={usage!r}. Take an unaltered copy."
            )
        yield line, usage, int(order[int(emotion)]), _parse(pixels)


@contextlib.contextmanager
def _open_csv(source: Path) -> Iterator:
    """What pandas reads: the path (whose compression pandas knows), or the right member of an archive."""
    if zipfile.is_zipfile(source):
        with (
            zipfile.ZipFile(source) as archive,
            archive.open(_csv_member(archive.namelist())) as file,
        ):
            yield file
    elif source.name.lower().endswith(packed.TAR_SUFFIXES):
        with tarfile.open(source) as archive:
            member = _csv_member(archive.getnames())
            if member is None:
                raise ValueError(f"none of {list(CSV_NAMES)} among its files")
            yield archive.extractfile(member)
    else:
        yield source


def _parse(text: str) -> np.ndarray | str:
    try:
        pixels = np.array(text.split(), dtype=np.int64)
    except (ValueError, OverflowError):
        return "pixels that are no numbers from 0 to 255"
    if pixels.size != SIZE * SIZE:
        return f"{pixels.size} pixels instead of {SIZE * SIZE}"
    if pixels.min() < 0 or pixels.max() > 255:
        return f"pixels from {pixels.min()} to {pixels.max()} instead of 0..255"
    return pixels.astype(np.uint8).reshape(SIZE, SIZE)


def _check(
    source: Path, labels: np.ndarray, usages: np.ndarray, problems: list[tuple[str, str]]
) -> None:
    lost = [text for usage, text in problems if usage != "Training"]
    if lost:
        raise DataError(
            f"Expected every validation and test image of {source} to be readable, or figures would not compare. "
            f"Received {len(lost)} that are not: {'; '.join(lost[:5])}. Take an unaltered copy."
        )
    train = usages == USAGES.index("Training")
    skipped = len(problems)
    if skipped > MAX_UNREADABLE * max(1, train.sum() + skipped):
        raise DataError(
            f"Expected at most {MAX_UNREADABLE:.0%} unreadable training images in {source}. "
            f"Received: {skipped} of {train.sum() + skipped}, such as {problems[0][1]}. Take an unaltered copy."
        )
    for number, usage in enumerate(USAGES):
        present = np.unique(labels[usages == number])
        if not present.size:
            raise DataError(
                f"Expected the splits {list(USAGES)} in {source}. Received: no image of {usage}. Take an unaltered copy."
            )
        if len(present) < len(CLASS_NAMES):
            absent = [name for i, name in enumerate(CLASS_NAMES) if i not in present]
            raise DataError(
                f"Expected all of {list(CLASS_NAMES)} in {usage} of {source}. Received: none of {absent}. "
                "Take an unaltered copy."
            )


def _original_rows(
    kind: str, names: list[str], labels: np.ndarray, usages: np.ndarray
) -> np.ndarray:
    """int64 ``(n,)`` rows of the original CSV: a CSV's own, else by split, class and number in the file's name."""
    if kind == "csv":
        return np.array([int(name.removeprefix("line ")) - 2 for name in names], np.int64)
    columns = (column.tolist() for column in _row_table().values())
    row_of = {key: row for row, key in enumerate(zip(*columns, strict=True))}
    numbers = [
        int(digits) if (digits := Path(name).stem.split("_")[-1]).isdigit() else -1
        for name in names
    ]
    keys = zip(usages.tolist(), labels.tolist(), numbers, strict=True)
    return np.array([row_of.get(key, -1) for key in keys], np.int64)


def _find_twins(images: np.ndarray, usages: np.ndarray) -> np.ndarray:
    """bool ``(n,)``: a training image that a test split holds too, or a test-split image that training holds too."""
    keys = np.array([digest_of(image, length=32) for image in images])
    train = usages == USAGES.index("Training")
    return np.where(train, np.isin(keys, keys[~train]), np.isin(keys, keys[train]))


# ---- the data set ---------------------------------------------------------------------------------------------------


def _dataset(arrays: dict, meta: dict, drop_twins: bool, partial: bool) -> Dataset:
    images, labels = arrays["images"], np.asarray(arrays["labels"])
    has_twin = np.asarray(arrays["has_twin"])
    counts = meta["counts"]
    wrong = _wrong_counts(counts)
    if not partial and wrong.keys() & {"PublicTest", "PrivateTest"}:
        raise DataError(
            f"Expected the official counts {OFFICIAL_COUNTS}. Received: {counts} in {meta['source']}. "
            "Take an unaltered copy, or pass partial=True: such results do not compare with others.\n"
            + HOW_TO_GET
        )
    notes = list(meta.get("passed_over", ()))  # caches of earlier versions lack it
    if "Training" in wrong:
        notes.append(
            f"{counts['Training']} training images instead of {OFFICIAL_COUNTS['Training']}"
        )
    if meta["unreadable"]:
        notes.append(
            f"{len(meta['unreadable'])} unreadable training images skipped: {'; '.join(meta['unreadable'][:5])}"
        )
    if meta["constant"]:
        notes.append(
            f"{len(meta['constant'])} images are one flat colour: {', '.join(meta['constant'])}"
        )
    splits, start = {}, 0
    for usage, count in counts.items():
        rows = slice(start, start + count)
        start += count
        if usage == "Training" and drop_twins:
            twins = int(has_twin[rows].sum())
            notes.append(
                f"{twins} training images dropped: pixel-identical to a validation or test image"
            )
            rows = slice(rows.start, rows.stop - twins)
        splits[usage] = Split(images[rows], labels[rows], has_twin[rows])
    return Dataset(
        # With the twins it is another data set: its validation figures are partly learnt by heart.
        name="fer2013" if drop_twins else "fer2013_with_twins",
        class_names=CLASS_NAMES,
        multi_label=False,
        train=splits["Training"],
        val=splits["PublicTest"],
        test=splits["PrivateTest"],
        fingerprint=meta["content"] + ("" if drop_twins else "-with-twins"),
        full=not wrong,
        notes=tuple(notes),
    )
