"""The one thread that runs the models, over a bounded queue.

Pictures of several requests go through a network together.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ..errors import EmotionError
from ..images import ImageError, Picture
from ..inference.predictor import Predictor
from .answers import image_answer
from .schemas import ImageAnswer

# Pictures that are read together: enough to fill the processor, few enough to answer soon.
PICTURES_PER_BATCH = 16


class BusyError(EmotionError, RuntimeError):
    """The queue is full; the request may be sent again after a moment."""


@dataclass(frozen=True)
class Task:
    """Pictures of one request.

    Attributes:
        predictor: that reads them.
        pictures: name and content of each file.
        threshold: probability below which the label is "not sure".
        answer: is set by the worker.
    """

    predictor: Predictor
    pictures: Sequence[tuple[str, bytes]]
    threshold: float
    answer: "Future[list[ImageAnswer]]" = field(default_factory=Future)


@dataclass(frozen=True)
class Call:
    """A function that is to be called by the thread that runs the models.

    Attributes:
        function: without arguments.
        answer: is set by the worker to what the function returns.
    """

    function: Callable[[], Any]
    answer: "Future[Any]" = field(default_factory=Future)


class Worker:
    """A thread that reads the pictures of tasks, several tasks at a time.

    Args:
        size: number of tasks that may wait.
    """

    def __init__(self, size: int):
        self._tasks: queue.Queue[Task | Call | None] = queue.Queue(size)
        self._thread = threading.Thread(target=self._run, name="emotion-worker", daemon=True)
        self._thread.start()

    def submit(self, task: Task | Call) -> None:
        """Add a task or a call, whose answer is set when it is done.

        Raises:
            BusyError: too many tasks wait.
        """
        try:
            self._tasks.put_nowait(task)
        except queue.Full:
            raise BusyError(
                f"Expected fewer than {self._tasks.maxsize} waiting requests. Received: one more. "
                "Send it again in some seconds."
            ) from None

    def close(self) -> None:
        """End the thread after the task that it works on."""
        self._tasks.put(None)

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            if task.answer.set_running_or_notify_cancel():
                try:
                    answer = task.function() if isinstance(task, Call) else _read(task)
                    task.answer.set_result(answer)
                except BaseException as error:
                    task.answer.set_exception(error)


def _read(task: Task) -> list[ImageAnswer]:
    answers = []
    for name, content in task.pictures:
        try:
            with Picture(content) as picture:
                size = picture.size
                (result,) = task.predictor.predict([picture], abstain=task.threshold)
                answers.append(image_answer(name, result, size))
        except ImageError as error:
            answers.append(ImageAnswer(name=name, status="error", error=str(error)))
    return answers
