"""``emotion export``: a model as a file for other libraries."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ModelError
from .classifier import load_classifier, square_shape
from .exit_status import SOME_INPUT_FAILED
from .options import ClassNamesOption, ImageSizeOption, LogitsOption, ScalingOption
from .terminal import say

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
            metavar="NAME|FILE",
            help="best, ensemble, a recorded run, a .keras file, or an older .h5 or .hdf5.",
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
        Path | None,
        typer.Option(
            help="File or folder to write. An earlier export there is replaced. Default, for a "
            "recorded run and litert alone: beside the run's model, so that it is served without "
            "TensorFlow."
        ),
    ] = None,
    class_names: ClassNamesOption = None,
    scaling: ScalingOption = None,
    image_size: ImageSizeOption = None,
    logits: LogitsOption = False,
) -> None:
    """Export a model for other libraries, with its class names, after checking its answers.

    For example: emotion export best --format onnx --out face.onnx
    """
    if out is None:
        _compile_beside(model, export_format)
        return
    from .. import artifacts
    from ..experiments.exporting import check_target, export_model
    from ..inference.model_choice import model_choice
    from ..models.wrapping import from_raw_pixels

    check_target(out, export_format.value)
    file = model_choice(model).keras_file()
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


def _compile_beside(model: str, export_format: ExportFormat) -> None:
    """Compile a recorded run beside its model, and complete its record.

    Raises:
        ValueError: it is no recorded run, or the format is another one.
    """
    from ..artifacts import Run, read_record
    from ..experiments.compiled_runs import compile_recorded
    from ..inference.compiled_file import compiled_file
    from ..inference.model_choice import model_choice
    from ..paths import best_dir

    file = model_choice(model).keras_file()
    is_run = (file.parent / "run.json").is_file() and file.parent.resolve() != best_dir().resolve()
    if not is_run or export_format is not ExportFormat.litert:
        raise ValueError(
            "Expected --out, the file or folder to write. Received: none, which is for a recorded "
            "run and --format litert alone."
        )
    run, notes = compile_recorded(Run(file.parent, read_record(file.parent / "run.json")))
    for note in notes:
        say(f"note: {note}")
    described = run.record.model
    if described.compiled is None:
        raise typer.Exit(SOME_INPUT_FAILED)
    print(f"written: {compiled_file(file)} ({described.compiled.bytes / 1e6:.2f} MB)")
    if described.int8 is not None:
        print(f"written: {compiled_file(file, 'int8')} ({described.int8.bytes / 1e6:.2f} MB)")
    print(f"serve:  emotion app --model {run.name}")


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
