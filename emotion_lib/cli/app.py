"""``emotion app``: the page."""

from typing import Annotated

import typer

from .options import ClassNamesOption, DetectorOption, ModelOption, split_names


def app(
    model: ModelOption = None,
    class_names: ClassNamesOption = None,
    detector: DetectorOption = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 opens the page to the network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 7860,
) -> None:
    """Serve the page: photographs, videos or a camera in, faces with their probabilities out."""
    from ..environment import require

    require("gradio")
    from ..app.server import serve

    serve(model, class_names=split_names(class_names), detector=detector, host=host, port=port)
