"""Names of files: as printable text, and whether two of them mean the same file."""

import os


def printable(path: str | os.PathLike) -> str:
    r"""Return a path as text that any UTF-8 stream accepts.

    File names are bytes on Linux. Bytes that are not UTF-8 appear as ``\xe9``, so that two
    different names stay different.

    Example:
        >>> printable(os.fsdecode(b"caf\xe9.jpg"))
        'caf\\xe9.jpg'
    """
    text = os.fsdecode(path)
    try:
        name = os.fsencode(text)
    except UnicodeEncodeError:
        # A message that contains a name, on a system whose file names are not in UTF-8.
        name = text.encode("utf-8", "backslashreplace")
    return name.decode("utf-8", "backslashreplace")


def same_file(first: str | os.PathLike, second: str | os.PathLike) -> bool:
    """Return whether two paths lead to the same existing file, through any link or spelling."""
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False
