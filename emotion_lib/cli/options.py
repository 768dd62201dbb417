"""Options and exit statuses that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

INTERRUPTED = 130  # what shells expect after Ctrl-C

ModelOption = Annotated[Path | None, typer.Option(help="A .keras model; default: the shipped one.")]
DetectorOption = Annotated[
    str | None,
    typer.Option(help="yunet (default), thorough (people lying down too, five to ten times slower) or haar."),
]
Abstain = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Say 'not sure' below this probability; default: the model's own threshold."),
]
