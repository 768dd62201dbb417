"""Networks ready to answer: the ``.keras`` file by Keras, or a compiled sibling by LiteRT, without TensorFlow.

``<name>.tflite`` holds the same weights; ``<name>.int8.tflite`` has them rounded to bytes. Either ends in a small zip
(LiteRT reads over it, as it does over the format's own metadata) with the SHA-256 of the ``.keras`` file it was made from,
and of itself before the zip. A sibling of another file is never used, nor one that was damaged: LiteRT checks little, and
of 300 damaged copies 133 gave wrong answers in silence.
"""

import contextlib
import ctypes
import importlib.util
import io
import json
import os
import warnings
import zipfile
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np

from .. import artifacts
from ..artifacts import ArtifactError
from ..files import atomic_file, digest_of, printable, sha256
from ..files.thread_lock import Lock

Runtime = Literal["auto", "litert", "int8", "keras"]
Compiled = Literal["litert", "int8"]
BINDING_MEMBER = "binding.json"
MAX_BINDING_BYTES = 4096
MAX_COMPILED_BYTES = 2**28  # beyond any network that is quick on a processor; a file is read whole
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
    """A Keras model, on whatever backend Keras runs.

    Raises:
        ValueError: it takes or gives something else than one picture and one row of scores.
    """

    runtime = "keras"

    def __init__(self, model):
        if len(model.inputs) != 1 or len(model.outputs) != 1:
            raise ValueError(
                "Expected a model of one picture and one row of scores. "
                f"Received: {len(model.inputs)} inputs and {len(model.outputs)} outputs. "
                "Build a keras.Model of one input and one output around it."
            )
        self._model = model
        self.input_shape = tuple(model.inputs[0].shape[1:])
        self.num_classes = model.outputs[0].shape[-1]
        self._lock = Lock()

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """See :class:`Network`.

        Raises:
            ForkError: the process was forked after the model was loaded.
        """
        if self._lock.forked:
            raise ForkError(
                "Expected a process that loaded its model itself, because what Keras runs on does not survive a fork. "
                f"Received: a fork of process {self._lock.process}. Load the model in the new process, start it by "
                "multiprocessing's 'spawn', or use runtime='litert'."
            )
        with (
            self._lock
        ):  # Keras builds its function at the first call, which two threads must not do at once
            return np.asarray(self._model.predict_on_batch(batch), np.float32)


class LiteRTNetwork:
    """A compiled model; the processor is the only device. A forked process builds it again for itself.

    Args:
        content: the bytes of a ``.tflite`` file.
        threads: None: one per processor, at most four.
        runtime: what it calls itself.

    Raises:
        ValueError, RuntimeError: LiteRT cannot run it.
    """

    def __init__(self, content: bytes, threads: int | None = None, runtime: Compiled = "litert"):
        self.runtime = runtime
        self._content, self._threads = content, threads or min(MAX_THREADS, os.cpu_count() or 1)
        self._build()
        self.input_shape = tuple(int(side) for side in self._input["shape_signature"][1:])
        self.num_classes = int(self._output["shape_signature"][-1])

    def _build(self) -> None:
        from ai_edge_litert.interpreter import Interpreter

        with _silenced():
            self._interpreter = Interpreter(model_content=self._content, num_threads=self._threads)
            self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        (self._output,) = self._interpreter.get_output_details()
        self._lock = Lock()

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """See :class:`Network`."""
        if self._lock.forked:
            self._build_again()
        index = self._input["index"]
        with self._lock:  # the interpreter's tensors are its own
            if self._interpreter.get_input_details()[0]["shape"][0] != len(batch):
                self._interpreter.resize_tensor_input(index, batch.shape)
                self._interpreter.allocate_tensors()
            self._interpreter.set_tensor(index, batch.astype(self._input["dtype"]))
            self._interpreter.invoke()
            return self._interpreter.get_tensor(self._output["index"])

    def _build_again(self) -> None:
        """Build the network for a forked process: its threads stayed behind, and it may have been in a call."""
        with self._lock:
            if not self._lock.forked:  # another thread was faster
                return
            # Deleting the old one would wait for its threads for ever: it is kept for as long as the process lives.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._interpreter))
            self._build()


class ForkError(ArtifactError):
    """A model that was loaded before the process was forked and cannot be used in the new one."""


class CompiledError(ArtifactError):
    """A compiled sibling that is missing, damaged or not this model's; the message is the reason alone."""


