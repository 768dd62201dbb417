"""Errors that FFmpeg logs while OpenCV reads a video.

OpenCV hides these errors, and returns damaged frames as good ones.
"""

import contextlib
import ctypes
import functools
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ERROR = 16  # AV_LOG_ERROR; worse levels have smaller numbers
# Only warnings for FFmpeg, but frames are missing.
_DAMAGE = (b"Packet corrupt", b"Skipping invalid undecodable NALU")


@dataclass
class Errors:
    """Errors that FFmpeg logged while a block ran.

    Attributes:
        count: number of errors.
        first: text of the first error, or None.
        shared: whether some may belong to another video that was read at the same time.
    """

    count: int = 0
    first: str | None = None
    shared: bool = False


@contextlib.contextmanager
def errors() -> Iterator[Errors]:
    """Collect FFmpeg's errors in all threads while the block runs.

    They no longer appear on the standard error stream.

    Yields:
        The errors so far. They stay empty where OpenCV does not bring FFmpeg as a library that can
        be found.

    Example:
        >>> with errors() as found:  # doctest: +SKIP
        ...     capture.read()
        >>> found.count  # doctest: +SKIP
        2
    """
    found = Errors()
    library = _library()
    if library is None:
        yield found
        return
    with _lock:
        _active.append(found)
        library.av_log_set_callback(_callback)
    try:
        yield found
    finally:
        with _lock:
            # By identity: two blocks may have collected equal errors.
            _active[:] = [each for each in _active if each is not found]
            if not _active:
                library.av_log_set_callback(library.av_log_default_callback)


_lock = threading.Lock()
_active: list[Errors] = []  # of the blocks that run now
_Callback = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


@_Callback
def _callback(context, level, form, arguments) -> None:
    """Count a message. FFmpeg calls this in its threads, at most some thousand times a second."""
    if level & 0xFF > _ERROR and not form.startswith(_DAMAGE):
        return
    active = tuple(_active)
    for each in active:
        each.count += 1
        each.shared |= len(active) > 1
        if each.first is None:
            line = ctypes.create_string_buffer(300)
            prefix = ctypes.c_int(0)
            _library().av_log_format_line2(
                context, level, form, arguments, line, len(line), ctypes.byref(prefix)
            )
            each.first = line.value.decode("utf-8", "replace").strip()


@functools.cache
def _library() -> ctypes.CDLL | None:
    """Return the libavutil that OpenCV's wheel brings and has loaded, or None."""
    import cv2

    if os.environ.get("OPENCV_FFMPEG_DEBUG"):  # OpenCV sets its own callback then
        return None
    package = Path(cv2.__file__).parent
    candidates = [*package.parent.glob("opencv_*.libs/libavutil*")]
    candidates += package.glob(".dylibs/libavutil*")
    if len(candidates) != 1:
        return None
    try:
        library = ctypes.CDLL(str(candidates[0]))
        library.av_log_set_callback.argtypes = [ctypes.c_void_p]
        library.av_log_set_callback.restype = None
        library.av_log_format_line2.argtypes = [
            ctypes.c_void_p,
            ctypes.c_int,
            ctypes.c_char_p,
            ctypes.c_void_p,
            ctypes.c_char_p,
            ctypes.c_int,
            ctypes.POINTER(ctypes.c_int),
        ]
    except (OSError, AttributeError):
        return None
    return library
