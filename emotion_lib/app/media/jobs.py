"""Videos that visitors gave: they are read one after the other, and nobody waits for the dead."""

import base64
import io
import os
import secrets
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from ...faces.detection import shrink
from ...inference.drawing import annotate
from ...inference.predictor import Predictor
from ...video.moments import Moment
from ...video.reader import Video
from ..errors import BusyError, RequestError
from ..schemas import VideoAnswer, VideoState
from ..settings import Settings
from .recording import CancelledError, Reading, read_recording
from .uploads import Uploads

# Seconds after the last question for its state, after which a job that is not done is cancelled:
# its page was closed.
PATIENCE = 60.0
# Seconds between two looks for such jobs.
TIDY_EVERY = 0.5
# Seconds after which a visitor who was refused may ask again.
RETRY = 30
# px of the longer side of a preview, and seconds between two of them.
PREVIEW_SIDE = 480
PREVIEW_EVERY = 1.0
# Priority of the threads that read videos, from 0 to 19 (the lowest), so that photographs and
# cameras go first. Linux has priorities of threads.
NICENESS = 10
CLOSED = "The page that asked for it was closed, so the reading was cancelled."
ENDED = "The server has ended, so the reading was cancelled."


@dataclass(eq=False)
class Job:
    """A video of a visitor.

    Attributes:
        id: name that nobody can guess.
        name: of the file.
        path: the uploaded file, in a folder of its own.
        predictor: that reads it.
        state: of the work.
        reading: the answer when it is done.
        read_seconds: of the video until now.
        total_seconds: that the file claims, or 0.
        preview: JPEG of the newest annotated frame.
        asked: when its state was asked for last, in seconds of the monotonic clock.
        born: when the upload was complete.
    """

    name: str
    path: Path
    predictor: Predictor
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    state: VideoState = "waiting"
    reading: Reading = field(default_factory=Reading)
    read_seconds: float = 0.0
    total_seconds: float = 0.0
    preview: bytes = b""
    asked: float = field(default_factory=time.monotonic)
    born: float = field(default_factory=time.monotonic)

    @property
    def is_open(self) -> bool:
        """True until it has an answer or is cancelled."""
        return self.state in ("waiting", "running")


