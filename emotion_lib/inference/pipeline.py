"""Work on the items of a stream in several threads, with the results in order."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# More threads would wait for each other's Python code.
MAX_THREADS = 4
# Items per thread that are taken from the stream before their results are needed: enough for the
# threads to work on while the network classifies a batch, few enough to hold in memory.
AHEAD = 4


def in_order(
    function: Callable[[Item], Answer], items: Iterable[Item], threads: int | None = None
) -> Generator[Answer, None, None]:
    """Yield ``function(item)`` for each item, in order.

    A single item takes no thread. The threads end with the iterator: at its end, at an exception,
    or when it is closed; calls that have begun are waited for. An exception of the function is
    raised in its item's place.

    Args:
        function: may be called from several threads at once.
        items: are taken in the caller's thread, at most :data:`AHEAD` per thread ahead of the
            results.
        threads: number of threads; None: one per processor, at most :data:`MAX_THREADS`.
    """
    source = iter(items)
    first = list(islice(source, 2))
    if len(first) < 2:
        threads = 1
    elif threads is None:
        from ..environment.machine import cores  # takes 20 ms, which one picture does without

        threads = min(MAX_THREADS, cores())
    if threads == 1:
        yield from map(function, chain(first, source))
        return
    from concurrent.futures import ThreadPoolExecutor  # takes 10 ms

    process = os.getpid()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="emotion")
    waiting: deque[tuple[Item, Future[Answer] | None]] = deque()
    try:
        for item in chain(first, source):
            forked = os.getpid() != process
            waiting.append((item, None if forked else pool.submit(function, item)))
            if len(waiting) >= AHEAD * threads:
                yield _answer(function, *waiting.popleft(), process)
        while waiting:
            yield _answer(function, *waiting.popleft(), process)
    finally:
        pool.shutdown(cancel_futures=True)


def _answer(
    function: Callable[[Item], Answer], item: Item, future: "Future[Answer] | None", process: int
) -> Answer:
    """Return the answer for an item.

    A process that was forked in the middle of the stream has none of its threads.
    """
    if future is None or os.getpid() != process:
        return function(item)
    return future.result()
