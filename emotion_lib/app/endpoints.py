"""Endpoints for programs with gradio_client, and for agents by the Model Context Protocol."""

import asyncio
from typing import NoReturn

import gradio as gr
from gradio import processing_utils
from gradio.data_classes import JsonData

from ..errors import EmotionError
from .http.zip_files import Source
from .service import Service

TOO_LATE = "Expected an answer in time. Received: none yet. Send it again later, or smaller."
NO_PICTURE = "Expected a picture. Received: none. Send a file: handle_file(path)."


def add(service: Service) -> None:
    """Add the endpoints to the page that is being built.

    Args:
        service: reads the pictures.
    """
    # Gradio would fetch an address that stands in the place of a file, in any value.
    processing_utils.async_ssrf_protected_download = _fetch_nothing
    # Agents get the text of the answer: it is to be JSON. (A component of its own would do, but
    # Gradio writes a file beside the module of each.)
    JsonData.__str__ = JsonData.model_dump_json

    async def analyse(picture: bytes | None, model: str = "") -> dict:
        """Find the faces of a picture, and the expression that viewers would perceive in each.

        It is not what a person feels, and about 2 in 10 answers differ from the viewers' most
        frequent one.

        Args:
            picture: The file. By MCP: a data: URL with the content of a JPEG, PNG or other picture.
            model: Name of a model; empty: the default.

        Returns:
            Faces with boxes, landmarks, labels and probabilities.
        """
        if picture is None:
            raise gr.Error(NO_PICTURE, print_exception=False)
        try:
            work = service.analyse([Source("picture", lambda: picture)], model)
            analysis = await asyncio.wait_for(work, service.settings.seconds_per_request)
        except EmotionError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except TimeoutError as error:
            raise gr.Error(TOO_LATE, print_exception=False) from error
        return analysis.model_dump(mode="json")

    picture = gr.File(label="picture", type="binary", visible=False)
    model = gr.Textbox(label="model", value="", visible=False)
    answer = gr.JSON(label="analysis", visible=False)
    # The worker has a queue of its own, which is the same for all clients.
    gr.on(
        [],
        analyse,
        [picture, model],
        answer,
        api_name="analyse",
        queue=False,
        concurrency_limit=None,
    )


async def _fetch_nothing(url: str, cache_dir: str) -> NoReturn:
    raise gr.Error(
        f"Expected the content of a file. Received: the address {url}, and this server fetches "
        "nothing. Send the file itself: handle_file(path) of gradio_client, or a data: URL.",
        print_exception=False,
    )