def load_network(
    path: Path, runtime: Runtime = "auto", threads: int | None = None, record: dict | None = None
) -> tuple[Network, tuple[str, ...] | None]:
    """Load a network and the class names inside its file, if any.

    Args:
        path: a ``.keras`` file.
        runtime: "litert": its compiled sibling; "int8": the smaller and faster one, whose answers are not quite the same;
            "keras": the file itself; "auto": the first if it is there, is whole and this file's, and ``ai-edge-litert`` is
            installed, else the file.
        threads: of LiteRT; None: one per processor, at most four.
        record: the file's run.json, if it has one; a compiled sibling must then be the one that it describes.

    Raises:
        ArtifactError: no such model or a damaged one; or a compiled one was asked for and cannot be had.
        ValueError: no such runtime.
    """
    if runtime not in get_args(Runtime):
        raise ValueError(
            f"Expected a runtime of {', '.join(get_args(Runtime))}. Received: {runtime!r}."
        )
    path = Path(path)
    kind: Compiled = "int8" if runtime == "int8" else "litert"
    if runtime != "keras":
        try:
            return _load_compiled(path, kind, threads, record), artifacts.class_names(path)
        except CompiledError as reason:
            if runtime == kind:
                raise ArtifactError(
                    f"Expected a compiled sibling of {printable(path)} that LiteRT can run. Received: {reason}."
                ) from reason
            if compiled_file(path).exists():
                message = f"Keras instead of LiteRT runs {printable(path)}: {reason}."
                warnings.warn(message, RuntimeWarning, stacklevel=2)
    model, names = artifacts.load_model(path)
    return KerasNetwork(model), names


def compiled_file(path: Path, kind: Compiled = "litert") -> Path:
    """Where a compiled sibling of a ``.keras`` file lies."""
    return Path(path).with_suffix(".int8.tflite" if kind == "int8" else ".tflite")


def bind(compiled: Path, path: Path) -> None:
    """Write into a compiled file which ``.keras`` file it was made from, and the digest of its own content.

    An earlier binding is replaced.
    """
    content = compiled.read_bytes()
    with contextlib.suppress(CompiledError):
        content = content[: _binding(content)[1]]
    binding = {"keras_sha256": sha256(path), "content_sha256": digest_of(content)}
    with atomic_file(compiled) as temporary:
        temporary.write_bytes(content)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(BINDING_MEMBER, json.dumps(binding))


def _binding(content: bytes) -> tuple[dict, int]:
    """Return what a compiled file says of itself, and where in it that begins.

    Raises:
        CompiledError: it says nothing.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = archive.getinfo(BINDING_MEMBER)
            if member.file_size > MAX_BINDING_BYTES:
                raise ValueError(f"{member.file_size} bytes of {BINDING_MEMBER}")
            return dict(json.loads(archive.read(member))), member.header_offset
    except Exception as error:  # zipfile raises many types for a damaged archive
        raise CompiledError("does not say which model it was made from") from error


def _load_compiled(
    path: Path, kind: Compiled, threads: int | None, record: dict | None
) -> LiteRTNetwork:
    """Load the compiled sibling of a ``.keras`` file, if it is exactly the one that was made from it.

    The content is read once, so that what is checked is what runs, whatever happens to the file later.

    Raises:
        CompiledError: it cannot be used.
    """
    file = compiled_file(path, kind)
    name = printable(file)
    if not path.is_file() or not file.is_file():
        raise CompiledError(f"no file {name if path.is_file() else printable(path)}")
    if importlib.util.find_spec("ai_edge_litert") is None:
        raise CompiledError("the package ai-edge-litert is not installed")
    try:
        if file.stat().st_size > MAX_COMPILED_BYTES:
            raise CompiledError(f"{name} has more than {MAX_COMPILED_BYTES:,} bytes")
        content = file.read_bytes()
    except OSError as error:
        raise CompiledError(f"{name} cannot be read ({error})") from error
    try:
        binding, end = _binding(content)
    except CompiledError as error:
        raise CompiledError(f"{name} {error}") from error
    if binding.get("keras_sha256") != sha256(path):
        raise CompiledError(f"{name} was made from another model; promote the run again")
    recorded = ((record or {}).get("model") or {}).get(
        "int8" if kind == "int8" else "compiled"
    ) or {}
    digests = [(binding.get("content_sha256"), content[:end])]
    if "sha256" in recorded:
        digests.append((recorded["sha256"], content))
    if any(digest != digest_of(part) for digest, part in digests):
        raise CompiledError(
            f"{name} is not the file that was made of this model, or it is damaged; promote the run again"
        )
    try:
        return LiteRTNetwork(content[:end], threads, kind)
    except Exception as error:  # of another version, say
        raise CompiledError(f"LiteRT does not run {name} ({error})") from error


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
