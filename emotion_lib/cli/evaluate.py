"""``emotion evaluate``: evaluate a model on labelled pictures."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ModelError
from ..files import atomic_file, printable, write_text
from .classifier import load_classifier, square_shape
from .labelled_pictures import Faces, FacesOption, face_cutter
from .options import ClassNamesOption, ImageSizeOption, LogitsOption, ScalingOption
from .output_folder import OutputError
from .results import print_results
from .terminal import say

if TYPE_CHECKING:
    import keras

    from ..datasets import Dataset
    from ..evaluation import Evaluation


def evaluate(
    model: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE",
            help="best, ensemble, a recorded run, a .keras file, or an older .h5 or .hdf5.",
        ),
    ],
    data: Annotated[
        str,
        typer.Argument(
            help="Folder of class folders (happy/*.jpg, sad/*.jpg ...), or the name of a data set: "
            "fer2013, ferplus ..."
        ),
    ],
    class_names: ClassNamesOption = None,
    scaling: ScalingOption = "none",
    image_size: ImageSizeOption = None,
    logits: LogitsOption = False,
    faces: FacesOption = Faces.find,
    flip: Annotated[
        bool, typer.Option(help="Average the answers to each picture and its mirror image.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for metrics.json and confusion.png.")] = Path(
        "evaluation"
    ),
) -> None:
    """Evaluate a model on labelled pictures: accuracy with interval, recall, confusion matrix.

    For example: emotion evaluate old.hdf5 mine/ --class-names angry,happy,sad --scaling 0..1
    """
    from .. import datasets, evaluation, labels
    from ..datasets.sources import image_folder
    from ..inference.model_choice import model_choice
    from ..inference.network_checks import are_probabilities, no_probabilities
    from ..models.wrapping import from_raw_pixels

    check_evaluation(out)
    file = model_choice(model).keras_file()
    network, names = load_classifier(file, class_names, logits)
    out.mkdir(parents=True, exist_ok=True)  # before the work, not after it
    shape = square_shape(network, image_size)
    if data in datasets.names():
        loaded = _load_dataset(data, network)
        split = loaded.test
        notes = loaded.notes
        shape = loaded.input_shape
        label_names = loaded.class_names
        model_names = labels.canonical(names) or names
    else:
        cutter, _ = face_cutter(faces)
        split, notes = image_folder.read(
            data,
            names,
            image_size=shape[0],
            color="gray" if shape[2] == 1 else "rgb",
            prepare=cutter,
        )
        label_names = names
        model_names = names
    for note in notes:
        say(f"note: {note}")
    output_names = label_names  # of the scores to evaluate, in order
    absent = [name for name in label_names if name not in model_names]
    if absent and set(model_names) < set(label_names):
        output_names = model_names
        say(
            f"note: the model does not know {', '.join(absent)}: pictures of these classes count "
            "as wrong"
        )
    is_as_expected = (
        scaling == "none"
        and tuple(network.input_shape[1:]) == shape
        and model_names == output_names
    )
    if not is_as_expected:
        network = from_raw_pixels(
            network,
            shape,
            scaling=scaling,  # type: ignore[arg-type]  # which checks it
            image_size=image_size,
            class_names=model_names,
            target_names=output_names,
        )
    result = evaluation.evaluate(network, split, output_names, flip=flip, label_names=label_names)
    if not (result.multi_label or are_probabilities(result.y_score)):
        raise ModelError(no_probabilities(result.y_score, len(output_names)))
    _write(result, out, model, data)
    print_results({Path(data).resolve().name: result})
    print(f"written: {out / 'metrics.json'}, {out / 'confusion.png'}")


def _load_dataset(name: str, network: "keras.Model") -> "Dataset":
    """Load a data set by its name, if the network can be evaluated on it."""
    from .. import datasets
    from ..models.wrapping import final_activation

    if Path(name).is_dir():
        raise ValueError(
            f"Expected a folder or a data set. Received: {name}, which is the name of both. Write "
            f"./{name} for the folder; for the data set, run this in another folder."
        )
    if datasets.needs_source(name):
        others = [other for other in datasets.names() if not datasets.needs_source(other)]
        raise ValueError(
            f"Expected a folder of class folders, or one of the data sets {others}. Received: "
            f"{name}, which is a kind of folder. Name the folder itself; notebook 11 evaluates a "
            "folder with a table of several labels per picture (emotion run 11 -p SOURCE=FOLDER)."
        )
    loaded = datasets.load(name)
    if loaded.multi_label and final_activation(network) != "sigmoid":
        raise ValueError(
            f"Expected a model with one independent score per label (a sigmoid), as a picture of "
            f"{name} may have several labels. Received: a model that chooses one of its classes. "
            "Take a data set with one label per picture."
        )
    return loaded


def _write(result: "Evaluation", folder: Path, model: str, data: str) -> None:
    """Write metrics.json and confusion.png, each whole or not at all."""
    from .. import plots

    metrics = {"model": printable(model), "data": printable(data), **result.summary()}
    write_text(folder / "metrics.json", json.dumps(metrics, indent=1) + "\n")
    if result.multi_label:
        figure = plots.label_confusions(result)
    else:
        title = Path(model).name if Path(model).is_file() else model
        figure = plots.confusion_matrix(result, f"{title}, n = {result.n}")
    with atomic_file(folder / "confusion.png") as temporary:
        figure.savefig(temporary, dpi=110)


def check_evaluation(folder: Path) -> None:
    """Check that metrics.json and confusion.png may be written to a folder.

    Raises:
        OutputError: a file of one of these names was not written by an earlier
            ``emotion evaluate``.
    """
    metrics = folder / "metrics.json"
    try:
        content = json.loads(metrics.read_bytes())
        is_ours = isinstance(content, dict) and {"model", "data", "accuracy", "n"} <= set(content)
    except (OSError, ValueError):
        is_ours = False
    for path in (metrics, folder / "confusion.png"):
        if os.path.lexists(path) and not is_ours:
            raise OutputError(
                "Expected a new folder for --out, or that of an earlier evaluation, which is "
                f"replaced. Received: {printable(folder)}, whose {path.name} is of another origin. "
                "Choose another --out."
            )
