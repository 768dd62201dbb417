"""The command ``emotion promote``."""

from typing import Annotated

import typer


def promote(
    run: Annotated[str, typer.Argument(help="Name of a full run, or of its second head.")],
    if_better: Annotated[
        bool,
        typer.Option(
            "--if-better",
            help="Promote only a model that is no worse than the served one on validation.",
        ),
    ] = False,
) -> None:
    """Make a run's model the one that the page and the commands use.

    For example: emotion promote 17_distillation/student/perceived --if-better
    """
    from ..environment import require_checkout

    require_checkout("a promotion, which replaces the model that it serves")
    from ..experiments.promotion import NotBetterError
    from ..experiments.promotion import promote as promote_run

    try:
        folder = promote_run(run, if_better=if_better)
    except NotBetterError as error:  # an answer, not a failure
        print(error)
    else:
        print(f"{run} is now the served model: {folder}")
