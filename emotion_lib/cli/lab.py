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


Folder = Annotated[Path, typer.Argument(help="A folder of class folders: happy/*.jpg, sad/*.jpg ...")]
FacesOption = Annotated[Faces, typer.Option(help="Cut out the largest face of each picture, or take the whole picture.")]


def train(
    data: Folder,
    name: Annotated[str | None, typer.Option(help="Name of the run; default: own/<the folder's name>.")] = None,
    model: Annotated[Path | None, typer.Option(help="The .keras model to start from; default: the shipped one.")] = None,
    head_epochs: Annotated[int, typer.Option(min=0, help="Epochs of the new last layer alone.")] = 40,
    epochs: Annotated[int, typer.Option(min=0, help="Epochs of the whole network after that.")] = 15,
    faces: FacesOption = Faces.find,
    seed: Annotated[int, typer.Option(help="Of the split, the order and the augmentation.")] = 0,
):
    """Teach a trained model the classes of your own pictures; the page serves the result unchanged.

    For example: emotion train mine/, where mine/ holds mine/bored/*.jpg, mine/amused/*.jpg ...
    """
    from .. import artifacts, evaluation, plots, training
    from ..datasets import image_folder
    from ..files import same_file
    from ..finetuning import fine_tune
    from ..paths import best_dir

    base, base_names = artifacts.load_model(model or best_dir() / "model.keras")
    _say(f"starting from {model or best_dir() / 'model.keras'}")
    size, _, channels = _square_shape(base, None)
    color = "gray" if channels == 1 else "rgb"
    prepare = _preparation(faces)
    kind = getattr(prepare, "detector_name", "")
    dataset = image_folder.load(data, image_size=size, color=color, seed=seed, prepare=prepare, prepare_name=kind)
    for note in dataset.notes:
        _say(f"note: {note}")
    print(dataset.counts().to_string())
    name = name or f"own/{data.resolve().name}"
    folder = artifacts.run_dir(name, dataset)
    record = folder / "run.json"
    if record.exists() and json.loads(record.read_text())["data"]["fingerprint"] != dataset.fingerprint:
        raise ValueError(f"Expected a new name: {folder} holds a model of other pictures. Received: {name}. Pass --name.")
    if model and same_file(model, folder / "model.keras"):
        raise OutputError(f"Expected a new name: the new model would replace {model}. Received: {name}. Pass --name.")
    _say(f"training: {head_epochs} epochs of the last layer, then {epochs} of the whole network")
    network, history = fine_tune(
        base, base_names or (), dataset, folder, head_epochs=head_epochs, epochs=epochs, seed=seed, verbose=2
    )
    exported, class_names = artifacts.load_model(artifacts.export(network, folder / "model.keras", dataset.class_names))
    val, test = (evaluation.evaluate(exported, split, class_names) for split in (dataset.val, dataset.test))
    parameters = {"SEED": seed, "DATA": data.name, "MODEL": str(model or "best"), "FACES": faces.value}
    parameters |= {"HEAD_EPOCHS": head_epochs, "EPOCHS": epochs}
    run = artifacts.save_run(
        name, model=exported, dataset=dataset, val=val, test=test, history=history, parameters=parameters,
        figures={"confusion": plots.confusion_matrix(test, f"{name}, test, n = {test.n}"), "curves": plots.history(history)},
        weights=str(model or "best"),
    )  # fmt: skip
    training.finish(folder, "head", "all")
    _report({"validation": val, "test": test})
    print(f"model:  {run.folder / 'model.keras'}")
    print(f"serve:  make app MODEL={run.folder / 'model.keras'}")


