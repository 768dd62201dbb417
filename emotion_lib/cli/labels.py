"""``emotion labels``: list the labels of a folder that are probably wrong."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ..errors import ModelError
from ..files import atomic_file, printable
from .classifier import load_classifier, square_shape
from .group_tables import names_in_folder
from .labelled_pictures import Faces, FacesOption, face_cutter
from .output_folder import OutputError
from .terminal import say

SHOWN = 10  # labels that are printed


def labels(
    model: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE", help="best, ensemble, a recorded run, or a .keras file."
        ),
    ],
    data: Annotated[
        Path, typer.Argument(help="Folder of class folders (happy/*.jpg, sad/*.jpg ...).")
    ],
    faces: FacesOption = Faces.find,
    out: Annotated[Path, typer.Option(help="CSV to write; it must not exist yet.")] = Path(
        "doubtful-labels.csv"
    ),
) -> None:
    """List the labels that a model finds doubtful, by file name, the most suspicious first.

    The method is confident learning (cleanlab). The model must not have been trained on these
    pictures: it agrees with labels that it has learned. A doubtful label is not a wrong one; look
    at the pictures. For example: emotion labels best mine/ --out doubtful.csv
    """
    from .. import evaluation
    from ..datasets.sources import image_folder
    from ..evaluation.doubtful_labels import doubtful_table
    from ..inference.model_choice import model_choice
    from ..inference.network_checks import are_probabilities, no_probabilities

    if os.path.lexists(out):
        raise OutputError(
            f"Expected a new file for --out. Received: {printable(out)}, which exists. Choose "
            "another --out."
        )
    out.parent.mkdir(parents=True, exist_ok=True)  # before the work, not after it
    network, names = load_classifier(model_choice(model).keras_file(), None, False)
    height, _, channels = square_shape(network, None)
    cutter, _ = face_cutter(faces)
    split, files, notes = image_folder.read(
        data,
        names,
        image_size=height,
        color="gray" if channels == 1 else "rgb",
        prepare=cutter,
    )
    for note in notes:
        say(f"note: {note}")
    result = evaluation.evaluate(network, split, names)
    if not are_probabilities(result.y_score):
        raise ModelError(no_probabilities(result.y_score, len(names)))
    of_files = [printable(file) for file in names_in_folder(files, str(data))]
    table = doubtful_table(of_files, result.y_true, result.y_score, names)
    with atomic_file(out) as temporary:
        table.to_csv(temporary, index=False, float_format="%.3f")
    print(f"{len(table)} of {result.n} labels are doubtful (if the model has not learned them):")
    for row in table.head(SHOWN).itertuples():
        print(f"  {row.file}: {row.label}, or {row.suggested}?")
    print(f"written: {printable(out)}")
