"""A lock between threads that a forked process finds free.

A fork copies a lock in its current state. If another thread holds it at that moment, no thread of
the new process ever releases it, and a thread that waits for it waits forever.
"""

import os
import threading
import weakref

_locks: "weakref.WeakSet[Lock]" = weakref.WeakSet()


class Lock:
    """A :class:`threading.Lock`, for ``with`` only, that is free in each forked process.

    The object that it protects may have been in use at the fork: see :attr:`forked`.

    Attributes:
        process: number of the process that made the lock.
    """

    def __init__(self) -> None:
        self.process = os.getpid()
        self._lock = threading.Lock()
        _locks.add(self)

    def __enter__(self) -> "Lock":
        self._lock.acquire()
        return self

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    @property
    def forked(self) -> bool:
        """True if this process is a fork of the one that made the lock."""
        return self.process != os.getpid()


def _renew() -> None:
    for lock in _locks:
        lock._lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_renew)
