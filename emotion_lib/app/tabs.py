"""The tabs of the page: components, and the functions that fill them."""

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from ..inference.predictor import Predictor
from .camera import View
from .photograph import read_photograph
from .recording import MAX_SECONDS, read_recording

EXAMPLES = Path(__file__).parent / "examples"

VIDEO_TYPES = ["video", ".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".ts", ".webm", ".wmv"]
VIDEO = "A video of up to {minutes:.0f} minutes. Each face is followed and keeps its number."
LIVE = (
    "A browser gives the camera only to pages of the same machine, or over HTTPS. Allow it, then "
    "press Record."
)

HEIGHT = 420  # px, of pictures
STREAM_EVERY = 0.1  # seconds between the pictures of a camera
MAX_CAMERAS = 4  # at the same time
SESSION_SECONDS = 600  # after which a camera makes room for another


def photograph(predictor: Predictor) -> None:
    """Add the components of the tab for photographs."""
    with gr.Row():
        with gr.Column():
            uploaded = gr.Image(
                label="Photograph",
                type="filepath",
                sources=["upload", "webcam", "clipboard"],
                height=HEIGHT,
                elem_id="photograph",
            )
            # The component would open the file itself, and report a file that is not a picture, or
            # a huge picture, by an error without a reason. read_image reads more formats, and says
            # what is wrong.
            uploaded.preprocess = lambda file: file.path if file else None  # type: ignore
        with gr.Column():
            annotated = gr.Image(
                label="Faces found",
                interactive=False,
                format="jpeg",
                height=HEIGHT,
                elem_id="annotated",
                buttons=["download", "fullscreen"],
            )
    examples = [[str(path)] for path in sorted(EXAMPLES.glob("*.jpg"))]
    gr.Examples(examples, uploaded, label="Examples")
    message = gr.Markdown(elem_id="message")
    bars = gr.HTML(elem_id="bars")

    def analyse(path: str | None) -> tuple[np.ndarray | None, str, str]:
        return read_photograph(predictor, path)

    uploaded.change(
        analyse,
        uploaded,
        [annotated, message, bars],
        api_name="analyse",
        concurrency_id="photographs",
        show_progress_on=annotated,
    )


def video(predictor: Predictor) -> None:
    """Add the components of the tab for videos."""
    gr.Markdown(VIDEO.format(minutes=MAX_SECONDS / 60))
    with gr.Row():
        with gr.Column():
            # Not gr.Video, which rejects a file that this browser cannot play.
            recording = gr.File(
                label="Video", file_types=VIDEO_TYPES, height=HEIGHT // 2, elem_id="recording"
            )
            stop = gr.Button("Stop here", visible=False, elem_id="stop")
        with gr.Column():
            annotated = gr.Video(
                label="Faces found", interactive=False, height=HEIGHT, elem_id="annotated-video"
            )
    message = gr.Markdown(elem_id="video-message")
    bars = gr.HTML(elem_id="video-bars")
    course = gr.Plot(show_label=False, visible=False, elem_id="course")
    table = gr.DownloadButton("Download timeline.csv", visible=False, elem_id="timeline")
    stopped = gr.State()  # a threading.Event while a video is read

    # Gradio shows a progress bar for a function with this default argument.
    def analyse(path: str | None, progress=gr.Progress()) -> Iterator[dict[Any, Any]]:  # noqa: B008
        event = threading.Event()
        yield {
            stopped: event,
            stop: gr.Button(visible=path is not None),
            annotated: None,
            message: "",
            bars: "",
            course: gr.Plot(visible=False),
            table: gr.DownloadButton(visible=False),
        }
        if path is None:
            return
        # Gradio copies the files while the last result is yielded.
        with tempfile.TemporaryDirectory(prefix="emotion-page-") as folder:
            reading = read_recording(
                predictor,
                path,
                Path(folder),
                progress=lambda done, total: progress((done, total or None), unit="seconds"),
                stopped=event.is_set,
            )
            yield {
                stopped: None,
                stop: gr.Button(visible=False),
                annotated: reading.annotated,
                message: reading.message,
                bars: reading.cards,
                course: gr.Plot(reading.course, visible=reading.course is not None),
                table: gr.DownloadButton(value=reading.table, visible=reading.table is not None),
            }

    recording.change(
        analyse,
        recording,
        [stopped, stop, annotated, message, bars, course, table],
        api_name="analyse_video",
        concurrency_id="videos",
        show_progress_on=annotated,
    )
    stop.click(
        lambda event: event and event.set(),
        stopped,
        None,
        api_name=False,  # type: ignore[arg-type]
        queue=False,
    )


def live(predictor: Predictor) -> None:
    """Add the components of the tab for a camera."""
    gr.Markdown(LIVE)
    with gr.Row():
        camera = gr.Image(
            label="Camera",
            sources=["webcam"],
            streaming=True,
            type="numpy",
            height=HEIGHT,
            elem_id="camera",
        )
        annotated = gr.HTML(elem_id="annotated-live")
    bars = gr.HTML(elem_id="live-bars")
    view = gr.State(time_to_live=2 * SESSION_SECONDS)

    def analyse(image: np.ndarray | None, view: View | None) -> tuple[str, str, View | None]:
        if image is None:
            return "", "", view
        view = view or View(predictor)
        return *view.read(image), view

    camera.stream(
        analyse,
        [camera, view],
        [annotated, bars, view],
        api_name=False,  # type: ignore[arg-type]
        stream_every=STREAM_EVERY,
        time_limit=SESSION_SECONDS,
        concurrency_limit=MAX_CAMERAS,
        show_progress="hidden",
    )
