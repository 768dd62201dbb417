"""Content of a Keras model in an HDF5 file, read without Keras: description and layer names."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import h5py

from ...errors import EmotionError
from ...files import printable

_SAVED_MODEL = (
    ", a SavedModel of TensorFlow, which Keras 3 does not load. Load it with TensorFlow 2.15 or "
    "tf_keras, and save it as .h5."
)


class ForeignModelError(EmotionError, ValueError):
    """A model file of another origin that cannot be used; the message says why."""


def read_description(path: Path) -> tuple[dict, bool]:
    """Return the description in a file, and whether Keras 1 or 2 wrote it.

    Raises:
        ForeignModelError: a folder, not an HDF5 file, or one that holds weights alone.
    """
    if path.is_dir():
        kind = _SAVED_MODEL if (path / "saved_model.pb").is_file() else "."
        raise ForeignModelError(
            f"Expected a model file. Received: the folder {printable(path)}{kind}"
        )
    try:
        with h5py.File(path) as file:
            text = file.attrs.get("model_config")
            version = file.attrs.get("keras_version", "1")
        description = None if text is None else json.loads(text)
    except Exception as error:  # h5py raises many types for a damaged file
        raise ForeignModelError(
            f"Expected a Keras model at {printable(path)}. Received: {first_line(error)}."
        ) from error
    if description is None:
        raise ForeignModelError(
            f"Expected a whole model in {printable(path)}. Received: weights alone. "
            "Build the network, then call load_weights."
        )
    version = version.decode() if isinstance(version, bytes) else str(version)
    return description, version.split(".")[0] in ("1", "2")


def layers_with_weights(path: Path) -> list[str]:
    """Return the names of the layers for which a file holds weights, in the file's order."""
    with h5py.File(path) as file:
        group = file.get("model_weights", file)
        names = []
        for name in _attribute(group, "layer_names"):
            name = name.decode() if isinstance(name, bytes) else name
            if len(_attribute(group[name], "weight_names")):
                names.append(name)
    return names


@contextlib.contextmanager
def with_lower_case_suffix(path: Path) -> Iterator[Path]:
    """Yield a path to the file whose suffix is in lower case, which Keras requires."""
    if path.suffix in (".h5", ".hdf5"):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "model.h5"
        shutil.copyfile(path, copy)
        yield copy


def first_line(error: Exception) -> str:
    """Return the beginning of an error's message, or its type if it has no message."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _attribute(group, name: str) -> list:
    """Return an attribute, which Keras divides into numbered ones if it is long."""
    if name in group.attrs:
        return list(group.attrs[name])
    items = []
    number = 0
    while f"{name}{number}" in group.attrs:
        items += list(group.attrs[f"{name}{number}"])
        number += 1
    return items
