"""The Gradio page: a photograph, a video or a camera in, each face with its probabilities out."""

from typing import Any

import gradio as gr
import numpy as np

from ..inference.predictor import Predictor
from . import cards, tabs

TITLE = "Emotion lab"
INTRODUCTION = """# Emotion lab
Upload a photograph or a video, or use the camera, and see which of {expressions} expressions a
small neural network reads in each face. It reads the **expression a viewer would perceive**,
not what a person feels. {figure}"""
FIGURE = (
    "On {n:,} test photographs of FER-2013 it agrees with the label in {accuracy:.0%} of cases."
)
NOTICE = """**Prohibited use.** Inferring people's emotions at work or in education is prohibited in
the EU (AI Act, Art. 5(1)(f)). Do not use it to judge anyone: not in hiring, policing, medicine or
insurance. Pictures and videos stay on the machine that serves this page and are deleted within a
day; a camera's pictures are not kept."""

# Arguments of launch().
LOOK: dict[str, Any] = {
    "theme": gr.themes.Soft(
        primary_hue="blue", font=["system-ui", "sans-serif"], font_mono=["monospace"]
    ),
    "css": cards.CSS
    + "#annotated-live img { width: 100%; border-radius: 8px; }"
    + "footer { display: none !important; }",
}


def build(predictor: Predictor) -> gr.Blocks:
    """Return the page over a loaded predictor; ``launch(**LOOK)`` serves it."""
    # The first call compiles the network: better now than when a visitor waits.
    predictor.scores([np.zeros((*predictor.input_shape[:2], 3), np.uint8)])
    # Uploads are in Gradio's temporary folder. Every hour, those older than a day are deleted.
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 86400)) as page:
        gr.Markdown(
            INTRODUCTION.format(expressions=len(predictor.class_names), figure=_figure(predictor))
        )
        with gr.Tab("Photograph"):
            tabs.photograph(predictor)
        with gr.Tab("Video"):
            tabs.video(predictor)
        with gr.Tab("Live"):
            tabs.live(predictor)
        gr.Markdown(NOTICE)
    return page


def _figure(predictor: Predictor) -> str:
    """Return the accuracy in the model's record, or nothing if it is not of FER-2013."""
    record = predictor.record
    if record is None or record.data.name != "fer2013":
        return ""
    test = record.metrics.test
    return FIGURE.format(n=test.n, accuracy=test.accuracy)
