"""Models on disk: ``.keras`` files of standard layers with their class names inside."""

import contextlib
import json
import os
import zipfile
from pathlib import Path

from .writing import ArtifactError, unwritable

CLASS_NAMES_MEMBER = "class_names.json"  # inside the .keras file, so that a model never parts from its names


def export(model, path: Path, class_names) -> Path:
    """Save a model as a ``.keras`` file of standard layers in float32, with its class names inside.

    The names are one more member of the zip, which plain ``keras.models.load_model`` passes over. The zip is compressed,
    which Keras does not do: weights rounded to 16 bits then take little more than half the bytes.

    Args:
        model: Keras model with ``len(class_names)`` outputs.
        path: file to write; it appears whole or not at all.
        class_names: what the outputs mean, in order.

    Raises:
        ArtifactError: the place cannot be written or is full.
    """
    from ..models.portable import portable

    if model.output_shape[-1] != len(class_names):
        raise ArtifactError(
            f"Expected one class name an output ({model.output_shape[-1]}). Received: {len(class_names)}: {class_names}."
        )
    path = Path(path)
    raw, temporary = (path.with_name(f".{path.stem}.{os.getpid()}{part}.keras") for part in (".raw", ""))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        portable(model).save(raw)
        with zipfile.ZipFile(raw) as saved, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in saved.namelist():
                archive.writestr(member, saved.read(member))
            archive.writestr(CLASS_NAMES_MEMBER, json.dumps(list(class_names)))
        os.replace(temporary, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        for leftover in (raw, temporary):
            with contextlib.suppress(OSError):
                leftover.unlink()
    return path


def load_model(path: Path):
    """Load a ``.keras`` file and the class names inside it.

    Returns:
        The Keras model and its class names (a tuple), which are None if the file was not exported by this library.

    Raises:
        ArtifactError: no such file, or not a ``.keras`` model.
    """
    path = Path(path)
    names = class_names(path)
    import keras

    try:
        model = keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras raises many types for a damaged file
        raise ArtifactError(
            f"Expected a .keras model at {path}. Received: a file Keras cannot load ({type(error).__name__}: "
            f"{str(error).splitlines()[0][:200] if str(error) else 'no reason given'}). Export it again."
        ) from error
    return model, names


def class_names(path: Path) -> tuple[str, ...] | None:
    """The class names inside a ``.keras`` file, without loading Keras; None if this library did not export it.

    Raises:
        ArtifactError: no such file, or not a ``.keras`` model.
    """
    path = Path(path)
    if not path.is_file():
        raise ArtifactError(
            f"Expected a .keras model at {path}. Received: no such file. See `make help` for how to make one."
        )
    if not zipfile.is_zipfile(path):
        raise ArtifactError(
            f"Expected a .keras model (a zip that Keras 3 writes). Received: {path}, which is none. "
            "An older .h5 file has to be rebuilt and saved as .keras first."
        )
    with zipfile.ZipFile(path) as archive:
        return tuple(json.loads(archive.read(CLASS_NAMES_MEMBER))) if CLASS_NAMES_MEMBER in archive.namelist() else None
