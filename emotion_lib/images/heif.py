"""HEIC and HEIF photographs of phones, which the optional package pi-heif decodes.

Its plugin for Pillow turns them upright, and reduces 10 bits per channel to 8.
"""

import importlib.util

# The brands of HEIF files; "mif1" and "msf1" can also be AVIF.
_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
HEAD_BYTES = 12


def is_heif(head: bytes) -> bool:
    """Return whether a file that begins with these bytes may be HEIF.

    Args:
        head: the first :data:`HEAD_BYTES` bytes.

    Example:
        >>> is_heif(bytes(4) + b"ftypheic")
        True
    """
    return head[4:8] == b"ftyp" and head[8:12] in _BRANDS


def registered() -> bool:
    """Register the format "HEIF" with Pillow, and return whether pi-heif is installed."""
    if importlib.util.find_spec("pi_heif") is None:
        return False
    import pi_heif

    pi_heif.register_heif_opener()
    return True
