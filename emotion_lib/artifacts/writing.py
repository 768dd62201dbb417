"""Writing the files of a run together, and the errors of this package."""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import EmotionError
from ..files import atomic_folder, printable

RECORD_NAME = "run.json"
_READY_NAME = ".ready"  # the folder of files that are complete and wait to be moved
_DELETED_NAME = ".deleted"  # in that folder: the names of files to delete


class ArtifactError(EmotionError, RuntimeError):
    """Error of a run or model that is missing, damaged or not fit for its purpose."""


@contextlib.contextmanager
def replaced_together(folder: Path, replaced: Iterable[str]) -> Iterator[Path]:
    """Yield a temporary folder, and move its files into ``folder`` if the block succeeds.

    The files of a run belong together: model, record, history, scores. All of them are on disk
    before the first one replaces its predecessor, and the record is moved last. If the process is
    killed in between, :func:`settle` moves the rest.

    Args:
        folder: of the run; is created if it does not exist.
        replaced: names of files that are deleted from ``folder`` if no new file has their name.

    Raises:
        OSError: they cannot be written; ``folder`` is as it was.
    """
    settle(folder)
    for leftover in folder.glob(f"{_READY_NAME}.*"):  # of a process that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    with atomic_folder(folder / _READY_NAME) as temporary:
        yield temporary
        deleted = sorted(set(replaced) - set(os.listdir(temporary)))
        (temporary / _DELETED_NAME).write_text("\n".join(deleted), encoding="utf-8")
    settle(folder)


def settle(folder: Path) -> None:
    """Finish what a killed process had ready: delete old files, and move new ones into place."""
    ready = folder / _READY_NAME
    if not ready.is_dir():
        return
    names = sorted(os.listdir(ready), key=_order_of_moving)
    # Another process may do the same at this moment: what it has done already is no error.
    with contextlib.suppress(FileNotFoundError):
        for name in (ready / _DELETED_NAME).read_text(encoding="utf-8").splitlines():
            (folder / name).unlink(missing_ok=True)
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            if name == _DELETED_NAME:
                (ready / name).unlink()
            else:
                os.replace(ready / name, folder / name)
    with contextlib.suppress(FileNotFoundError):
        ready.rmdir()


def _order_of_moving(name: str) -> int:
    """Return the sort key of a file: the record is moved last but for the list of deletions."""
    return {RECORD_NAME: 1, _DELETED_NAME: 2}.get(name, 0)


def unwritable(path: Path, error: OSError) -> ArtifactError:
    """Return the error of a file that cannot be written: the reason, and what to do."""
    what_to_do = "Choose a place you may write to"
    if error.errno == errno.ENOSPC:
        what_to_do = "Free some space"
    return ArtifactError(
        f"Expected to be able to write {printable(path)}. Received: {error.strerror or error}. "
        f"{what_to_do}, or set ARTIFACTS_DIR."
    )