class Jobs:
    """All videos of a server, and the threads that read them.

    Args:
        settings: the limits.
        uploads: folder of the files.
    """

    def __init__(self, settings: Settings, uploads: Uploads):
        self._settings = settings
        self._uploads = uploads
        self._jobs: dict[str, Job] = {}  # in the order in which they came
        self._changed = threading.Condition()
        self._closed = False
        self._ends = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"emotion-video-{number}", daemon=True)
            for number in range(settings.videos)
        ]
        self._threads.append(
            threading.Thread(target=self._tidy, name="emotion-video-tidy", daemon=True)
        )
        for thread in self._threads:
            thread.start()

    def check_room(self) -> None:
        """Raise a BusyError if too many videos wait."""
        with self._changed:
            waiting = len(self._waiting())
        if self._closed or waiting >= self._settings.videos_waiting:
            raise BusyError(
                f"Expected fewer than {self._settings.videos_waiting} waiting videos. Received: "
                f"one more. Send it again in {RETRY} seconds.",
                retry=RETRY,
            )

    def add(self, name: str, path: Path, predictor: Predictor) -> VideoAnswer:
        """Add an uploaded video, which is then read as soon as it is its turn.

        Args:
            name: of the file.
            path: in a folder of its own, which is deleted with the job.
            predictor: that reads it.

        Raises:
            BusyError: too many videos wait.
        """
        self.check_room()
        job = Job(name, path, predictor)
        with self._changed:
            self._jobs[job.id] = job
            self._changed.notify()
            return self._answer(job)

    def ask(self, number: str) -> VideoAnswer:
        """Return the state of a job, and note that somebody waits for it.

        Raises:
            RequestError: there is no such job.
        """
        with self._changed:
            job = self._find(number)
            job.asked = time.monotonic()
            return self._answer(job)

    def reading(self, number: str) -> Reading:
        """Return the answer of a job that is done.

        Raises:
            RequestError: there is no such job, or it is not done.
        """
        with self._changed:
            job = self._find(number)
            if job.state != "done":
                raise RequestError(
                    f'Expected a video in the state "done". Received: "{job.state}". '
                    "Ask for its state first.",
                    status=409,
                )
            return job.reading

    def delete(self, number: str) -> None:
        """Cancel a job, and delete it with all its files at once.

        Raises:
            RequestError: there is no such job.
        """
        with self._changed:
            job = self._find(number)
            del self._jobs[number]
            self._cancel(job, "")

    def counts(self) -> tuple[int, int]:
        """Return how many videos are read at this moment, and how many wait."""
        with self._changed:
            running = [job for job in self._jobs.values() if job.state == "running"]
            return len(running), len(self._waiting())

    def close(self) -> None:
        """Cancel everything, and wait a moment for the threads."""
        with self._changed:
            self._closed = True
            for job in self._jobs.values():
                self._cancel(job, ENDED)
            self._changed.notify_all()
        self._ends.set()
        for thread in self._threads:
            thread.join(timeout=2)

    def _find(self, number: str) -> Job:
        if number not in self._jobs:
            raise RequestError(
                "Expected a video that is there. Received: one that was deleted, or never was. "
                "Send the file again.",
                status=404,
            )
        return self._jobs[number]

    def _waiting(self) -> list[Job]:
        return [job for job in self._jobs.values() if job.state == "waiting"]

    def _cancel(self, job: Job, message: str) -> None:
        if job.is_open:
            job.state = "cancelled"
            job.reading = Reading(message)
        job.preview = b""
        # A thread that still reads it sees the state at its next frame.
        self._uploads.delete(job.path.parent)

    def _answer(self, job: Job) -> VideoAnswer:
        place = None
        if job.state == "waiting":
            place = 1 + self._waiting().index(job)
        preview = None
        if job.preview and job.state == "running":
            preview = "data:image/jpeg;base64," + base64.b64encode(job.preview).decode()
        reading = job.reading
        files = [path.name for path in (reading.table, reading.copy) if path]
        if reading.table:
            files.append(reading.table.with_suffix(".json").name)
        return VideoAnswer(
            id=job.id,
            name=job.name,
            state=job.state,
            place=place,
            read_seconds=round(job.read_seconds, 3),
            total_seconds=round(job.total_seconds, 3),
            preview=preview,
            message=reading.message,
            width=reading.size[0],
            height=reading.size[1],
            faces=reading.faces,
            files=files,
        )

    def _work(self) -> None:
        """Read one video after the other."""
        if sys.platform == "linux":
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while not self._closed:
            with self._changed:
                waiting = self._waiting()
                if not waiting:
                    self._changed.wait()
                    continue
                job = waiting[0]
                job.state = "running"
            reading = self._read(job)
            with self._changed:
                if job.state == "running":
                    job.state = "failed" if reading.failed else "done"
                    job.reading = reading
            if job.state == "done":
                job.path.unlink(missing_ok=True)  # the visitor has it
            else:  # nothing is of use, nor what was written after a cancelled one was deleted
                self._uploads.delete(job.path.parent)

    def _read(self, job: Job) -> Reading:
        due = time.monotonic()

        def start(source: Video) -> None:
            seconds = source.seconds if 0 < source.seconds < 1e7 else 0.0
            job.total_seconds = min(seconds, self._settings.video_seconds)

        def follow(moment: Moment) -> None:
            nonlocal due
            if job.state == "cancelled":
                raise CancelledError
            job.read_seconds = moment.frame.time_s
            if time.monotonic() >= due:
                job.preview = _preview(moment)
                due = time.monotonic() + PREVIEW_EVERY

        try:
            return read_recording(
                job.predictor,
                job.path,
                name=job.name,
                max_seconds=self._settings.video_seconds,
                max_wall_seconds=self._settings.video_wall_seconds,
                on_start=start,
                on_moment=follow,
            )
        except CancelledError:
            return Reading()
        except Exception as error:  # of any library: the next visitor's video must still be read
            return Reading(
                f"This video cannot be read. Received: {type(error).__name__}.", failed=True
            )

    def _tidy(self) -> None:
        """Cancel what nobody waits for, and delete what is old."""
        while not self._ends.wait(TIDY_EVERY):
            with self._changed:
                now = time.monotonic()
                for job in list(self._jobs.values()):
                    if job.is_open and now - job.asked >= PATIENCE:
                        self._cancel(job, CLOSED)
                    if now - job.born >= self._settings.keep_seconds:
                        del self._jobs[job.id]
                        self._cancel(job, "")


def _preview(moment: Moment) -> bytes:
    """Return a small annotated frame as JPEG."""
    image = annotate(moment.frame.image, moment.predictions, moment.track_ids)
    small, _ = shrink(image, PREVIEW_SIDE)
    file = io.BytesIO()
    Image.fromarray(small).save(file, "JPEG", quality=75)
    return file.getvalue()
