"""One image of a source, and the errors that damaged sources raise."""

import lzma
import tarfile
import zipfile
import zlib
from typing import NamedTuple

import numpy as np

# The errors that the readers of damaged or encrypted files raise.
DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
)


class Record(NamedTuple):
    """One image of a source.

    Attributes:
        name: path in the source, or line of the CSV.
        usage: one of :data:`USAGES`.
        label: index into :data:`CLASS_NAMES`.
        pixels: uint8 ``(48, 48)``; or a text that says why the image cannot be used.
    """

    name: str
    usage: str
    label: int
    pixels: np.ndarray | str
