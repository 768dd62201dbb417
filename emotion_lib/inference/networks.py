"""Execution engines of a classifier: LiteRT for its compiled file, Keras for the file itself."""

import warnings
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import numpy as np

from .. import artifacts
from ..artifacts import ArtifactError, Record
from ..environment.extras import MissingPackageError
from ..errors import ModelError
from ..files import printable
from ..files.thread_lock import Lock
from ..litert import CompiledModel
from .compiled_file import (
    CompiledError,
    CompiledKind,
    compiled_file,
    read_alone,
    read_compiled,
)

Runtime = Literal["auto", "litert", "int8", "keras"]


class Network(Protocol):
    """Classifier of face crops that any number of threads may call.

    Attributes:
        runtime: "litert", "int8" or "keras".
        input_shape: height, width and channels of one face.
        num_classes: number of probabilities per face.
    """

    runtime: str
    input_shape: tuple[int, ...]
    num_classes: int

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Return the probabilities of a batch of faces.

        Args:
            batch: uint8 ``(n, *input_shape)``, 0..255.

        Returns:
            float32 ``(n, num_classes)``.
        """
        ...


class ForkError(ArtifactError):
    """Error of a Keras model that was loaded before the process was forked."""


class KerasNetwork:
    """A Keras model on the backend that Keras uses.

    Args:
        model: a ``keras.Model`` of one input and one output.

    Raises:
        ModelError: it has several inputs or outputs.
    """

    runtime = "keras"

    def __init__(self, model: Any):
        if len(model.inputs) != 1 or len(model.outputs) != 1:
            raise ModelError(
                "Expected a model of one picture and one row of scores. "
                f"Received: {len(model.inputs)} inputs and {len(model.outputs)} outputs. "
                "Build a keras.Model of one input and one output around it."
            )
        self._model = model
        self.input_shape = tuple(model.inputs[0].shape[1:])
        self.num_classes = model.outputs[0].shape[-1]
        self._lock = Lock()

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Return the probabilities of a batch of faces, see :class:`Network`.

        Raises:
            ForkError: the process was forked after the model was loaded.
        """
        if self._lock.forked:
            raise ForkError(
                "Expected a process that loaded its model itself, because the backend of Keras "
                f"does not survive a fork. Received: a fork of process {self._lock.process}. "
                "Load the model in the new process, start it by multiprocessing's 'spawn', or use "
                "runtime='litert'."
            )
        # Keras builds its function at the first call, which two threads must not do at once.
        with self._lock:
            return np.asarray(self._model.predict_on_batch(batch), np.float32)


class LiteRTNetwork:
    """A compiled model on the processor.

    Args:
        content: the bytes of a ``.tflite`` file.
        threads: threads of one call; None: one per processor, at most four.
        runtime: "litert", or "int8" for a model with weights of 8 bits.

    Raises:
        ValueError, RuntimeError: LiteRT cannot run it.
    """

    def __init__(
        self, content: bytes, threads: int | None = None, runtime: CompiledKind = "litert"
    ):
        self.runtime: str = runtime
        self._model = CompiledModel(content, threads)
        self.input_shape = self._model.input_shape
        (output_shape,) = self._model.output_shapes
        self.num_classes = output_shape[-1]

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Return the probabilities of a batch of faces, see :class:`Network`."""
        return np.asarray(self._model(batch)[0], np.float32)


def load_network(
    path: str | Path,
    runtime: Runtime = "auto",
    threads: int | None = None,
    record: Record | None = None,
) -> tuple[Network, tuple[str, ...] | None]:
    """Load a network and the class names inside its file, if there are any.

    Args:
        path: a ``.keras`` file; or a ``.tflite`` file of this library, which LiteRT runs.
        runtime: "litert": its compiled sibling. "int8": the smaller and faster sibling, whose
            answers differ slightly. "keras": the file itself. "auto": "litert" if the sibling is
            whole and of this file, and ``ai-edge-litert`` is installed; else "keras".
        threads: threads of LiteRT; None: one per processor, at most four.
        record: run.json of the file, if there is one. A compiled sibling must then be the one that
            it describes.

    Raises:
        ArtifactError: there is no such model, it is damaged, or the compiled sibling that was asked
            for cannot be used.
        ModelError: there is no such runtime.

    Example:
        >>> network, class_names = load_network("artifacts/best/model.keras")  # doctest: +SKIP
        >>> network.runtime, network.input_shape  # doctest: +SKIP
        ('litert', (48, 48, 1))
    """
    if runtime not in get_args(Runtime):
        raise ModelError(
            f"Expected a runtime of {', '.join(get_args(Runtime))}. Received: {runtime!r}."
        )
    path = Path(path)
    if path.suffix.lower() == ".tflite":
        return _load_alone(path, runtime, threads)
    kind: CompiledKind = "int8" if runtime == "int8" else "litert"
    warning = None
    if runtime != "keras":
        try:
            return _load_compiled(path, kind, threads, record), artifacts.class_names(path)
        except CompiledError as reason:
            if runtime == kind:
                raise ArtifactError(
                    f"Expected a compiled sibling of {printable(path)} that LiteRT can run. "
                    f"Received: {reason}."
                ) from reason
            if compiled_file(path).exists():
                warning = f"Keras instead of LiteRT runs {printable(path)}: {reason}."
    try:
        model, names = artifacts.load_model(path)
    except MissingPackageError as error:
        if runtime == "keras":  # asked for Keras itself
            raise
        raise MissingPackageError(
            f"{error} Or, where it is installed, let `emotion export {printable(path.parent)} "
            "--format litert` compile the model; the compiled file beside it needs no Keras.",
            name=error.name,
        ) from error
    if warning:
        warnings.warn(warning, RuntimeWarning, stacklevel=2)
    return KerasNetwork(model), names


def _load_compiled(
    path: Path, kind: CompiledKind, threads: int | None, record: Record | None
) -> LiteRTNetwork:
    """Load a compiled sibling of a ``.keras`` file.

    Raises:
        CompiledError: it cannot be used.
    """
    content = read_compiled(path, kind, record)
    try:
        return LiteRTNetwork(content, threads, kind)
    except Exception as error:  # made for another version of LiteRT, for example
        name = printable(compiled_file(path, kind))
        raise CompiledError(f"LiteRT does not run {name} ({error})") from error


def _load_alone(
    file: Path, runtime: Runtime, threads: int | None
) -> tuple[LiteRTNetwork, tuple[str, ...] | None]:
    """Load a ``.tflite`` file of this library, and the class names in it, if it has a contract."""
    kind: CompiledKind = "int8" if file.name.lower().endswith(".int8.tflite") else "litert"
    if runtime not in ("auto", kind):
        raise ModelError(
            f"Expected the runtime {kind} or auto for {printable(file)}. Received: {runtime}. "
            "Name the .keras file for another one."
        )
    try:
        content, contract = read_alone(file)
        network = LiteRTNetwork(content, threads, kind)
    except (CompiledError, ValueError, RuntimeError) as reason:
        raise ArtifactError(
            f"Expected a .tflite file that `emotion export`, train or promote wrote. "
            f"Received: {reason}."
        ) from reason
    return network, contract.class_names if contract else None
