"""The Gradio page: it shows the stage, and gives programs and agents its endpoints."""

import gradio as gr
from fastapi import FastAPI

TITLE = "Emotion lab"
STAGE = "<emotion-stage></emotion-stage>"
HEAD = '<script type="module" src="stage/main.js"></script>'
CSS = "footer { display: none !important; } .gradio-container { padding: 0 !important; }"


def build() -> gr.Blocks:
    """Return the page."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        gr.HTML(STAGE, apply_default_css=False, elem_id="stage")
    return page


def mount(api: FastAPI) -> FastAPI:
    """Return the application with the page at ``/``."""
    return gr.mount_gradio_app(
        api, build(), path="/", head=HEAD, css=CSS, run_history=False, show_error=False
    )
