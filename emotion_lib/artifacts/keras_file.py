"""Models on disk: ``.keras`` files of standard layers with their class names inside."""

import json
import zipfile
from pathlib import Path

from ..files import atomic_file, printable
from ..files import sha256 as sha256
from .writing import ArtifactError, unwritable

CLASS_NAMES_MEMBER = (
    "class_names.json"  # inside the .keras file, so that a model never parts from its names
)
# A zip of some megabytes can hold a thousand times as much. Sizes are checked before anything is read.
MAX_NAMES_BYTES = 2**20
MAX_DESCRIPTION_BYTES = 2**26  # config.json and metadata.json
MAX_MODEL_BYTES = 2**31  # all members together: 500 million weights


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
    from ..models.conversion import portable

    if model.output_shape[-1] != len(class_names):
        raise ArtifactError(
            f"Expected one class name an output ({model.output_shape[-1]}). Received: {len(class_names)}: {class_names}."
        )
    if len(set(class_names)) < len(class_names):
        raise ArtifactError(f"Expected class names that differ. Received: {class_names}.")
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as temporary:
            raw = temporary.with_suffix(".raw.keras")
            try:
                portable(model).save(raw)
                _compress(raw, temporary, class_names)
            finally:
                raw.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error
    return path


def _compress(raw: Path, file: Path, class_names) -> None:
    """Write the members of a ``.keras`` file into a compressed one, with the class names."""
    with (
        zipfile.ZipFile(raw) as saved,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for member in saved.namelist():
            archive.writestr(member, saved.read(member))
        archive.writestr(CLASS_NAMES_MEMBER, json.dumps(list(class_names)))


def load_model(path: Path):
    """Load a ``.keras`` file and the class names inside it.

    Nothing that the file holds is run: Keras's safe mode refuses code, and lookups of other files.

    Returns:
        The Keras model and its class names (a tuple), which are None if the file was not exported by this library.

    Raises:
        ArtifactError: no such file, not a ``.keras`` model, a damaged one, or one too large to be one.
    """
    path = Path(path)
    names = class_names(path)
    import keras

    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many types for a damaged file
        raise ArtifactError(
            f"Expected a .keras model at {printable(path)}. Received: a file Keras cannot load ({type(error).__name__}: "
            f"{str(error).splitlines()[0][:200] if str(error) else 'no reason given'}). Export it again."
        ) from error
    if not isinstance(model, keras.Model):
        raise ArtifactError(
            f"Expected a .keras model at {printable(path)}. Received: {type(model).__name__}, which is no model."
        )
    return model, names


def class_names(path: Path) -> tuple[str, ...] | None:
    """The class names inside a ``.keras`` file, without loading Keras; None if this library did not export it.

    Raises:
        ArtifactError: no such file, not a ``.keras`` model, a damaged one, or one too large to be one.
    """
    path = Path(path)
    if (other := _no_keras_file(path)) is not None:
        raise ArtifactError(f"Expected a .keras model at {printable(path)}. Received: {other}")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive)
            if CLASS_NAMES_MEMBER not in archive.namelist():
                return None
            names = json.loads(archive.read(CLASS_NAMES_MEMBER))
    except ArtifactError as error:
        raise ArtifactError(
            f"Expected a .keras model at {printable(path)}. Received: {error}."
        ) from None
    except Exception as error:  # zipfile raises many types for a damaged archive
        raise ArtifactError(
            f"Expected a .keras model at {printable(path)}. Received: a damaged one ({error}). Export or copy it again."
        ) from error
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ArtifactError(
            f"Expected a list of class names in {printable(path)}. Received: {str(names)[:100]!r}. Export it again."
        )
    return tuple(names)


def _no_keras_file(path: Path) -> str | None:
    """Return what a path is instead of a ``.keras`` file, and what to do; None if it looks like one."""
    if path.is_dir():
        if (path / "saved_model.pb").is_file():
            return (
                "a folder with a SavedModel of TensorFlow, which Keras 3 does not load. "
                "Load it with TensorFlow 2.15 or tf_keras, and save it as .h5."
            )
        return "a folder. Name the file in it."
    if not path.exists():
        return "no such file. See `make help` for how to make one."
    if not path.is_file():
        return "a pipe, a device or a socket. Save the model as a file."
    with path.open("rb") as file:
        start = file.read(8)
    if start == b"\x89HDF\r\n\x1a\n":
        return (
            "an HDF5 file of Keras 1 or 2. Load it by emotion_lib.models.hdf5.load_hdf5, put what it expects of pixels "
            "around it (from_raw_pixels), and save that as .keras. `emotion evaluate` reads it as it is, if it ends in .h5."
        )
    if not zipfile.is_zipfile(path):
        return "a file which is none: Keras 3 writes a zip. Export or copy it again."
    return None


def _check_sizes(archive: zipfile.ZipFile) -> None:
    sizes = {member.filename: member.file_size for member in archive.infolist()}
    limits = {CLASS_NAMES_MEMBER: MAX_NAMES_BYTES} | dict.fromkeys(
        ("config.json", "metadata.json"), MAX_DESCRIPTION_BYTES
    )
    for name, limit in limits.items():
        if sizes.get(name, 0) > limit:
            raise ArtifactError(
                f"{sizes[name]:,} bytes of {name} in it, where {limit:,} would be many"
            )
    if sum(sizes.values()) > MAX_MODEL_BYTES:
        raise ArtifactError(
            f"{sum(sizes.values()):,} bytes when unpacked, where {MAX_MODEL_BYTES:,} would be many"
        )
