"""Model files: ``.keras`` files of standard layers, with their class names inside."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..environment import require
from ..files import atomic_file, printable
from .writing import ArtifactError, unwritable

if TYPE_CHECKING:
    import keras

# A member of the .keras file, so that a model is never separated from its class names.
CLASS_NAMES_MEMBER = "class_names.json"
# A zip of some megabytes can hold a thousand times as much, so sizes are checked before reading.
MAX_NAMES_BYTES = 2**20
MAX_DESCRIPTION_BYTES = 2**26  # config.json and metadata.json
MAX_MODEL_BYTES = 2**31  # all members together: 500 million weights


def export(model: "keras.Model", path: Path, class_names: Sequence[str]) -> Path:
    """Save a model as a ``.keras`` file of standard layers in float32, with its class names inside.

    The names are an additional member of the zip, which plain ``keras.models.load_model`` ignores.
    Unlike Keras, this function compresses the zip: weights that were rounded to 16 bits then take
    little more than half the bytes.

    Args:
        model: Keras model with ``len(class_names)`` outputs.
        path: file to write; it appears whole or not at all.
        class_names: the meaning of the outputs, in order.

    Raises:
        ArtifactError: the class names do not fit the model, or the file cannot be written.
    """
    from ..models.conversion import portable

    if model.output_shape[-1] != len(class_names):
        raise ArtifactError(
            f"Expected one class name per output ({model.output_shape[-1]}). Received: "
            f"{len(class_names)}: {class_names}."
        )
    if len(set(class_names)) < len(class_names):
        raise ArtifactError(f"Expected class names that differ. Received: {class_names}.")
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as temporary:
            uncompressed = temporary.with_suffix(".raw.keras")
            try:
                portable(model).save(uncompressed)
                _compress(uncompressed, temporary, class_names)
            finally:
                uncompressed.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error
    return path


def _compress(uncompressed: Path, file: Path, class_names: Sequence[str]) -> None:
    """Write the members of a ``.keras`` file into a compressed one, with the class names."""
    with (
        zipfile.ZipFile(uncompressed) as saved,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for member in saved.namelist():
            archive.writestr(member, saved.read(member))
        archive.writestr(CLASS_NAMES_MEMBER, json.dumps(list(class_names)))


def load_model(path: Path | str) -> tuple["keras.Model", tuple[str, ...] | None]:
    """Load a ``.keras`` file and the class names inside it.

    No code in the file is run: Keras's safe mode refuses code, and references to other files.

    Returns:
        The Keras model and its class names, which are None if this library did not export it.

    Raises:
        ArtifactError: there is no such file, or it is not a ``.keras`` model, damaged or too large.
        MissingPackageError: Keras is not installed.

    Example:
        >>> model, class_names = load_model("artifacts/best/model.keras")  # doctest: +SKIP
    """
    path = Path(path)
    names = class_names(path)
    require("keras")
    import keras

    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many types for a damaged file
        reason = str(error).splitlines()[0][:200] if str(error) else "no reason given"
        raise _not_a_model(
            path, f"a file Keras cannot load ({type(error).__name__}: {reason}). Export it again."
        ) from error
    if not isinstance(model, keras.Model):
        raise _not_a_model(path, f"{type(model).__name__}, which is not a model.")
    return model, names


def class_names(path: Path) -> tuple[str, ...] | None:
    """Return the class names inside a ``.keras`` file, without loading Keras.

    Returns:
        The names; None if this library did not export the file.

    Raises:
        ArtifactError: there is no such file, or it is not a ``.keras`` model, damaged or too large.
    """
    path = Path(path)
    if (other := _other_kind(path)) is not None:
        raise _not_a_model(path, other)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive)
            if CLASS_NAMES_MEMBER not in archive.namelist():
                return None
            names = json.loads(archive.read(CLASS_NAMES_MEMBER))
    except ArtifactError as error:
        raise _not_a_model(path, f"{error}.") from None
    except Exception as error:  # zipfile raises many types for a damaged archive
        raise _not_a_model(path, f"a damaged one ({error}). Export or copy it again.") from error
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ArtifactError(
            f"Expected a list of class names in {printable(path)}. Received: {str(names)[:100]!r}. "
            "Export it again."
        )
    return tuple(names)


def _not_a_model(path: Path, received: str) -> ArtifactError:
    return ArtifactError(f"Expected a .keras model at {printable(path)}. Received: {received}")


def _other_kind(path: Path) -> str | None:
    """Return what a path is instead of a ``.keras`` file, and what to do; None if it may be one."""
    if path.is_dir():
        if (path / "saved_model.pb").is_file():
            return (
                "a folder with a SavedModel of TensorFlow, which Keras 3 does not load. "
                "Load it with TensorFlow 2.15 or tf_keras, and save it as .h5."
            )
        return "a folder. Name the file in it."
    if not path.exists():
        return "no such file. `emotion models` lists those here; a notebook makes its own."
    if not path.is_file():
        return "a pipe, a device or a socket. Save the model as a file."
    with path.open("rb") as file:
        start = file.read(8)
    if start == b"\x89HDF\r\n\x1a\n":
        return (
            "an HDF5 file of Keras 1 or 2. Load it with emotion_lib.models.hdf5.load_hdf5, add the "
            "scaling that it expects (emotion_lib.models.wrapping.from_raw_pixels), and save that "
            "as .keras. `emotion evaluate` reads it as it is, if its name ends in .h5."
        )
    if start[4:] == b"TFL3":
        return (
            "a model of LiteRT, which Keras does not load. Name the .keras file that it was made "
            "from; Predictor.load and `emotion predict` read it as it is."
        )
    if not zipfile.is_zipfile(path):
        return (
            "a file of another format: Keras 3 writes a zip. Export or copy it again, as .keras, "
            "or as .tflite for `emotion predict`, video and the page."
        )
    return None


def _check_sizes(archive: zipfile.ZipFile) -> None:
    sizes = {member.filename: member.file_size for member in archive.infolist()}
    limits = {
        CLASS_NAMES_MEMBER: MAX_NAMES_BYTES,
        "config.json": MAX_DESCRIPTION_BYTES,
        "metadata.json": MAX_DESCRIPTION_BYTES,
    }
    for name, limit in limits.items():
        if sizes.get(name, 0) > limit:
            raise ArtifactError(f"{sizes[name]:,} bytes of {name} in it; at most {limit:,} fit")
    total = sum(sizes.values())
    if total > MAX_MODEL_BYTES:
        raise ArtifactError(f"{total:,} bytes when unpacked; at most {MAX_MODEL_BYTES:,} fit")
