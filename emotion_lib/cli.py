"""The command ``emotion``: a thin skin over the library. Heavy imports wait until a command needs them."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Read facial expressions, and train and judge the models that do. What is read is the expression that viewers "
    "would perceive, not what anybody feels.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Faces(StrEnum):
    """What of a picture is used."""

    find = "find"  # the largest face, or the whole picture where there is none
    whole = "whole"


Data = Annotated[str, typer.Argument(help="A folder of class folders (happy/*.jpg, sad/*.jpg ...), or fer2013.")]
FacesOption = Annotated[Faces, typer.Option(help="Cut out the largest face of each picture, or take the whole picture.")]


@app.command()
def predict(
    paths: Annotated[list[str], typer.Argument(help="Pictures, folders of pictures, or patterns such as 'holiday/*.jpg'.")],
    model: Annotated[Path | None, typer.Option(help="A .keras model; default: the shipped one.")] = None,
    detector: Annotated[str | None, typer.Option(help="yuface or haar; default: the best one installed.")] = None,
    abstain: Annotated[float, typer.Option(min=0, max=1, help="Say 'not sure' below this probability.")] = 0.4,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a picture and line, instead of the table.")
    ] = False,
    csv: Annotated[Path | None, typer.Option(help="Write one row a face to this file too, as it goes.")] = None,
    annotate: Annotated[Path | None, typer.Option(help="Folder for copies of the pictures with boxes and labels.")] = None,
):
    """Read the faces in pictures. Exit status: 0, or 1 if a picture could not be used."""
    pictures = _pictures(paths)
    if not pictures:
        raise ValueError(f"Expected pictures. Received: none in {', '.join(paths)}. Name files, folders or patterns.")
    from contextlib import ExitStack

    from tqdm import tqdm

    from .predictor import Predictor

    predictor = Predictor.load(model, detector=detector)
    failed: list[str] = []
    counts = {"ok": 0, "no_face": 0, "error": 0}
    faces = 0
    with ExitStack() as stack:
        rows = _csv_rows(stack, csv, predictor.class_names) if csv else None
        results = predictor.stream(pictures, abstain=abstain)
        progress = tqdm(pictures, disable=not sys.stderr.isatty(), unit="picture", delay=2, leave=False)
        for path, result in zip(progress, results, strict=True):
            counts[result.status] += 1
            faces += len(result)
            if result.status == "error":
                failed.append(f"{path}: {result.error}")
            print(_json_line(path, result) if as_json else _table_lines(path, result), flush=True)
            for row in _rows(path, result) if rows else ():
                rows(row)
            if annotate and result.status == "ok":
                _annotate(path, result, annotate)
    summary = f"{len(pictures)} pictures, {faces} faces; {counts['no_face']} without a face, {len(failed)} could not be used"
    if len(pictures) > 1 or failed:
        _say(summary)
    if failed:
        raise typer.Exit(1)


PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff"}


def _pictures(paths: list[str]) -> list[Path]:
    """Files as they are named, pictures within folders, and what patterns match, each once and in order."""
    import glob

    found: dict[Path, None] = {}
    for name in paths:
        path = Path(name).expanduser()
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.suffix.lower() in PICTURE_SUFFIXES and p.is_file())
            found |= dict.fromkeys(inside)
        elif path.exists() or not glob.has_magic(name):
            found[path] = None  # a file that is not there becomes a result that says so
        else:
            found |= dict.fromkeys(Path(match) for match in sorted(glob.glob(name, recursive=True)))
    return list(found)


def _rows(path: Path, result) -> list[dict]:
    """One a face; one without a face for a picture that has none or cannot be used."""
    base = {"file": str(path), "status": result.status, "error": result.error}
    if not len(result):
        return [base]
    return [
        base
        | {"face": number, "label": p.label, "detector_score": round(p.face.score, 4)}
        | dict(zip(("x", "y", "width", "height"), (round(v, 1) for v in p.face.box), strict=True))
        | {name: round(value, 4) for name, value in p.probabilities.items()}
        for number, p in enumerate(result, start=1)
    ]


def _csv_rows(stack, path: Path, class_names: tuple[str, ...]):
    """A function that writes one row and flushes it, so that an interruption loses nothing."""
    import csv

    path.parent.mkdir(parents=True, exist_ok=True)
    file = stack.enter_context(path.open("w", newline="", encoding="utf-8"))
    box = ("x", "y", "width", "height")
    columns = ("file", "status", "error", "face", "label", "detector_score", *box, *class_names)
    writer = csv.DictWriter(file, columns, restval="")
    writer.writeheader()

    def write(row: dict) -> None:
        writer.writerow(row)
        file.flush()

    return write


def _json_line(path: Path, result) -> str:
    faces = [
        {"box": [round(v, 1) for v in p.face.box], "score": p.face.score, "label": p.label, "probabilities": p.probabilities}
        for p in result
    ]
    return json.dumps({"file": str(path), "status": result.status, "error": result.error, "faces": faces})


def _table_lines(path: Path, result) -> str:
    if result.status != "ok":
        return f"{path}: {'no face found' if result.status == 'no_face' else result.error}"
    lines = []
    for number, p in enumerate(result, start=1):
        best = sorted(p.probabilities.items(), key=lambda item: -item[1])[:3]
        shares = ", ".join(f"{name} {share:.0%}" for name, share in best)
        lines.append(f"{path}  {number}  {p.label:10}  {shares}")
    return "\n".join(lines)


def _annotate(path: Path, result, folder: Path) -> None:
    """Beside others of the same name in other folders, a copy gets a number behind its name."""
    from PIL import Image

    from .drawing import annotate
    from .images import read_image

    folder.mkdir(parents=True, exist_ok=True)
    target, number = folder / f"{path.stem}.jpg", 2
    while target.exists():
        target, number = folder / f"{path.stem}-{number}.jpg", number + 1
    Image.fromarray(annotate(read_image(path), list(result))).save(target, quality=92)


@app.command()
def train(
    data: Data,
    name: Annotated[str | None, typer.Option(help="Name of the run; default: own/<the folder's name>.")] = None,
    model: Annotated[Path | None, typer.Option(help="The .keras model to start from; default: the shipped one.")] = None,
    head_epochs: Annotated[int, typer.Option(min=0, help="Epochs of the new last layer alone.")] = 40,
    epochs: Annotated[int, typer.Option(min=0, help="Epochs of the whole network after that.")] = 15,
    faces: FacesOption = Faces.find,
    seed: Annotated[int, typer.Option(help="Of the split, the order and the augmentation.")] = 0,
):
    """Teach a trained model the classes of your own pictures; the page serves the result unchanged."""
    from . import artifacts, evaluation, plots, training
    from .datasets import image_folder
    from .finetuning import fine_tune
    from .paths import best_dir

    base, base_names = artifacts.load_model(model or best_dir() / "model.keras")
    _say(f"starting from {model or best_dir() / 'model.keras'}")
    size, _, channels = base.input_shape[1:]
    dataset = image_folder.load(
        data, image_size=size, color="gray" if channels == 1 else "rgb", seed=seed, prepare=_preparation(faces)
    )
    for note in dataset.notes:
        _say(f"note: {note}")
    print(dataset.counts().to_string())
    name = name or f"own/{Path(data).resolve().name}"
    folder = artifacts.run_dir(name, dataset)
    _say(f"training: {head_epochs} epochs of the last layer, then {epochs} of the whole network")
    network, history = fine_tune(
        base, base_names or (), dataset, folder, head_epochs=head_epochs, epochs=epochs, seed=seed, verbose=2
    )
    exported, class_names = artifacts.load_model(artifacts.export(network, folder / "model.keras", dataset.class_names))
    val, test = (evaluation.evaluate(exported, split, class_names) for split in (dataset.val, dataset.test))
    parameters = {"SEED": seed, "DATA": data, "MODEL": str(model or "best"), "FACES": faces.value}
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


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(help="A .keras file, or an older .h5 or .hdf5.")],
    data: Data,
    class_names: Annotated[
        str | None, typer.Option(help="What the outputs mean, in order: angry,disgust,... if the file does not say.")
    ] = None,
    scaling: Annotated[
        str, typer.Option(help="What the model wants of pixels: none (0..255, as every model made here), 0..1, -1..1.")
    ] = "none",
    image_size: Annotated[int | None, typer.Option(help="Side of its pictures in px, if the model leaves it open.")] = None,
    faces: FacesOption = Faces.find,
    flip: Annotated[bool, typer.Option(help="Average each picture and its mirror image.")] = False,
    out: Annotated[Path, typer.Option(help="Folder for metrics.json and confusion.png.")] = Path("evaluation"),
):
    """Judge a model on labelled pictures: accuracy with its interval, recall of each class, confusion matrix."""
    from . import datasets, evaluation, labels, plots
    from .datasets import image_folder
    from .models.foreign import from_raw_pixels

    network, names = _load_any(model, class_names, scaling, image_size)
    size, _, channels = network.input_shape[1:]
    if data in datasets.names():
        loaded = datasets.load(data)
        split, target = loaded.test, loaded.class_names
    else:
        color = "gray" if channels == 1 else "rgb"
        split, notes = image_folder.read(data, names, image_size=size, color=color, prepare=_preparation(faces))
        target = names
        for note in notes:
            _say(f"note: {note}")
    if target != names:
        own = labels.canonical(names) or names
        shape = tuple(network.input_shape[1:])
        network = from_raw_pixels(network, shape, scaling="none", class_names=own, target_names=target)
    result = evaluation.evaluate(network, split, target, flip=flip)
    out.mkdir(parents=True, exist_ok=True)
    (out / "metrics.json").write_text(json.dumps({"model": str(model), "data": data, **result.summary()}, indent=1) + "\n")
    plots.confusion_matrix(result, f"{model.name}, n = {result.n}").savefig(out / "confusion.png", dpi=110)
    _report({Path(data).name: result})
    print(f"written: {out / 'metrics.json'}, {out / 'confusion.png'}")


def _load_any(path: Path, class_names: str | None, scaling: str, image_size: int | None):
    """Any model as one of raw pixels, and what its outputs mean."""
    from . import artifacts
    from .models.foreign import from_raw_pixels, load_hdf5

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
    if scaling != "none" or image_size or None in network.input_shape[1:]:
        height, width, channels = network.input_shape[1:]
        shape = (height or image_size, width or image_size, channels)
        network = from_raw_pixels(network, shape, scaling=scaling, image_size=image_size)
    return network, names


def _preparation(faces: Faces):
    """Cuts the largest face out of each picture; None leaves pictures as they are."""
    if faces is Faces.whole:
        return None
    from .faces import crop, find_faces, load_detector

    detector = load_detector()

    def largest_face(pixels):
        found = find_faces(pixels, detector)
        if not found:
            return pixels
        return crop(pixels, max(found, key=lambda face: face.box[2] * face.box[3]), detector.framing)

    return largest_face


def _report(results: dict) -> None:
    for name, result in results.items():
        low, high = result.accuracy_interval
        print(
            f"{name}: accuracy {result.accuracy:.3f} [{low:.3f}, {high:.3f}], n = {result.n}, macro-F1 {result.macro_f1:.3f}"
        )
        print("  recall: " + ", ".join(f"{label} {value:.2f}" for label, value in result.recall.items()))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Run a command; what a user can mend ends in one message and status 2."""
    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        app()
    except (ValueError, RuntimeError, FileNotFoundError) as error:
        if not type(error).__module__.startswith("emotion_lib") and type(error) is not ValueError:
            raise
        _say(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        _say("stopped; what is done is kept, and the same command goes on from there")
        sys.exit(130)


if __name__ == "__main__":
    main()
