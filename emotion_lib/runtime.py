"""Networks ready to answer: the ``.keras`` file by Keras, or a compiled sibling by LiteRT, without TensorFlow.

``<name>.tflite`` holds the same weights; ``<name>.int8.tflite`` has them rounded to bytes. Either ends in a small zip
(LiteRT reads over it, as it does over the format's own metadata) that holds the SHA-256 of the ``.keras`` file it was made
from: a sibling of another file is never used.
"""

import contextlib
import importlib.util
import json
import os
import threading
import warnings
import zipfile
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np

from . import artifacts
from .artifacts import ArtifactError

Runtime = Literal["auto", "litert", "int8", "keras"]
Compiled = Literal["litert", "int8"]
BINDING_MEMBER = "binding.json"
MAX_THREADS = 4  # more do not speed a network this small up


class Network(Protocol):
    """What answers for faces, from any number of threads.

    Attributes:
        runtime: "litert", "int8" or "keras".
        input_shape: height, width and channels.
        num_classes: how many probabilities come out.
    """

    runtime: str
    input_shape: tuple[int, int, int]
    num_classes: int

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Probabilities ``(n, num_classes)`` float32 of faces ``(n, *input_shape)`` uint8 0..255."""
        ...


class KerasNetwork:
    """A Keras model, on whatever backend Keras runs."""

    runtime = "keras"

    def __init__(self, model):
        self._model = model
        self.input_shape, self.num_classes = tuple(model.input_shape[1:]), model.output_shape[-1]
        self._lock = threading.Lock()

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """See :class:`Network`."""
        with self._lock:  # Keras builds its function at the first call, which two threads must not do at once
            return np.asarray(self._model.predict_on_batch(batch), np.float32)


class LiteRTNetwork:
    """A compiled model; the processor is the only device."""

    def __init__(self, path: Path, threads: int | None = None, runtime: Compiled = "litert"):
        from ai_edge_litert.interpreter import Interpreter

        self.runtime = runtime
        with _silenced():
            self._interpreter = Interpreter(str(path), num_threads=threads or min(MAX_THREADS, os.cpu_count() or 1))
            self._interpreter.allocate_tensors()
        self._input, self._output = (
            details()[0] for details in (self._interpreter.get_input_details, self._interpreter.get_output_details)
        )
        self.input_shape = tuple(int(side) for side in self._input["shape_signature"][1:])
        self.num_classes = int(self._output["shape_signature"][-1])
        self._lock = threading.Lock()

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """See :class:`Network`."""
        index = self._input["index"]
        with self._lock:  # the interpreter's tensors are its own
            if self._interpreter.get_input_details()[0]["shape"][0] != len(batch):
                self._interpreter.resize_tensor_input(index, batch.shape)
                self._interpreter.allocate_tensors()
            self._interpreter.set_tensor(index, batch.astype(self._input["dtype"]))
            self._interpreter.invoke()
            return self._interpreter.get_tensor(self._output["index"])


def load_network(
    path: Path, runtime: Runtime = "auto", threads: int | None = None
) -> tuple[Network, tuple[str, ...] | None]:
    """A network and the class names inside its file, if any.

    Args:
        path: a ``.keras`` file.
        runtime: "litert": its compiled sibling; "int8": the smaller and faster one, whose answers are not quite the same;
            "keras": the file itself; "auto": the first if it is there, is this file's, and ``ai-edge-litert`` is
            installed, else the file.
        threads: of LiteRT; None: one a processor, at most four.

    Raises:
        ArtifactError: no such model or a damaged one; or a compiled one was asked for and cannot be had.
        ValueError: no such runtime.
    """
    if runtime not in get_args(Runtime):
        raise ValueError(f"Expected a runtime of {', '.join(get_args(Runtime))}. Received: {runtime!r}.")
    path = Path(path)
    kind: Compiled = "int8" if runtime == "int8" else "litert"
    reason = "not asked for" if runtime == "keras" else why_not_compiled(path, kind)
    if reason is None:
        return LiteRTNetwork(compiled_file(path, kind), threads, kind), artifacts.class_names(path)
    if runtime == kind:
        raise ArtifactError(f"Expected a compiled sibling of {path} that LiteRT can run. Received: {reason}.")
    if runtime == "auto" and compiled_file(path).exists():
        warnings.warn(f"Keras instead of LiteRT runs {path}: {reason}.", RuntimeWarning, stacklevel=2)
    model, names = artifacts.load_model(path)
    return KerasNetwork(model), names


def compiled_file(path: Path, kind: Compiled = "litert") -> Path:
    """Where a compiled sibling of a ``.keras`` file lies."""
    return Path(path).with_suffix(".int8.tflite" if kind == "int8" else ".tflite")


def bind(compiled: Path, path: Path) -> None:
    """Write into a compiled file which ``.keras`` file it was made from."""
    with zipfile.ZipFile(compiled, "a") as archive:
        archive.writestr(BINDING_MEMBER, json.dumps({"keras_sha256": artifacts.sha256(path)}))


@contextlib.contextmanager
def _silenced():
    """LiteRT tells stderr that it works, past Python and whatever log level is set."""
    try:
        stderr = os.dup(2)
    except OSError:  # a program without one
        yield
        return
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


def why_not_compiled(path: Path, kind: Compiled = "litert") -> str | None:
    """What keeps LiteRT from running a ``.keras`` file's compiled sibling; None if nothing does."""
    compiled = compiled_file(path, kind)
    if not path.is_file() or not compiled.is_file():
        return f"no file {compiled if path.is_file() else path}"
    if importlib.util.find_spec("ai_edge_litert") is None:
        return "the package ai-edge-litert is not installed"
    try:
        with zipfile.ZipFile(compiled) as archive:
            bound_to = json.loads(archive.read(BINDING_MEMBER))["keras_sha256"]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return f"{compiled} does not say which model it was made from"
    if bound_to != artifacts.sha256(path):
        return f"{compiled} was made from another model; promote the run again"
    return None
