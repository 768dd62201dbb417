"""SHA-256 digests of files, texts, bytes and arrays."""

import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_ROWS = 4096  # per step: a memory-mapped array may not fit into memory


def sha256(path: str | os.PathLike) -> str:
    """Return the SHA-256 of a file's content as 64 hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(*parts: "str | bytes | np.ndarray", length: int = 64) -> str:
    """Return the SHA-256 of several parts, as if they were joined.

    Args:
        parts: texts (hashed as UTF-8), bytes, or arrays (hashed as the bytes of their values, in C
            order, without shape and type).
        length: number of hex digits to return, at most 64.

    Example:
        >>> digest_of("a", b"bc", length=8)
        'ba7816bf'
    """
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            digest.update(part.encode())
        elif isinstance(part, bytes):
            digest.update(part)
        else:
            _add(digest, part)
    return digest.hexdigest()[:length]


def digest_of_arrays(*arrays: "np.ndarray", length: int = 64) -> str:
    """Return the SHA-256 of the shapes, types and values of arrays.

    FER-2013 (35,887 images of 48x48 px) takes 0.1 s.

    Args:
        arrays: of at least one dimension; memory maps are read in steps.
        length: number of hex digits to return, at most 64.
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(repr((array.shape, array.dtype.str)).encode())
        for start in range(0, len(array), _ROWS):
            _add(digest, array[start : start + _ROWS])
    return digest.hexdigest()[:length]


def _add(digest, array: "np.ndarray") -> None:
    import numpy as np  # here, because every command imports this module, and few hash arrays

    digest.update(np.ascontiguousarray(array))
