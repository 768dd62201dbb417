"""Endpoints for programs with gradio_client, and for agents by the Model Context Protocol."""

import asyncio
from typing import NoReturn

import gradio as gr
from gradio import processing_utils
from gradio.data_classes import JsonData

from ..errors import EmotionError
from .schemas import Analysis
from .service import Service
from .worker import Task

NO_PICTURE = "Expected a picture. Received: none. Send a file: handle_file(path)."


class _Data(JsonData):
    """A value that is JSON as text too, as agents get it."""

    def __str__(self) -> str:
        return self.model_dump_json()

from gradio.events import Dependency

class Answer(gr.JSON):
    """The answer of an endpoint."""

    is_template = True  # the page then takes it for a gr.JSON

    def postprocess(self, value: dict) -> JsonData:
        """Return the value for programs and agents."""
        return _Data(value)
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


def add(service: Service) -> None:
    """Add the endpoints to the page that is being built.

    Args:
        service: reads the pictures.
    """
    # Gradio would fetch an address that stands in the place of a file, in any value.
    processing_utils.async_ssrf_protected_download = _fetch_nothing

    async def analyse(picture: bytes | None, model: str = "") -> dict:
        """Find the faces of a picture, and the expression that viewers would perceive in each.

        It is not what a person feels, and about 3 in 10 answers are wrong.

        Args:
            picture: The file. By MCP: a data: URL with the content of a JPEG, PNG or other picture.
            model: Name of a model; empty: the default.

        Returns:
            Faces with boxes, landmarks, labels and probabilities.
        """
        if picture is None:
            raise gr.Error(NO_PICTURE, print_exception=False)
        try:
            analysis = await _analyse(service, picture, model)
        except EmotionError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return analysis.model_dump(mode="json")

    picture = gr.File(label="picture", type="binary", visible=False)
    model = gr.Textbox(label="model", value="", visible=False)
    answer = Answer(label="analysis", visible=False)
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


async def _analyse(service: Service, picture: bytes, model: str) -> Analysis:
    name = model or next(iter(service.predictors))
    predictor = service.predictors[name]
    task = Task(predictor, [("picture", picture)], predictor.threshold)
    service.worker.submit(task)
    results = await asyncio.wrap_future(task.answer)
    return Analysis(
        model=name,
        detector=predictor.detector.name,
        class_names=list(predictor.class_names),
        threshold=predictor.threshold,
        results=results,
    )


async def _fetch_nothing(url: str, cache_dir: str) -> NoReturn:
    raise gr.Error(
        f"Expected the content of a file. Received: the address {url}, and this server fetches "
        "nothing. Send the file itself: handle_file(path) of gradio_client, or a data: URL.",
        print_exception=False,
    )