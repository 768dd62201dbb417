"""Files of a run, which replace those of the run before together, and the error if they cannot be written."""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import EmotionError
from ..files import atomic_folder, printable

RECORD_NAME = "run.json"
_READY_NAME = ".ready"


class ArtifactError(EmotionError, RuntimeError):
    """A run or model that is missing, damaged or not fit for what was asked."""


@contextlib.contextmanager
def replaced_together(folder: Path, owned: Iterable[str]) -> Iterator[Path]:
    """Yield a temporary folder, and move its files into ``folder`` if the block succeeds, the record last.

    The files of a run belong together: model, record, history, scores. They are all on disk before the first one replaces
    its predecessor. If the process is killed between the first and the last, :func:`settle` moves the rest.

    Args:
        folder: of the run; is made if it does not exist.
        owned: names of files that are deleted from ``folder`` if the new files have none of this name.

    Raises:
        OSError: they cannot be written; ``folder`` is as it was.
    """
    settle(folder)
    for leftover in folder.glob(f"{_READY_NAME}.*"):  # of a process that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    with atomic_folder(folder / _READY_NAME) as temporary:
        yield temporary
        names = os.listdir(temporary)
    settle(folder)
    for name in set(owned) - set(names):
        (folder / name).unlink(missing_ok=True)


def settle(folder: Path) -> None:
    """Move files that a killed process had ready into their place."""
    ready = folder / _READY_NAME
    if not ready.is_dir():
        return
    for file in sorted(ready.iterdir(), key=lambda file: file.name == RECORD_NAME):
        with contextlib.suppress(FileNotFoundError):  # another process has moved it
            os.replace(file, folder / file.name)
    with contextlib.suppress(FileNotFoundError):
        ready.rmdir()


def unwritable(path: Path, error: OSError) -> ArtifactError:
    """Return the error that says what kept a file from being written, and what to do."""
    what_to_do = (
        "Free some space" if error.errno == errno.ENOSPC else "Choose a place you may write to"
    )
    return ArtifactError(
        f"Expected to be able to write {printable(path)}. Received: {error.strerror or error}. {what_to_do}, or set "
        "ARTIFACTS_DIR."
    )
