"""Locks that a forked process finds free.

A fork copies a lock as it is at that moment. If another thread holds it then, nobody in the new process will ever
release it, and whoever waits for it waits for ever.
"""

import os
import threading
import weakref

_locks: "weakref.WeakSet[Lock]" = weakref.WeakSet()


class Lock:
    """A lock as :class:`threading.Lock`, for ``with`` alone, that is free in each new process.

    What it protects may have been in use at the fork: see ``forked``.

    Attributes:
        process: number of the process that made the lock.
    """

    def __init__(self):
        self.process = os.getpid()
        self._lock = threading.Lock()
        _locks.add(self)

    def __enter__(self) -> "Lock":
        self._lock.acquire()
        return self

    def __exit__(self, *error) -> None:
        self._lock.release()

    @property
    def forked(self) -> bool:
        """Whether this process is not the one that made the lock, but a fork of it."""
        return self.process != os.getpid()


def _renew() -> None:
    for lock in _locks:
        lock._lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_renew)
