"""``emotion space``: a Hugging Face Space, ready to be pushed."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def space(
    kind: Annotated[
        Literal["static", "gradio"],
        typer.Option(help="static: the networks run in the browser; gradio: on the server."),
    ] = "static",
    out: Annotated[
        Path, typer.Option(help="New folder, one that this command wrote, or a clone of the Space.")
    ] = Path("space"),
) -> None:
    """Write the page as a Hugging Face Space."""
    from ..environment import require

    require("fastapi")
    from ..app.site.space import write_space

    size = write_space(out, kind)
    print(f"{out}: {size / 1e6:.1f} MB. Its README.md says how to publish it.")
