"""Execution of compiled models (``.tflite``) by LiteRT, without TensorFlow."""

import contextlib
import ctypes
import os
from collections.abc import Iterator

import numpy as np

from .files.thread_lock import Lock

# More threads do not speed up networks as small as the ones here.
MAX_THREADS = 4
# Two threads that redirect the stream at once may restore it in the wrong order: for ever to
# nowhere.
_one_redirection = Lock()


class CompiledModel:
    """A model that LiteRT runs on the processor, from any number of threads.

    A forked process builds the model again for itself.

    Args:
        content: the bytes of a ``.tflite`` file of one input.
        threads: threads of one call; None: one per processor, at most :data:`MAX_THREADS`.

    Attributes:
        input_shape: of one item, without the batch.
        output_shapes: of each output, without the batch.

    Raises:
        ValueError, RuntimeError: LiteRT cannot run it.

    Example:
        >>> model = CompiledModel(Path("model.tflite").read_bytes())  # doctest: +SKIP
        >>> (scores,) = model(batch)  # doctest: +SKIP
    """

    def __init__(self, content: bytes, threads: int | None = None):
        self._content = content
        self._threads = threads or min(MAX_THREADS, os.cpu_count() or 1)
        self._build()
        self.input_shape = _item_shape(self._input)
        self.output_shapes = tuple(_item_shape(output) for output in self._outputs)

    def _build(self) -> None:
        from ai_edge_litert.interpreter import Interpreter

        with silent_stderr():
            self._interpreter = Interpreter(model_content=self._content, num_threads=self._threads)
            self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        self._outputs = self._interpreter.get_output_details()
        self._lock = Lock()

    def __call__(self, batch: np.ndarray) -> list[np.ndarray]:
        """Return the outputs for a batch.

        Args:
            batch: ``(n, *input_shape)``, cast to the type of the model's input.

        Returns:
            One array ``(n, ...)`` per output.
        """
        if self._lock.forked:
            self._build_again()
        index = self._input["index"]
        with self._lock:  # the interpreter keeps the tensors of one call
            if self._interpreter.get_input_details()[0]["shape"][0] != len(batch):
                self._interpreter.resize_tensor_input(index, batch.shape)
                self._interpreter.allocate_tensors()
            self._interpreter.set_tensor(index, batch.astype(self._input["dtype"]))
            self._interpreter.invoke()
            return [self._interpreter.get_tensor(output["index"]) for output in self._outputs]

    def _build_again(self) -> None:
        """Build the model for a forked process.

        The interpreter's threads stayed behind, and it may have been in a call.
        """
        with self._lock:
            if not self._lock.forked:  # another thread was faster
                return
            # Deleting the old interpreter would never end, because it waits for its threads. It is
            # kept until the process ends.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._interpreter))
            self._build()


class ModelPool:
    """A model whose calls run side by side.

    Calls compute on two threads (a network of 192 px then takes 2.0 ms, not 3.3) until two come at
    the same time; from then on each has one thread, and a copy of the model. Only as many copies
    are built as there have been calls at the same time.

    Args:
        content: the bytes of a ``.tflite`` file of one input.

    Attributes:
        input_shape: of one item, without the batch.
        output_shapes: of each output, without the batch.

    Raises:
        ValueError, RuntimeError: LiteRT cannot run it.
    """

    def __init__(self, content: bytes):
        self._content = content
        self._alone = CompiledModel(content, threads=min(2, os.cpu_count() or 1))
        self.input_shape = self._alone.input_shape
        self.output_shapes = self._alone.output_shapes
        self._has_company = False
        self._idle = [self._alone]  # taking from a list and adding to it are atomic

    def __call__(self, batch: np.ndarray) -> list[np.ndarray]:
        """Return the outputs for a batch, see :class:`CompiledModel`."""
        try:
            model = self._idle.pop()
        except IndexError:
            self._has_company = True
            model = CompiledModel(self._content, threads=1)
        try:
            return model(batch)
        finally:
            # Two threads for one of several calls would slow down all of them by 16 %.
            if model is not self._alone or not self._has_company:
                self._idle.append(model)


def _item_shape(tensor: dict) -> tuple[int, ...]:
    return tuple(int(side) for side in tensor["shape_signature"][1:])


@contextlib.contextmanager
def silent_stderr() -> Iterator[None]:
    """Discard the standard error stream: LiteRT logs to it whatever the log level is."""
    with _one_redirection:
        try:
            stderr = os.dup(2)
        except OSError:  # a program without one
            yield
            return
        try:
            with open(os.devnull, "w") as null:
                os.dup2(null.fileno(), 2)
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