def evaluate(
    model: Annotated[Path, typer.Argument(help="A .keras file, or an older .h5 or .hdf5.")],
    data: Annotated[str, typer.Argument(help="A folder of class folders (happy/*.jpg, sad/*.jpg ...), or fer2013.")],
    class_names: Annotated[
        str | None, typer.Option(help="What the outputs mean, in order: angry,disgust,... if the file does not say.")
    ] = None,
    scaling: Annotated[
        str,
        typer.Option(
            help="What the model wants of pixels: none (0..255, as every model made here), 0..1, -1..1, -0.5..0.5 or "
            "standardised (each picture to mean 0 and deviation 1)."
        ),
    ] = "none",
    image_size: Annotated[int | None, typer.Option(help="Side of its pictures in px, if the model leaves it open.")] = None,
    faces: FacesOption = Faces.find,
    flip: Annotated[bool, typer.Option(help="Average each picture and its mirror image.")] = False,
    out: Annotated[Path, typer.Option(help="Folder for metrics.json and confusion.png.")] = Path("evaluation"),
):
    """Judge a model on labelled pictures: accuracy with its interval, recall of each class, confusion matrix.

    For example: emotion evaluate old.hdf5 mine/ --class-names angry,happy,sad --scaling 0..1
    """
    from .. import datasets, evaluation, labels, plots
    from ..datasets import image_folder
    from ..models.foreign import from_raw_pixels

    check_evaluation(out)
    network, names = _load_any(model, class_names)
    out.mkdir(parents=True, exist_ok=True)  # before the work, not after it
    if data in datasets.names() and data != "image_folder":
        loaded = datasets.load(data)
        split, target, shape = loaded.test, loaded.class_names, loaded.input_shape
        own = labels.canonical(names) or names
    else:
        shape = _square_shape(network, image_size)
        color = "gray" if shape[2] == 1 else "rgb"
        split, notes = image_folder.read(data, names, image_size=shape[0], color=color, prepare=_preparation(faces))
        own = target = names
        for note in notes:
            _say(f"note: {note}")
    if scaling != "none" or tuple(network.input_shape[1:]) != shape or own != target:
        options = {"scaling": scaling, "image_size": image_size, "class_names": own, "target_names": target}
        network = from_raw_pixels(network, shape, **options)
    result = evaluation.evaluate(network, split, target, flip=flip)
    (out / "metrics.json").write_text(json.dumps({"model": str(model), "data": data, **result.summary()}, indent=1) + "\n")
    plots.confusion_matrix(result, f"{model.name}, n = {result.n}").savefig(out / "confusion.png", dpi=110)
    _report({Path(data).name: result})
    print(f"written: {out / 'metrics.json'}, {out / 'confusion.png'}")


def _load_any(path: Path, class_names: str | None):
    """Any model, and what its outputs mean."""
    from .. import artifacts
    from ..models.foreign import load_hdf5

    names = tuple(name.strip() for name in class_names.split(",")) if class_names else None
    if path.suffix in (".h5", ".hdf5"):
        network, rebuilt = load_hdf5(path)
        if rebuilt:
            _say("Keras 3 refuses this file; the network was rebuilt from its description, the weights are the file's.")
    else:
        network, own_names = artifacts.load_model(path)
        names = names or own_names
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
    from ..detectors import load_detector
    from ..faces import crop, find_faces

    detector = load_detector()

    def largest_face(pixels):
        found = find_faces(pixels, detector)
        if not found:
            return pixels
        return crop(pixels, max(found, key=lambda face: face.box[2] * face.box[3]), detector.framing)

    largest_face.detector_name = detector.name
    return largest_face


def _square_shape(network, image_size: int | None) -> tuple[int, int, int]:
    """The shape of pictures to read for a network: square, of its own size or else the one given."""
    height, _, channels = network.input_shape[1:]
    side = height or image_size
    if side is None:
        raise ValueError("Expected --image-size, because the model takes pictures of any size. Received: none.")
    return side, side, channels


def _report(results: dict) -> None:
    for name, result in results.items():
        low, high = result.accuracy_interval
        print(
            f"{name}: accuracy {result.accuracy:.3f} [{low:.3f}, {high:.3f}], n = {result.n}, macro-F1 {result.macro_f1:.3f}"
        )
        print("  recall: " + ", ".join(f"{label} {value:.2f}" for label, value in result.recall.items()))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
