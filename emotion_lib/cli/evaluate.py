"""``emotion evaluate``: evaluate a model on labelled pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ModelError
from ..files import printable
from .classifier import load_classifier, square_shape
from .evaluation_folder import check_evaluation, write_evaluation, write_groups
from .group_tables import groups_of, names_in_dataset, names_in_folder, print_groups
from .labelled_pictures import Faces, FacesOption, face_cutter
from .options import ClassNamesOption, ImageSizeOption, LogitsOption, ScalingOption
from .results import print_results
from .terminal import say

if TYPE_CHECKING:
    import keras

    from ..datasets import Dataset


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
    groups: Annotated[
        Path | None,
        typer.Option(
            help="CSV with a column file and columns of groups of your own, such as place or "
            "camera: every figure is also given by group."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder for metrics.json, confusion.png and groups.*.")
    ] = Path("evaluation"),
) -> None:
    """Evaluate a model on labelled pictures: accuracy with interval, recall, confusion matrix.

    For example: emotion evaluate old.hdf5 mine/ --class-names angry,happy,sad --scaling 0..1
    """
    from .. import artifacts, datasets, evaluation, labels
    from ..datasets.sources import image_folder
    from ..evaluation.group_sentences import group_sentences
    from ..evaluation.groups import break_down, check_columns
    from ..inference.model_choice import model_choice
    from ..inference.network_checks import are_probabilities, no_probabilities
    from ..models.wrapping import from_raw_pixels

    check_evaluation(out, groups)
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
        names_of_pictures = names_in_dataset(data, loaded) if groups is not None else None
        has_face = None
    else:
        cutter, _ = face_cutter(faces)
        has_face, prepare = _noted(cutter)
        split, files, notes = image_folder.read(
            data,
            names,
            image_size=shape[0],
            color="gray" if shape[2] == 1 else "rgb",
            prepare=prepare,
        )
        label_names = names
        model_names = names
        names_of_pictures = names_in_folder(files, data)
        if has_face and not all(has_face):
            without = has_face.count(False)
            notes += (
                f"no face was found in {without} of {len(has_face)} pictures: all of it is used",
            )
    for note in notes:
        say(f"note: {note}")
    columns = None
    if groups is not None:
        columns = groups_of(groups, names_of_pictures, len(split))
        check_columns(split.labels, columns)  # before the work, not after it
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
    found = None
    sentences = []
    if columns is not None:
        record = artifacts.record_beside(file)
        calibration = record.calibration if record else None
        threshold = calibration.threshold if calibration else None
        found = break_down(result, columns, threshold=threshold, face_found=has_face)
        sentences = group_sentences(found)
    written = write_evaluation(result, out, model, data)
    origin = {"model": printable(model), "data": printable(data)}
    written += write_groups(found, sentences, out, origin)
    print_results({Path(data).resolve().name: result})
    if found is not None:
        print_groups(found.table, sentences)
    print(f"written: {', '.join(map(str, written))}")


def _noted(cutter: Callable | None) -> tuple[list[bool] | None, Callable | None]:
    """Return a list that says of each picture whether a face was cut out, and the cutter."""
    if cutter is None:
        return None, None
    has_face: list[bool] = []

    def noted(pixels):
        cut = cutter(pixels)
        has_face.append(cut is not pixels)
        return cut

    return has_face, noted


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
