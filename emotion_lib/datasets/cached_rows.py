"""Arrays of many rows that take long to compute, kept in the cache part by part."""

import functools
import shutil
from collections.abc import Callable, Iterator

import numpy as np
from tqdm import tqdm

from . import cache

_PART = 4096  # rows between two points from which an interrupted call can continue


def cached_rows(
    kind: str,
    n: int,
    compute: Callable[[int, int], Iterator[np.ndarray]],
    *,
    key: str,
    code: str,
    meta: dict | None = None,
) -> np.ndarray:
    """Return an array of ``n`` rows, from the cache if it has been computed before.

    Each part of the rows is written to the disk when it is complete, so that an interrupted call
    continues there. The whole array replaces its parts.

    Args:
        kind: beginning of the names in the cache, also shown with the progress.
        n: number of rows.
        compute: for the first row of a part and the row behind its last, yields their values in
            several arrays.
        key, code: see :func:`emotion_lib.datasets.cache.place`.
        meta: metadata to keep beside the array, of types that JSON has.

    Returns:
        The array, memory-mapped and read-only.

    Raises:
        DataError: the cache cannot be written, or the disk is full.
    """
    folder = cache.place(kind, key, code)
    known = cache.read(folder)
    if known is not None:
        return known[0]["rows"]
    places = {}
    for start in range(0, n, _PART):
        places[start] = cache.place(f"{kind}-from-{start}", key, code)
    with tqdm(total=n, desc=kind, unit="img", delay=2) as progress:

        def build_part(start: int) -> cache.Entry:
            arrays = []
            for rows in compute(start, min(start + _PART, n)):
                arrays.append(rows)
                progress.update(len(rows))
            return {"rows": np.concatenate(arrays)}, {}

        def build() -> cache.Entry:
            arrays = []
            for start, place in places.items():
                part, _ = cache.load(place, functools.partial(build_part, start))
                arrays.append(part["rows"])
                progress.update(start + len(part["rows"]) - progress.n)  # if it was complete
            return {"rows": np.concatenate(arrays)}, meta or {}

        written, _ = cache.write(folder, build)
    for place in places.values():
        shutil.rmtree(place, ignore_errors=True)  # another process may have deleted it
    return written["rows"]
