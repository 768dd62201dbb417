"""Export of models into formats of other libraries, each checked against the Keras model."""

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from .. import datasets
from ..artifacts import Contract
from ..datasets import DataError
from ..datasets.sources import fer2013
from ..errors import EmotionError
from ..faces.cropping import to_input
from ..files import atomic_file, atomic_folder, printable, replace_folder, sha256
from ..inference.network_checks import check_network
from ..inference.networks import KerasNetwork
from ..models.conversion import portable
from ..models.folding import folded
from .compiling import largest_difference
from .export_formats import FORMATS, Format

_IMAGES_COMPARED = 256


class ExportError(EmotionError, ValueError):
    """Error of an export that would replace something else, or cannot be written there."""


@dataclass(frozen=True)
class Exported:
    """An exported model.

    Attributes:
        path: its file or folder.
        bytes: size of all its files.
        contract: that travels with it.
        difference: largest difference of a probability from the Keras model's.
        compared_on: the images of that comparison, in words.
    """

    path: Path
    bytes: int
    contract: Contract
    difference: float
    compared_on: str


def export_model(
    model: keras.Model,
    class_names: tuple[str, ...],
    format_name: str,
    path: Path,
    source: Path | None = None,
) -> Exported:
    """Export a model, if the exported one gives the same probabilities.

    Batch normalisation is folded into the layers before it. The export appears whole and checked,
    or not at all.

    Args:
        model: pixels 0..255 of one size -> probabilities.
        class_names: of its outputs, in order.
        format_name: one of :data:`.export_formats.FORMATS`.
        path: file, or folder for "saved_model". An earlier export there is replaced.
        source: the ``.keras`` file of this very model. Beside it, a ``.tflite`` file of the same
            name is used in its place.

    Raises:
        ExportError: something else is there, it cannot be written, or the suffix is not that of
            the format.
        ArtifactError: the model gives no probabilities, or the exported one gives others.
        ModelError: the model takes no pictures of one size, or the names do not fit.
        EmotionError: the model cannot be converted, or a package is missing.

    Example:
        >>> model, names = load_model("model.keras")  # doctest: +SKIP
        >>> export_model(model, names, "onnx", Path("model.onnx")).difference  # doctest: +SKIP
        5.9e-07
    """
    chosen = FORMATS[format_name]
    check_target(path, format_name)
    network = KerasNetwork(model)
    check_network(network, class_names)
    height, width, channels = network.input_shape
    digest = sha256(source) if source else None
    contract = Contract(tuple(class_names), (height, width, channels), digest)
    images, compared_on = comparison_images(contract.input_shape)
    expected = network(images)
    converted = folded(portable(model))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if chosen.suffix:
            with atomic_file(path) as temporary:
                difference = _write(chosen, converted, temporary, contract, images, expected)
            size = path.stat().st_size
        else:
            difference = _write_folder(chosen, converted, path, contract, images, expected)
            size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    except OSError as error:
        raise ExportError(
            f"Expected --out to be a place that can be written to. Received: {printable(path)}: "
            f"{error}. Choose another --out."
        ) from error
    return Exported(path, size, contract, difference, compared_on)


def check_target(path: Path, format_name: str) -> None:
    """Check that an export may be written to a path.

    Raises:
        ExportError: see :func:`export_model`.
        MissingPackageError: a package of the format is missing.
    """
    chosen = FORMATS[format_name]
    if path.suffix.lower() != chosen.suffix and chosen.suffix:
        raise ExportError(
            f"Expected --out with the suffix {chosen.suffix} for the format {format_name}. "
            f"Received: {printable(path)}."
        )
    if os.path.lexists(path) and chosen.contract(path) is None:
        raise ExportError(
            "Expected a new --out, or an earlier export of this format, which is replaced. "
            f"Received: {printable(path)}, which is of another origin. Choose another --out."
        )


def _write(
    chosen: Format,
    model: keras.Model,
    path: Path,
    contract: Contract,
    images: np.ndarray,
    expected: np.ndarray,
) -> float:
    """Write a model, and return the largest difference of its probabilities."""
    chosen.write(model, path, contract)
    return largest_difference(chosen.run(path, images), expected)


def _write_folder(
    chosen: Format,
    model: keras.Model,
    path: Path,
    contract: Contract,
    images: np.ndarray,
    expected: np.ndarray,
) -> float:
    """Write a model of several files, as :func:`_write` does."""
    new = path
    if path.exists():
        new = path.with_name(f".{path.name}.new")
        if chosen.contract(new) is not None:  # of a process that was killed
            shutil.rmtree(new)
    with atomic_folder(new) as temporary:
        difference = _write(chosen, model, temporary, contract, images, expected)
    if new != path:
        replace_folder(path, new)
    return difference


def comparison_images(shape: tuple[int, int, int]) -> tuple[np.ndarray, str]:
    """Return uint8 images ``(n, *shape)`` to compare models on, and what they are in words."""
    images, source = _validation_images()
    # Over the whole split, which may be ordered by class.
    images = images[:: max(1, len(images) // _IMAGES_COMPARED)][:_IMAGES_COMPARED]
    rgb = [np.repeat(image[..., None], 3, axis=-1) for image in images]
    return to_input(rgb, shape), f"{len(images)} {source}"


def _validation_images() -> tuple[np.ndarray, str]:
    """Return gray images ``(n, 48, 48)`` of FER-2013 if it is here, else drawn ones."""
    with contextlib.suppress(DataError):  # of a copy that was altered
        if fer2013.is_available():
            return datasets.load("fer2013").val.images, "validation images of FER-2013"
    drawn = datasets.load("synthetic", n_train=7, n_val=_IMAGES_COMPARED, n_test=7)
    return drawn.val.images, "drawn faces"
