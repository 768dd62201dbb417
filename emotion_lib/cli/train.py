"""``emotion train``: fine-tune a model on labelled pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .classifier import square_shape
from .labelled_pictures import Faces, FacesOption, face_cutter
from .output_folder import OutputError
from .results import print_results
from .terminal import say

if TYPE_CHECKING:
    from ..datasets import Dataset


def train(
    data: Annotated[
        Path, typer.Argument(help="Folder of class folders: happy/*.jpg, sad/*.jpg ...")
    ],
    name: Annotated[
        str | None, typer.Option(help="Name of the run. Default: own/NAME-OF-THE-FOLDER.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="The model to start from: a recorded run, or a .keras file. Default: best, which "
            "ships with the project.",
        ),
    ] = None,
    head_epochs: Annotated[
        int, typer.Option(min=0, help="Epochs of training the new last layer alone.")
    ] = 40,
    epochs: Annotated[
        int, typer.Option(min=0, help="Epochs of training the whole network after that.")
    ] = 15,
    faces: FacesOption = Faces.find,
    seed: Annotated[
        int, typer.Option(help="Random seed of the split, the order and the augmentation.")
    ] = 0,
) -> None:
    """Fine-tune a model on your own pictures, with your own classes.

    The page can serve the result. For example: emotion train mine/, where mine/ holds
    mine/bored/*.jpg, mine/amused/*.jpg ...
    """
    from .. import artifacts, evaluation, plots, training
    from ..experiments.compiling import compile_run
    from ..files import exclusive, printable
    from ..inference.model_choice import model_choice
    from ..training.fine_tuning import fine_tune

    start = model_choice(model).keras_file()
    base, base_names = artifacts.load_model(start)
    say(f"starting from {start}")
    dataset = _load_pictures(data, square_shape(base, None), faces, seed)
    name = name or f"own/{printable(data.resolve().name)}"
    folder = artifacts.run_dir(name, dataset)
    with exclusive(folder, "emotion train"):
        _check_run(name, folder, dataset, start)
        say(
            f"training: {head_epochs} epochs of the last layer, then {epochs} epochs of the whole "
            "network"
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
        val = evaluation.evaluate(exported, dataset.val, class_names)
        test = evaluation.evaluate(exported, dataset.test, class_names)
        figures = {
            "confusion": plots.confusion_matrix(test, f"{name}, test, n = {test.n}"),
            "curves": plots.history(history),
        }
        parameters = {
            "SEED": seed,
            "DATA": data.name,
            "MODEL": model or "best",
            "FACES": faces.value,
            "HEAD_EPOCHS": head_epochs,
            "EPOCHS": epochs,
        }
        run = artifacts.save_run(
            name,
            model=exported,
            dataset=dataset,
            val=val,
            test=test,
            history=history,
            parameters=parameters,
            figures=figures,
            weights=model or "best",
        )
        training.finish(folder, "head", "all")
        run, notes = compile_run(run, exported, dataset, val, test)
    for note in notes:
        say(f"note: {note}")
    print_results({"validation": val, "test": test})
    print(f"model:  {run.model_file}")
    print(f"serve:  emotion app --model {run.model_file}")


def _load_pictures(data: Path, shape: tuple[int, int, int], faces: Faces, seed: int) -> "Dataset":
    """Load a folder of pictures in the shape that the network takes, and print the counts."""
    from ..datasets.sources import image_folder

    size, _, channels = shape
    cutter, cutter_name = face_cutter(faces)
    dataset = image_folder.load(
        data,
        image_size=size,
        color="gray" if channels == 1 else "rgb",
        seed=seed,
        prepare=cutter,
        prepare_name=cutter_name,
    )
    for note in dataset.notes:
        say(f"note: {note}")
    print(dataset.counts().to_string())
    return dataset


def _check_run(name: str, folder: Path, dataset: "Dataset", start: Path) -> None:
    """Refuse a name whose run is of other pictures, or whose model is the one to start from."""
    from .. import artifacts
    from ..files import same_file

    file = folder / "run.json"
    if file.exists():
        record = artifacts.read_record(file)
        if record.data.fingerprint != dataset.fingerprint:
            raise OutputError(
                f"Expected a new name: {folder} holds a model of other pictures. Received: {name}. "
                "Pass --name."
            )
    if same_file(start, folder / "model.keras"):
        raise OutputError(
            f"Expected a new name: the new model would replace {start}. Received: {name}. "
            "Pass --name."
        )
