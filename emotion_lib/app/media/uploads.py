"""The server's own temporary folder: what visitors upload, and what is made of it."""

import atexit
import contextlib
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

from ...files import LOCK_NAME, FolderInUseError, exclusive

PREFIX = "emotion-page-"
# Seconds between two searches for old files, at most.
SWEEP_EVERY = 60.0
# Folders of this process, which its own sweeps pass over: the lock is one of the process.
_own: set[Path] = set()


class Uploads:
    """A folder for files that live only for a while.

    Nobody but the user of this process may read it. It is removed when the server ends. A server
    that was killed leaves its folder behind; the next one removes it when it starts.

    Args:
        keep_seconds: age at which a file is deleted.
        parent: where the folder is made; None: where this system keeps temporary files.

    Attributes:
        folder: the folder.

    Example:
        >>> uploads = Uploads(keep_seconds=3600.0)
        >>> (uploads.new_folder("video") / "a.mp4").write_bytes(b"...")
        3
        >>> uploads.close()
    """

    def __init__(self, keep_seconds: float, parent: Path | None = None):
        self._keep_seconds = keep_seconds
        parent = parent or Path(tempfile.gettempdir())
        sweep_abandoned(parent)
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent)).resolve()
        _own.add(self.folder)
        self._lock = exclusive(self.folder, "the files of the page's visitors")
        self._lock.__enter__()
        self.folder.chmod(0o700)  # as another process may have taken it for an abandoned one
        self._closed = threading.Event()
        atexit.register(self.close)
        threading.Thread(target=self._run, name="emotion-uploads", daemon=True).start()

    def new_folder(self, prefix: str) -> Path:
        """Return a new folder with a name that nobody can guess."""
        return Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=self.folder))

    def delete(self, folder: Path) -> None:
        """Delete a folder of :meth:`new_folder` at once."""
        shutil.rmtree(folder, ignore_errors=True)

    def delete_old(self) -> None:
        """Delete the files that are older than they may be, and folders without files."""
        now = time.time()
        for place, _, names in os.walk(self.folder, topdown=False):
            for name in names:
                path = os.path.join(place, name)
                with contextlib.suppress(OSError):  # deleted in the meantime
                    # The time of its last change of name or content, which no upload can choose.
                    age = now - os.lstat(path).st_ctime
                    if age >= self._keep_seconds and name != LOCK_NAME:
                        os.unlink(path)
            with contextlib.suppress(OSError):  # not empty, or used in the meantime
                if now - os.lstat(place).st_ctime >= self._keep_seconds:
                    os.rmdir(place)

    def close(self) -> None:
        """Delete everything."""
        if self._closed.is_set():
            return
        self._closed.set()
        atexit.unregister(self.close)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.__exit__(None, None, None)
        # Windows deletes no open file, such as the lock.
        shutil.rmtree(self.folder, ignore_errors=True)
        _own.discard(self.folder)

    def _run(self) -> None:
        while not self._closed.wait(min(SWEEP_EVERY, self._keep_seconds / 10)):
            self.delete_old()


def sweep_abandoned(parent: Path) -> None:
    """Delete the folders of servers that were killed."""
    for folder in parent.glob(f"{PREFIX}*"):
        folder = folder.resolve()
        # Without a lock, a server has made it this very moment.
        if folder in _own or not _is_mine(folder) or not (folder / LOCK_NAME).exists():
            continue
        with contextlib.suppress(FolderInUseError, OSError), exclusive(folder, "deleting it"):
            shutil.rmtree(folder, ignore_errors=True)


def _is_mine(folder: Path) -> bool:
    """Return whether a folder is one of this user, below a place where all users may write."""
    with contextlib.suppress(OSError):
        status = folder.stat()
        return not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return False
