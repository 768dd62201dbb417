"""The errors that FFmpeg logs while OpenCV reads a video: OpenCV hides them, and hands out damaged frames as good ones."""

import contextlib
import ctypes
import functools
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ERROR = 16  # AV_LOG_ERROR; what is worse has a smaller number
_DAMAGE = (
    b"Packet corrupt",
    b"Skipping invalid undecodable NALU",
)  # only warnings, but pictures are missing


@dataclass
class Errors:
    """What FFmpeg logged while a block ran.

    Attributes:
        count: how many errors.
        first: the first one's text, or None.
        shared: whether some may belong to another video that was read at the same time.
    """

    count: int = 0
    first: str | None = None
    shared: bool = False


@contextlib.contextmanager
def errors() -> Iterator[Errors]:
    """Collect FFmpeg's errors, of all threads, while the block runs; they no longer appear on the standard error stream.

    Yields:
        Errors, which grow. They stay empty where OpenCV has not brought its own FFmpeg in a library of its own.

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
            _active[:] = [each for each in _active if each is not found]
            if not _active:
                library.av_log_set_callback(library.av_log_default_callback)


_lock = threading.Lock()
_active: list[Errors] = []
_Callback = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


@_Callback
def _callback(context, level, form, arguments) -> None:
    """Count a message; FFmpeg calls this in whatever thread it decodes, some thousand times a second at most."""
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

    if os.environ.get("OPENCV_FFMPEG_DEBUG"):  # OpenCV has a callback of its own then
        return None
    package = Path(cv2.__file__).parent
    places = [*package.parent.glob("opencv_*.libs/libavutil*"), *package.glob(".dylibs/libavutil*")]
    if len(places) != 1:
        return None
    try:
        library = ctypes.CDLL(str(places[0]))
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
