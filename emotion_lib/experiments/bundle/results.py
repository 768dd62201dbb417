"""Results of a series as a few small files: one archive of records, and the best models."""

import filecmp
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ... import artifacts
from ...artifacts.folders import MODEL_FILES, PARTS_OF_WORK
from ...errors import EmotionError
from ...files import atomic_file, printable, sha256

MAX_FILES = 8
MAX_BYTES = 16_000_000  # of each file
ARCHIVE = "records.tar.gz"
LEFT_OUT = "left_out.txt"
_LONGEST_NAME = 180  # of the 255 bytes that a file's name may have
_TAR_BLOCK = 512
# Files of a folder of runs that are kept, the most needed first.
_KINDS = (artifacts.TRACKED_FILES, ("*.csv", "*.json"), ("*.ipynb",), ("*.png",))


class ResultsError(EmotionError, RuntimeError):
    """Folder of results that cannot be written or unpacked."""


@dataclass
class Collected:
    """Content of a folder of results.

    Attributes:
        records: number of records in the archive.
        models: names of the runs whose models are included.
        left_out: files and models that are not included, and why.
    """

    records: int = 0
    models: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def write(root: Path, out: Path, logs: Path | None = None) -> Collected:
    """Write the results of a series into a folder: at most eight files of at most 16 MB each.

    It may be called again while the series is running; each file is replaced whole.

    Args:
        root: ARTIFACTS_DIR of the series.
        out: must not exist, or be empty, or hold earlier results.
        logs: folder of log files to add to the archive.

    Raises:
        ResultsError: the folder holds something else, or cannot be written.
    """
    collected = Collected()
    try:
        out.mkdir(parents=True, exist_ok=True)
        before = {path.name for path in out.iterdir() if not path.name.startswith(".")}
        if before and ARCHIVE not in before:
            raise ResultsError(
                "Expected a new or empty folder, or earlier results. "
                f"Received: {out}. Choose another."
            )
        models = _choose_models(root, collected)
        _write_archive(root, logs, out / ARCHIVE, collected)
        for name in before - models.keys() - {ARCHIVE}:
            (out / name).unlink()
        for name, source in models.items():
            if name in before and filecmp.cmp(source, out / name, shallow=False):
                continue
            with atomic_file(out / name) as temporary:
                shutil.copyfile(source, temporary)
    except OSError as error:
        raise ResultsError(f"Expected to write results into {out}. Received: {error}.") from error
    return collected


def unpack(results: Path, folder: Path) -> list[str]:
    """Make a folder of runs, as ARTIFACTS_DIR is one, of results that were copied to this machine.

    Args:
        results: what :func:`write` wrote.
        folder: must not exist.

    Returns:
        Names of the runs whose models are included.

    Raises:
        ResultsError: there are no results, they are damaged, or the folder exists.
    """
    if folder.exists():
        raise ResultsError(
            f"Expected a new folder. Received: {folder}, which exists. Choose another."
        )
    try:
        with tarfile.open(results / ARCHIVE) as archive:
            archive.extractall(folder, filter="data")
    except (OSError, EOFError, tarfile.TarError) as error:
        raise ResultsError(
            f"Expected results of a series in {results}. Received: {error}."
        ) from error
    homes = {
        record.model.sha256: (file.parent, record.name)
        for file, record in artifacts.records(folder)
    }
    named = []
    for path in sorted(results.iterdir()):
        home, name = homes.get(sha256(path), (None, None))
        if home is not None:
            shutil.copyfile(path, home / f"model{path.suffix}")
            named.append(name)
    return named


def _choose_models(root: Path, collected: Collected) -> dict[str, Path]:
    """Return names and files of the models that fit, the most accurate on validation first.

    Accuracies on different data sets cannot be compared, so those on FER-2013 come first.
    """
    found = []
    for file, record in artifacts.records(root):
        for model_file in MODEL_FILES:
            path = file.with_name(model_file)
            if path.is_file():
                is_other_data = record.data.name != "fer2013"
                rank = (is_other_data, -record.metrics.val.accuracy, record.name)
                found.append((rank, path, record.model.sha256))
                break
    chosen: dict[str, Path] = {}
    for (*_, name), path, digest in sorted(found):
        size = path.stat().st_size
        if size > MAX_BYTES:
            collected.left_out.append(f"model of {name}: {size:,} bytes, more than {MAX_BYTES:,}")
        elif len(chosen) == MAX_FILES - 1:
            collected.left_out.append(f"model of {name}: no room, {MAX_FILES} files are full")
        elif sha256(path) != digest:
            collected.left_out.append(f"model of {name}: not the one that its record describes")
        else:
            short = name.replace("/", "__")[:_LONGEST_NAME]
            chosen[f"{short}-{digest[:8]}{path.suffix}"] = path
            collected.models.append(name)
    return chosen


def _write_archive(root: Path, logs: Path | None, file: Path, collected: Collected) -> None:
    """Write what fits of records, scores, histories, tables, logs and executed notebooks."""
    with (
        atomic_file(file) as temporary,
        tarfile.open(temporary, "w:gz", compresslevel=6) as archive,
    ):
        # The list of what is left out, and the archive's end, take the rest.
        room = MAX_BYTES - 100 * _TAR_BLOCK
        seen: set[Path] = set()
        for path, name in _files(root, logs):
            if path in seen:
                continue
            seen.add(path)
            content = path.read_bytes()
            # A compressed file takes its size and a header; any other file takes less.
            size = len(content) + 3 * _TAR_BLOCK
            if size > room:
                collected.left_out.append(f"{printable(name)}: {len(content):,} bytes")
                continue
            room -= size
            _add(archive, name, content)
            if path.name == "run.json":
                collected.records += 1
        text = "\n".join(collected.left_out).encode("utf-8", "backslashreplace")
        _add(archive, LEFT_OUT, text[: 60 * _TAR_BLOCK])


def _files(root: Path, logs: Path | None) -> Iterator[tuple[Path, str]]:
    """Yield files and their names in the archive, the most needed first."""
    for number, patterns in enumerate(_KINDS):
        for pattern in patterns:
            for path in sorted(root.rglob(pattern)):
                relative = path.relative_to(root)
                hidden = any(part.startswith(".") for part in relative.parts)
                if path.is_file() and not hidden and PARTS_OF_WORK.isdisjoint(relative.parts):
                    yield path, relative.as_posix()
        if number == 1 and logs is not None:
            for path in sorted(logs.iterdir()):
                if path.is_file():
                    yield path, f"logs/{path.name}"


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(os.fspath(name))
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
