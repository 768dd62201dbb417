"""Arguments that choose notebooks and change their parameters."""

import ast
from typing import Annotated

import typer

NotebookArgument = Annotated[
    str,
    typer.Argument(
        metavar="NOTEBOOK",
        show_default=False,
        help="Beginning of the notebooks' names, such as 01; default: all notebooks.",
    ),
]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        "-p",
        metavar="NAME=VALUE",
        help="Change a parameter; the value is a Python literal or a text. May be repeated.",
    ),
]


def require_notebooks() -> None:
    """Raise an error where there are no notebooks.

    Raises:
        CheckoutError: the library is an installed package, and NOTEBOOKS_DIR names no folder.
    """
    from ..environment import require_checkout
    from ..paths import notebooks_dir

    if not notebooks_dir().is_dir():
        require_checkout("its notebooks")


def parsed(assignments: list[str] | None) -> dict[str, object]:
    """Return the parameters of NAME=VALUE texts.

    A value is a Python literal; if it cannot be parsed as one, it is a text.

    Raises:
        typer.BadParameter: a text has no equals sign.

    Example:
        >>> parsed(["EPOCHS=5", "DATASET=ferplus"])
        {'EPOCHS': 5, 'DATASET': 'ferplus'}
    """
    values = {}
    for text in assignments or ():
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"Expected NAME=VALUE. Received: {text!r}.")
        try:
            values[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            values[name] = value
    return values
