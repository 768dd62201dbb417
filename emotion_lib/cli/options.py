"""Options that several commands share."""

from typing import Annotated

import typer

ModelOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="best (default), which ships with the project; 'best int8', smaller and faster; "
        "ensemble, slower and more accurate, where its file is; a recorded run; a .keras file, or "
        "a .tflite one of emotion export. `emotion models` lists those here.",
    ),
]
ClassNamesOption = Annotated[
    str | None,
    typer.Option(
        help="Names of the model's outputs, in order: angry,disgust,... Needed only if the file "
        "does not hold them."
    ),
]
DetectorOption = Annotated[
    str | None,
    typer.Option(
        help="blazeface (default), yunet, thorough (also finds people upside down; five to ten "
        "times slower) or haar."
    ),
]
ScalingOption = Annotated[
    str | None,
    typer.Option(
        help="Pixel scaling that the model expects: none (0..255, as every model of this "
        "project), 0..1, -1..1, -0.5..0.5 or standardised (each picture to mean 0 and standard "
        "deviation 1)."
    ),
]
ImageSizeOption = Annotated[
    int | None,
    typer.Option(help="Side of the pictures in px, if the model leaves it open."),
]
LogitsOption = Annotated[
    bool,
    typer.Option("--logits", help="The model's outputs are logits: softmax is applied to them."),
]
AbstainOption = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        help="Answer 'not sure' below this probability. Default: the model's own threshold.",
    ),
]


def split_names(names: str | None) -> tuple[str, ...] | None:
    """Return the names in a comma-separated list, or None for None.

    Example:
        >>> split_names("happy, sad")
        ('happy', 'sad')
    """
    if names is None:
        return None
    return tuple(name.strip() for name in names.split(","))
