"""An iterator that runs ahead in a thread: frames are decoded while faces are found in others."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")


def prefetch(produce: Callable[[], Iterator[T]], size: int) -> Iterator[T]:
    """Yield the items of an iterator that runs in its own thread.

    An error of the iterator is raised here. The thread has ended when this generator is closed.

    Args:
        produce: called in the thread; returns the iterator.
        size: number of items that the thread may be ahead.

    Example:
        >>> list(prefetch(lambda: iter([1, 2, 3]), size=2))
        [1, 2, 3]
    """
    items: queue.Queue = queue.Queue(maxsize=size)
    stopped = threading.Event()
    end = object()

    def put(item) -> bool:
        while not stopped.is_set():
            try:
                items.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def run() -> None:
        try:
            for item in produce():
                if not put(item):
                    return
            put(end)
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while (item := items.get()) is not end:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()
