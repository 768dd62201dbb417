"""Encoders of video files that browsers play: H.264 by the program ffmpeg, VP8 by OpenCV."""

import errno
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..files import atomic_file, printable
from ..litert import silent_stderr
from .frames import VideoError, openable

Size = tuple[int, int]  # width and height in px

PROGRAM = "ffmpeg"
# On 10 s of 640x480 at 25 frames per second, with three moving portraits and a camera's noise:
# 0.2 MB in 1.2 s of processor time. VP8 by OpenCV: 12.7 MB in 11.0 s; MPEG-4, which no browser
# plays: 1.4 MB in 0.4 s.
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p")
# Without questions, status lines and the input of the terminal.
_QUIET = ("-hide_banner", "-loglevel", "error", "-nostdin", "-y")
# A crafted file may name others, on other machines too.
_FILES_ALONE = ("-protocol_whitelist", "file")


class Encoder(Protocol):
    """Writer of frames of one size to a video file of constant rate."""

    def write(self, image: np.ndarray) -> None:
        """Add a frame, uint8 RGB ``(height, width, 3)``.

        Raises:
            OSError: the file cannot be written any more.
        """
        ...

    def close(self) -> str | None:
        """Complete the file.

        Returns:
            The reason why frames are missing at its end, or None.
        """
        ...


class FFmpegEncoder:
    """H.264 in a ``.mp4`` file, by the program ffmpeg.

    The file is written in fragments. It can be played at any time, also if this process or ffmpeg
    is killed.

    Args:
        path: the file.
        size: of all frames; even numbers.
        rate: frames per second.
    """

    def __init__(self, path: Path, size: Size, rate: float):
        self._path = path
        # Not a pipe, which would fill up.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [
                *(PROGRAM, *_QUIET, *_raw_input(size, rate), *_H264),
                *("-movflags", "+frag_keyframe+empty_moov", "-flush_packets", "1"),
                *("-f", "mp4", os.path.abspath(path)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            # Ctrl-C is for this process alone, which then completes the file.
            start_new_session=True,
        )

    def write(self, image: np.ndarray) -> None:
        """Add a frame, see :class:`Encoder`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(image).data)
        except BrokenPipeError as error:
            self._process.wait()
            raise OSError(errno.EIO, self._reason(), printable(self._path)) from error

    def close(self) -> str | None:
        """Complete the file, see :class:`Encoder`."""
        self._process.communicate()
        reason = self._reason() if self._process.returncode else None
        self._errors.close()
        return reason

    def _reason(self) -> str:
        """Return how ffmpeg has ended, and what it said last."""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        last = lines[-1] if lines else "no message"
        return f"ffmpeg has ended with status {self._process.returncode}: {last}"


class OpenCVEncoder:
    """VP8 in a ``.webm`` file, by OpenCV, which has no H.264 encoder.

    Args:
        path: the file.
        size: of all frames; even numbers.
        rate: frames per second.

    Raises:
        VideoError: the file cannot be opened.
    """

    # Frames per second: the format takes no frame that is shown for 25 s.
    MIN_RATE = 0.05

    def __init__(self, path: Path, size: Size, rate: float):
        import cv2

        self._cv2 = cv2
        # OpenCV writes VP8, but says that its own name for it is not supported.
        with openable(path) as opened, silent_stderr():
            self._writer: Any = cv2.VideoWriter(opened, cv2.VideoWriter.fourcc(*"VP80"), rate, size)
        if not self._writer.isOpened():
            raise VideoError(
                f"Expected to write {printable(path)}. Received: it cannot be opened. "
                "Choose another file."
            )

    def write(self, image: np.ndarray) -> None:
        """Add a frame, see :class:`Encoder`."""
        self._writer.write(self._cv2.cvtColor(image, self._cv2.COLOR_RGB2BGR))

    def close(self) -> None:
        """Complete the file, see :class:`Encoder`. OpenCV does not tell of missing frames."""
        self._writer.release()


def can_encode_h264(size: Size, rate: float) -> bool:
    """Return whether the program ffmpeg is there and encodes frames of this size and rate.

    Not every build has the encoder libx264.
    """
    frame = bytes(3 * size[0] * size[1])
    command = [PROGRAM, *_QUIET, *_raw_input(size, rate), *_H264, "-f", "null", "-"]
    return shutil.which(PROGRAM) is not None and _succeeds(command, frame)


def complete(path: Path, seconds: float, sound_of: Path | None = None) -> bool:
    """Rewrite a file of :class:`FFmpegEncoder` so that browsers play it while they load it.

    If that fails, because the disk is full for example, the file stays as it is.

    Args:
        path: the file.
        seconds: its duration.
        sound_of: the video whose sound is added, as AAC in stereo, which all browsers play; nothing
            is added if it has no sound.

    Returns:
        Whether the file was rewritten.
    """
    name = os.path.abspath(path)
    command = [PROGRAM, *_QUIET, "-i", name]
    if sound_of is not None:
        before = _sound_before_picture(sound_of)
        if before > 0:
            command += ["-ss", f"{before:.6f}"]
        command += [*_FILES_ALONE, "-i", os.path.abspath(sound_of)]
        command += ["-map", "0:v", "-map", "1:a:0?"]
    command += ["-c:v", "copy", "-c:a", "aac", "-ac", "2", "-t", f"{seconds:.6f}"]
    command += ["-movflags", "+faststart", "-f", "mp4"]
    try:
        with atomic_file(path) as temporary:
            if not _succeeds([*command, str(temporary)]):
                raise OSError(errno.EIO, "ffmpeg has failed", name)
    except OSError:
        return False
    return True


def _sound_before_picture(path: Path) -> float:
    """Return the seconds by which a video begins before its first frame; 0 if they are unknown."""
    command = ["ffprobe", "-loglevel", "error", *_FILES_ALONE, "-select_streams", "v:0"]
    command += ["-show_entries", "stream=start_time:format=start_time"]
    command += ["-of", "default=noprint_wrappers=1:nokey=1", os.path.abspath(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
        picture, *_, first = map(float, done.stdout.split())
    except (OSError, ValueError):
        return 0.0
    return picture - first


def _raw_input(size: Size, rate: float) -> tuple[str, ...]:
    """Return the options of ffmpeg for RGB frames on its standard input."""
    width, height = size
    form = ("-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", f"{width}x{height}")
    return (*form, "-framerate", str(rate), "-i", "pipe:0")


def _succeeds(command: list[str], content: bytes = b"") -> bool:
    """Return whether a program ends with status 0, given something to read."""
    try:
        return subprocess.run(command, input=content, capture_output=True).returncode == 0
    except OSError:
        return False
