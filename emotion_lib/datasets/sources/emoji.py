"""Emoji faces, happy or sad, as several vendors draw them.

Read as the npm packages ``emoji-datasource-<vendor>`` are laid out: ``emoji.json`` beside ``img/<vendor>/64/<image>``. A
small selection of four openly licensed vendors comes with the library (``emoji_images.zip``; ``ATTRIBUTION.md`` inside says
whose the pictures are); a folder with the full packages is read by its path.

Which emoji are happy and which sad is curated by code point: Unicode's own subgroups put yawning and surprise beside the
worried faces, the sweating smile beside the happy ones, and pensive beside the sleepy ones.
"""

import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ...files import digest_of, printable
from ...images import ImageError, read_image, to_gray
from .. import pictures
from ..dataset import DataError, Dataset, Split

EMBEDDED = Path(__file__).with_name("emoji_images.zip")
CLASS_NAMES = ("happy", "sad")
# Left out as neither or both: kisses, irony (upside down, smirk), smiles with sweat or a tear, sleep, fear, surprise.
HAPPY = (
    "1F600", "1F601", "1F602", "1F603", "1F604", "1F606", "1F607", "1F609", "1F60A", "1F60B", "1F60D", "1F60E", "1F61B",
    "1F61C", "1F61D", "1F642", "1F913", "1F917", "1F920", "1F923", "1F929", "1F970", "1F973", "263A-FE0F", "1F638", "1F639",
    "1F63A", "1F63B",
)  # fmt: skip
SAD = (
    "1F613", "1F614", "1F615", "1F616", "1F61E", "1F61F", "1F622", "1F623", "1F625", "1F626", "1F627", "1F629", "1F62B",
    "1F62D", "1F630", "1F641", "2639-FE0F", "1F63F", "1F97A", "1F979",
)  # fmt: skip


@dataclass(frozen=True)
class Emoji:
    """Pictures of emoji with what they are.

    Attributes:
        images: uint8 ``(n, size, size)`` gray on white.
        labels: int64 ``(n,)`` into :data:`CLASS_NAMES`.
        code_points: str ``(n,)``, such as "1F600": the same for every vendor's picture of one emoji.
        vendors: str ``(n,)``.
    """

    images: np.ndarray
    labels: np.ndarray
    code_points: np.ndarray
    vendors: np.ndarray

    def __len__(self) -> int:
        return len(self.images)

    def take(self, index: np.ndarray) -> "Emoji":
        """The rows ``index`` (integers or a mask)."""
        return Emoji(
            self.images[index], self.labels[index], self.code_points[index], self.vendors[index]
        )

    def split(self, index: np.ndarray) -> Split:
        """The same rows as a :class:`Split`."""
        return Split(self.images[index], self.labels[index])


def read(
    source: str | os.PathLike | None = None,
    vendors: Sequence[str] | None = None,
    image_size: int = 48,
) -> Emoji:
    """All happy and sad emoji of a source.

    Args:
        source: folder or zip with ``emoji.json`` and ``img/<vendor>/64/``; None: the embedded selection.
        vendors: which of those that are there, such as ("google", "twitter"); None: all.
        image_size: px a side; transparency is laid on white.

    Raises:
        DataError: no such source, not laid out so, an unknown vendor, or nothing in it that is happy or sad.
    """
    with Source(source) as files:
        there = files.vendors()
        chosen = tuple(vendors or there)
        if unknown := set(chosen) - set(there):
            raise DataError(
                f"Expected vendors among {there} in {files.path}. Received: {sorted(unknown)}."
            )
        found = {"images": [], "labels": [], "code_points": [], "vendors": []}
        for entry in files.entries():
            code_point = entry["unified"]
            if code_point not in HAPPY + SAD:
                continue
            for vendor in chosen:
                image = files.image(vendor, entry, image_size)
                if image is not None:
                    values = (image, int(code_point in SAD), code_point, vendor)
                    for column, value in zip(found.values(), values, strict=True):
                        column.append(value)
    if len(set(found["labels"])) < 2:
        raise DataError(
            f"Expected happy and sad emoji in {files.path}. Received: {len(found['images'])} pictures."
        )
    return Emoji(
        np.stack(found["images"]), np.asarray(found["labels"], np.int64), np.array(found["code_points"]),
        np.array(found["vendors"]),
    )  # fmt: skip


def load(
    source: str | os.PathLike | None = None,
    *,
    leave_out: str | None = None,
    val_share: float = 0.2,
    test_share: float = 0.2,
    seed: int = 0,
    image_size: int = 48,
) -> Dataset:
    """Happy and sad emoji, split by code point: no emoji has one vendor's picture in training and another's in test.

    Args:
        source: see :func:`read`.
        leave_out: a vendor whose pictures are in no split (see :func:`read` for a second test on them).
        val_share, test_share: shares of each class's code points.
        seed: of the split.
        image_size: px a side.

    Returns:
        Gray uint8 images ``(n, size, size)``. The data set is ``full`` only if its pictures are those of the embedded
        selection, wherever they come from.

    Raises:
        DataError: see :func:`read`.
    """
    emoji = read(source, image_size=image_size)
    full = _fingerprint(emoji) == _fingerprint(read(None, image_size=image_size))
    if leave_out is not None:
        if leave_out not in emoji.vendors:
            raise DataError(
                f"Expected a vendor to leave out, one of {sorted(set(emoji.vendors))}. Received: {leave_out!r}."
            )
        emoji = emoji.take(emoji.vendors != leave_out)
    rng = np.random.default_rng(seed)
    part = {}
    for label in range(len(CLASS_NAMES)):
        code_points = rng.permutation(np.unique(emoji.code_points[emoji.labels == label]))
        n_val, n_test = (
            max(1, round(share * len(code_points))) for share in (val_share, test_share)
        )
        part |= {
            c: "val" if i < n_val else "test" if i < n_val + n_test else "train"
            for i, c in enumerate(code_points)
        }
    where = np.array([part[c] for c in emoji.code_points])
    splits = [emoji.split(where == name) for name in ("train", "val", "test")]
    arrays = []
    for split in splits:
        arrays += [split.images, split.labels]
    notes = [
        f"{len(part)} code points by {', '.join(sorted(set(emoji.vendors)))}, split by code point (seed {seed})"
    ]
    if leave_out:
        notes.append(f"{leave_out} left out")
    if not full:
        notes.append(f"not the embedded pictures but those of {printable(source)}: no full run")
    return Dataset(
        "emoji",
        CLASS_NAMES,
        False,
        *splits,
        digest_of(*arrays, length=16),
        full=full,
        notes=tuple(notes),
    )


