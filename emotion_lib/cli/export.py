"""``emotion export``: a model as a file for other libraries."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ModelError
from .classifier import load_classifier, square_shape
from .options import ClassNamesOption, ImageSizeOption, LogitsOption, ScalingOption

if TYPE_CHECKING:
    from ..artifacts import Contract


class ExportFormat(StrEnum):
    """A format of exported models."""

    litert = "litert"
    onnx = "onnx"
    saved_model = "saved_model"


def export(
    model: Annotated[
        str,
        typer.Argument(
            metavar="RUN|FILE", help="A recorded run, a .keras file, or an older .h5 or .hdf5."
        ),
    ],
    export_format: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="litert: one .tflite file, which Predictor.load reads too; onnx: one .onnx file; "
            "saved_model: a folder for TensorFlow.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="File or folder to write. An earlier export there is replaced.")
    ],
    class_names: ClassNamesOption = None,
    scaling: ScalingOption = None,
    image_size: ImageSizeOption = None,
    logits: LogitsOption = False,
) -> None:
    """Export a model for other libraries, with its class names, after checking its answers.

    For example: emotion export artifacts/best/model.keras --format onnx --out face.onnx
    """
    from .. import artifacts
    from ..experiments.exporting import check_target, export_model
    from ..models.wrapping import from_raw_pixels

    check_target(out, export_format.value)
    file = _model_file(model)
    network, names = load_classifier(file, class_names, logits)
    is_own = _is_own(file)
    _check_scaling(file, scaling, is_own)
    shape = square_shape(network, image_size)
    as_it_is = scaling in (None, "none") and tuple(network.input_shape[1:]) == shape
    if not as_it_is:
        network = from_raw_pixels(
            network,
            shape,
            scaling=scaling or "none",  # type: ignore[arg-type]  # which checks it
            image_size=image_size,
        )
    source = None
    if is_own and as_it_is and names == artifacts.class_names(file):
        source = file
    exported = export_model(network, names, export_format.value, out, source)
    print(
        f"checked: on {exported.compared_on}, no probability differs from Keras's by more than "
        f"{exported.difference:.1e}"
    )
    _print_contract(exported.contract)
    print(f"written: {exported.path} ({exported.bytes / 1e6:.2f} MB)")


def _model_file(name: str) -> Path:
    """Return the model file that an argument names, or that of the run it names."""
    from .. import artifacts

    path = Path(name)
    if path.is_file() or path.suffix.lower() in (".keras", ".h5", ".hdf5"):
        return path
    if (path / "model.keras").is_file():  # the folder of a run
        return path / "model.keras"
    return artifacts.load_run(name).existing_model()


def _is_own(file: Path) -> bool:
    """Return whether this library wrote a model file."""
    from .. import artifacts
    from ..models.hdf5 import is_hdf5

    return not is_hdf5(file) and artifacts.class_names(file) is not None


def _check_scaling(file: Path, scaling: str | None, is_own: bool) -> None:
    """Refuse to guess the pixel scaling of a file that this library did not write.

    Raises:
        ModelError: it is not given.
    """
    if scaling is None and not is_own:
        raise ModelError(
            f"Expected --scaling, because nothing in {file} says how its author scaled pixels, and "
            "the export takes 0..255. Received: none. `emotion evaluate` shows what a wrong one "
            "costs."
        )


def _print_contract(contract: "Contract") -> None:
    content = contract.to_json()
    for part in ("input", "output"):
        sides = ", ".join(map(str, content[part]["shape"]))
        print(f"{part}: {content[part]['dtype']} ({sides}), {content[part]['values']}")
    print(f"classes: {', '.join(contract.class_names)}")
