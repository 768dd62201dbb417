"""Reading of pictures: threads that search them for faces, and one that classifies these.

The faces of several clients go through a network together. The queue is bounded, and large pictures
have a thread of their own, so that they do not hold up small ones.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import TypeVar

from ..environment.machine import cores
from ..images import ImageError, Picture
from ..inference.predictor import Found, Predictor
from .answers import image_answer
from .errors import BusyError, RequestError
from .http.metrics import Metrics
from .http.zip_files import Source
from .schemas import ImageAnswer
from .settings import Settings

Answer = TypeVar("Answer")

# Pictures whose faces are classified together: enough to fill the processor, few enough to answer
# soon.
PICTURES_PER_BATCH = 16
# From so many pixels on, a picture waits for the thread for large ones: 12 megapixels take 15 times
# as long as 640x480.
LARGE_PIXELS = 4_000_000
# Pictures of one request that are read or wait at the same time. The others of a request of many
# pictures come after those of other clients.
PICTURES_PER_TURN = 4
# Seconds after which a picture, such as one with hundreds of faces, gives its place to another: all
# places together would otherwise wait for a few such pictures.
SLOW_S = 1.0
# Threads for such pictures, besides one per core.
SLOW_PICTURES = 16


@dataclass(eq=False)
class Task:
    """One picture that is read.

    Attributes:
        source: the picture.
        predictor: that reads it.
        threshold: probability below which the label is "not sure".
        answer: is set by the worker. A cancelled one is not worked on.
        started: when a thread began with it, in seconds of the monotonic clock.
        found: faces, as soon as they are found.
        size: width and height of the upright picture.
    """

    source: Source
    predictor: Predictor
    threshold: float
    answer: "Future[ImageAnswer]" = field(default_factory=Future)
    started: float = 0.0
    found: Found | None = None
    size: tuple[int, int] | None = None

    def finish(self, answer: ImageAnswer | BaseException) -> None:
        """Set the answer, unless the client has gone."""
        with contextlib.suppress(InvalidStateError):
            if isinstance(answer, BaseException):
                self.answer.set_exception(answer)
            else:
                self.answer.set_result(answer)


class Worker:
    """Threads that read the pictures of requests, several requests at a time.

    Args:
        settings: the limits ``queue`` and ``pixels``.
        metrics: that count.
    """

    def __init__(self, settings: Settings, metrics: Metrics):
        self._settings = settings
        self._metrics = metrics
        self._waiting = 0
        self._lock = threading.Lock()
        self._quick = ThreadPoolExecutor(
            cores() + SLOW_PICTURES, thread_name_prefix="emotion-search"
        )
        self._places = threading.Semaphore(cores())
        self._in_places: set[Task] = set()
        self._closed = threading.Event()
        self._large = ThreadPoolExecutor(1, thread_name_prefix="emotion-search-large")
        self._found: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._classifier = threading.Thread(
            target=self._classify_all, name="emotion-classify", daemon=True
        )
        self._classifier.start()
        threading.Thread(target=self._watch, name="emotion-slow", daemon=True).start()
        metrics.queue.set_function(lambda: self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether the next request would be refused."""
        return self._waiting >= self._settings.queue

    async def read(
        self, predictor: Predictor, sources: Sequence[Source], threshold: float | None = None
    ) -> list[ImageAnswer]:
        """Read the pictures of a request. If the call is cancelled, those that wait are not read.

        Args:
            predictor: that reads them.
            sources: the pictures.
            threshold: probability below which the label is "not sure"; None: the model's own.

        Returns:
            One answer per picture, in order.

        Raises:
            BusyError: too many requests wait.
        """
        if threshold is None:
            threshold = predictor.threshold
        tasks = [Task(source, predictor, threshold) for source in sources]
        turns = asyncio.Semaphore(PICTURES_PER_TURN)
        with self._place():
            if len(tasks) == 1:
                return [await self._answer(tasks[0], turns)]
            return await asyncio.gather(*(self._answer(task, turns) for task in tasks))

    async def call(self, function: Callable[[], Answer]) -> Answer:
        """Return what a function returns that takes longer than reading a picture.

        It is called in the thread for large pictures, and takes a place in the queue.

        Args:
            function: without arguments.

        Raises:
            BusyError: too many requests wait.
        """
        with self._place():
            return await asyncio.wrap_future(self._large.submit(function))

    def close(self) -> None:
        """End the threads; pictures that wait are not read."""
        self._closed.set()
        self._quick.shutdown(wait=False, cancel_futures=True)
        self._large.shutdown(wait=False, cancel_futures=True)
        self._found.put(None)

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        with self._lock:
            if self.is_full:
                raise BusyError(
                    f"Expected at most {self._settings.queue} waiting requests. Received: one "
                    "more. Send it again in some seconds."
                )
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    async def _answer(self, task: Task, turns: asyncio.Semaphore) -> ImageAnswer:
        async with turns:
            self._quick.submit(self._search_in_place, task)
            return await asyncio.wrap_future(task.answer)

    def _search_in_place(self, task: Task) -> None:
        """Search a picture when there is a place, of which there is one per core."""
        self._places.acquire()
        task.started = time.monotonic()
        with self._lock:
            self._in_places.add(task)
        try:
            self._search(task)
        finally:
            self._give_place(task)

    def _give_place(self, task: Task) -> None:
        with self._lock:
            if task not in self._in_places:
                return
            self._in_places.remove(task)
        self._places.release()

    def _watch(self) -> None:
        """Let the next picture begin beside one that is slow."""
        while not self._closed.wait(SLOW_S / 4):
            with self._lock:
                running = list(self._in_places)
            for task in running:
                if time.monotonic() - task.started >= SLOW_S:
                    self._give_place(task)

    def _search(self, task: Task) -> None:
        """Open a picture, and find its faces unless it is large."""
        if task.answer.cancelled():
            return
        try:
            picture = Picture(task.source.read(), name=task.source.name)
            width, height = picture.stored_size
            self._settings.check_pixels(picture.stored_size, picture.name)
        except (ImageError, RequestError) as error:
            self._finish(task, image_error(task.source.name, str(error)))
        except BaseException as error:
            task.finish(error)
        else:
            if width * height > LARGE_PIXELS:
                self._large.submit(self._find, task, picture)
            else:
                self._find(task, picture)

    def _find(self, task: Task, picture: Picture) -> None:
        """Find the faces of a picture."""
        try:
            with picture:
                if task.answer.cancelled():
                    return
                task.found = task.predictor.find(picture)
                task.size = picture.size
            self._found.put(task)
        except ImageError as error:  # its head was whole, and the rest is not
            self._finish(task, image_error(task.source.name, str(error)))
        except BaseException as error:
            task.finish(error)

    def _classify_all(self) -> None:
        while (first := self._found.get()) is not None:
            batch = [first, *islice(self._ready(), PICTURES_PER_BATCH - 1)]
            batch.sort(key=_sort_of)
            for _, tasks in groupby(batch, key=_sort_of):
                self._classify(list(tasks))

    def _ready(self) -> Iterator[Task]:
        """Yield the tasks that are there already."""
        while True:
            try:
                task = self._found.get_nowait()
            except queue.Empty:
                return
            if task is None:
                self._found.put(None)
                return
            yield task

    def _classify(self, tasks: list[Task]) -> None:
        """Classify the faces of tasks of one predictor and threshold."""
        tasks = [task for task in tasks if not task.answer.cancelled()]
        if not tasks:
            return
        try:
            found = [task.found for task in tasks]
            results = tasks[0].predictor.results(found, tasks[0].threshold)
            self._metrics.batch.observe(len(tasks))
            for task, result in zip(tasks, results, strict=True):
                size = None if result.status == "error" else task.size
                self._finish(task, image_answer(task.source.name, result, size))
        except BaseException as error:
            for task in tasks:
                task.finish(error)

    def _finish(self, task: Task, answer: ImageAnswer) -> None:
        self._metrics.pictures.labels(answer.status).inc()
        self._metrics.faces.inc(len(answer.faces))
        task.finish(answer)


def image_error(name: str, message: str) -> ImageAnswer:
    """Return the answer for a picture that cannot be read."""
    return ImageAnswer(name=name, status="error", error=message)


def _sort_of(task: Task) -> tuple[int, float]:
    """Return what tasks have in common that are classified together."""
    return id(task.predictor), task.threshold