def _fingerprint(emoji: Emoji) -> str:
    return pictures.fingerprint(emoji.images, emoji.labels, emoji.code_points, emoji.vendors)


def folds(
    emoji: Emoji, k: int = 5, seed: int = 0
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Cross-validation by code point, classes in equal parts.

    Args:
        emoji: what to part.
        k: how many parts, at least 3.
        seed: of the partition.

    Returns:
        Masks ``(n,)`` of training, validation and test, ``k`` times; every code point is in test once, and in validation of
        the fold before.
    """
    if k < 3:
        raise ValueError(
            f"Expected at least 3 folds, for testing, choosing and training. Received: {k}."
        )
    from sklearn.model_selection import StratifiedGroupKFold

    parts = StratifiedGroupKFold(k, shuffle=True, random_state=seed).split(
        emoji.images, emoji.labels, emoji.code_points
    )
    tests = [np.isin(np.arange(len(emoji)), test) for _, test in parts]
    return [(~(tests[i] | tests[(i + 1) % k]), tests[(i + 1) % k], tests[i]) for i in range(k)]


def write_folders(
    folder: str | os.PathLike, source: str | os.PathLike | None = None, image_size: int = 48
) -> Path:
    """Sort the pictures into ``folder/happy/`` and ``folder/sad/``, as ``<vendor>-<code point>.png``, gray."""
    emoji, folder = read(source, image_size=image_size), Path(folder)
    for image, label, code_point, vendor in zip(
        emoji.images, emoji.labels, emoji.code_points, emoji.vendors, strict=True
    ):
        target = folder / CLASS_NAMES[label] / f"{vendor}-{code_point.lower()}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(target)
    return folder


class Source:
    """``emoji.json`` and pictures, in a folder or a zip; of one package, or of several beside each other."""

    def __init__(self, source: str | os.PathLike | None):
        self.path = Path(source or EMBEDDED).expanduser()
        if self.path.is_dir():
            self._names = {
                p.relative_to(self.path).as_posix(): p for p in self.path.rglob("*") if p.is_file()
            }
            self._zip = None
        elif self.path.is_file() and zipfile.is_zipfile(self.path):
            self._zip = zipfile.ZipFile(self.path)
            self._names = {name: name for name in self._zip.namelist()}
        else:
            raise DataError(
                f"Expected a folder or zip with emoji.json and img/<vendor>/64/*.png. Received: {self.path}, which is none. "
                "`npm pack emoji-datasource-google` fetches one vendor's; unpack several beside each other."
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._zip:
            self._zip.close()

    def entries(self) -> list[dict]:
        """`unified` (the code point) and `image` (its file's name) of every emoji, by code point."""
        file = min(
            (name for name in self._names if name.split("/")[-1] == "emoji.json"),
            key=len,
            default=None,
        )
        if file is None:
            raise DataError(
                f"Expected emoji.json in {self.path}. Received: {len(self._names)} files, and none of this name."
            )
        try:
            entries = json.loads(self._bytes(file))
            return sorted(
                ({"unified": e["unified"], "image": e["image"]} for e in entries),
                key=lambda e: e["unified"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"Expected emoji.json with `unified` and `image` for each emoji. Received: {self.path}/{file} ({error!r})."
            ) from error

    def vendors(self) -> tuple[str, ...]:
        """Whose pictures are there."""
        folders = (name.split("/") for name in self._names if "/64/" in name)
        return tuple(sorted({parts[-3] for parts in folders if parts[-4:-3] == ["img"]}))

    def picture(self, vendor: str, entry: dict) -> bytes | None:
        """The file of an emoji; None if the vendor draws no such one."""
        ending = f"img/{vendor}/64/{entry['image']}"
        name = next(
            (name for name in self._names if name == ending or name.endswith("/" + ending)), None
        )
        return None if name is None else self._bytes(name)

    def image(self, vendor: str, entry: dict, size: int) -> np.ndarray | None:
        """Gray picture; None if the vendor draws no such emoji."""
        file = self.picture(vendor, entry)
        if file is None:
            return None
        try:
            pixels = to_gray(read_image(file))
        except ImageError as error:
            place = f"img/{vendor}/64/{entry['image']}"
            raise DataError(
                f"Expected a picture at {place} in {self.path}. Received: {error}"
            ) from error
        return np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.BICUBIC))

    def _bytes(self, name: str) -> bytes:
        return self._zip.read(name) if self._zip else self._names[name].read_bytes()
