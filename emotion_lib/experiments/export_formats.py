"""Formats of exported models: each is written with its contract, run again, and recognised."""

import json
import warnings
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np

from ..artifacts import ArtifactError, Contract
from ..environment import BackendError, require
from ..files import write_text
from ..inference.compiled_file import CompiledError, bind, read_alone
from ..inference.networks import LiteRTNetwork
from ..models.litert import CompileError, compile_model

CONTRACT_FILE = Path(
    "assets.extra", "contract.json"
)  # in a SavedModel, where TensorFlow expects it
INPUT_NAME = "pixels"
OUTPUT_NAME = "probabilities"
ONNX_PACKAGES = ("tf2onnx", "onnx", "onnxruntime")


class Format(Protocol):
    """A format of exported models.

    Attributes:
        suffix: of its files; "" for a folder.
    """

    suffix: str

    def write(self, model: keras.Model, path: Path, contract: Contract) -> None:
        """Write a model, with its contract.

        Args:
            model: takes float32 ``(n, *contract.input_shape)``.
            path: file to write; an empty folder for a format of several files.
            contract: of the model.

        Raises:
            EmotionError: the model cannot be converted, or a package is missing.
        """
        ...

    def run(self, path: Path, batch: np.ndarray) -> np.ndarray:
        """Return the outputs of a written model, by the format's own library.

        Args:
            path: as for :meth:`write`.
            batch: uint8 ``(n, *input_shape)``.
        """
        ...

    def contract(self, path: Path) -> Contract | None:
        """Return the contract of what is at a path; None if no export is there."""
        ...


class LiteRT:
    """A ``.tflite`` file, with the contract in a zip at its end, as the format has its metadata."""

    suffix = ".tflite"

    def write(self, model: keras.Model, path: Path, contract: Contract) -> None:
        """Write a model, see :class:`Format`."""
        bind(compile_model(model, path), None, contract)

    def run(self, path: Path, batch: np.ndarray) -> np.ndarray:
        """Return the outputs of a written model, see :class:`Format`."""
        try:
            return LiteRTNetwork(read_alone(path)[0])(batch)
        except (CompiledError, ValueError, RuntimeError) as error:
            raise CompileError(f"Expected LiteRT to run the model. Received: {error}.") from error

    def contract(self, path: Path) -> Contract | None:
        """Return the contract of what is at a path, see :class:`Format`."""
        try:
            return read_alone(path)[1]
        except ArtifactError:
            return None


class Onnx:
    """An ``.onnx`` file, with the contract among its metadata properties."""

    suffix = ".onnx"

    def write(self, model: keras.Model, path: Path, contract: Contract) -> None:
        """Write a model, see :class:`Format`."""
        onnx = _require_onnx()
        _export(model, path, contract, "onnx")
        content = onnx.load(path)
        _rename_output(content.graph)
        for dimension in (content.graph.input[0], content.graph.output[0]):
            dimension.type.tensor_type.shape.dim[0].dim_param = "n"
        properties = {name: json.dumps(value) for name, value in contract.to_json().items()}
        onnx.helper.set_model_props(content, properties)
        onnx.save(content, path)

    def run(self, path: Path, batch: np.ndarray) -> np.ndarray:
        """Return the outputs of a written model, see :class:`Format`."""
        import onnxruntime

        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        return session.run([OUTPUT_NAME], {INPUT_NAME: batch.astype(np.float32)})[0]

    def contract(self, path: Path) -> Contract | None:
        """Return the contract of what is at a path, see :class:`Format`."""
        onnx = _require_onnx()
        try:
            properties = onnx.load(path, load_external_data=False).metadata_props
            return Contract.from_json({each.key: json.loads(each.value) for each in properties})
        except Exception:  # of any other file
            return None


class SavedModel:
    """A folder with TensorFlow's SavedModel, and the contract among its extra assets."""

    suffix = ""

    def write(self, model: keras.Model, path: Path, contract: Contract) -> None:
        """Write a model, see :class:`Format`."""
        _export(model, path, contract, "tf_saved_model")
        (path / CONTRACT_FILE).parent.mkdir()
        write_text(path / CONTRACT_FILE, json.dumps(contract.to_json(), indent=1) + "\n")

    def run(self, path: Path, batch: np.ndarray) -> np.ndarray:
        """Return the outputs of a written model, see :class:`Format`."""
        layer = keras.layers.TFSMLayer(str(path), call_endpoint="serve")
        return np.asarray(layer(batch.astype(np.float32)))

    def contract(self, path: Path) -> Contract | None:
        """Return the contract of what is at a path, see :class:`Format`."""
        try:
            return Contract.from_json(json.loads((path / CONTRACT_FILE).read_bytes()))
        except (OSError, ValueError, ArtifactError):
            return None


FORMATS: dict[str, Format] = {"litert": LiteRT(), "onnx": Onnx(), "saved_model": SavedModel()}


def _export(model: keras.Model, path: Path, contract: Contract, keras_format: str) -> None:
    """Write a model by Keras, with a name for its input.

    Raises:
        BackendError: the backend is not TensorFlow.
        CompileError: the model cannot be converted.
        OSError: the file cannot be written.
    """
    if keras.backend.backend() != "tensorflow":
        raise BackendError(
            "Expected the backend tensorflow, by which models are converted. "
            f"Received: {keras.backend.backend()}. Set KERAS_BACKEND=tensorflow for this command; "
            "a model trained on any backend can be exported."
        )
    shape = (None, *contract.input_shape)
    signature = [keras.layers.InputSpec(shape=shape, dtype="float32", name=INPUT_NAME)]
    model(np.zeros((1, *contract.input_shape), np.float32))  # Keras wants it to have been called
    try:
        with warnings.catch_warnings():
            # Keras's patch of tf2onnx for numpy 2.
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
            model.export(path, format=keras_format, verbose=False, input_signature=signature)
    except OSError:  # of the file, which another format would not help
        raise
    except Exception as error:  # of any converter
        reason = (str(error).splitlines() or [""])[0][:200]
        raise CompileError(
            f"Expected a model that can be converted. Received: {type(error).__name__} ({reason}). "
            "Choose another --format, or replace the layer that it names."
        ) from error


def _require_onnx() -> Any:
    """Return the module onnx.

    Raises:
        MissingPackageError: it, the converter or the runtime is not installed.
    """
    for module in ONNX_PACKAGES:
        require(module)
    import onnx

    return onnx


def _rename_output(graph: Any) -> None:
    """Give the output of an ONNX graph the name :data:`OUTPUT_NAME`."""
    old_name = graph.output[0].name
    graph.output[0].name = OUTPUT_NAME
    for node in graph.node:
        for index, name in enumerate(node.output):
            if name == old_name:
                node.output[index] = OUTPUT_NAME
        for index, name in enumerate(node.input):
            if name == old_name:
                node.input[index] = OUTPUT_NAME
