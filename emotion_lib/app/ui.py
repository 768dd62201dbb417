"""The Gradio page: a photograph, a video or a camera in, each face with its probabilities out."""

import tempfile
import threading
from pathlib import Path

import gradio as gr
import numpy as np

from ..inference.predictor import Predictor
from . import cards
from .camera import View
from .photograph import read_photograph
from .recording import LONGEST, read_recording

EXAMPLES = Path(__file__).parent / "examples"

TITLE = "Emotion lab"
INTRODUCTION = """# Emotion lab
Drop a photograph or a video, or sit down before the camera, and see which of {expressions} expressions a small neural
network reads in each face. It reads the **expression a viewer would perceive**, not what a person feels. {figure}"""
FIGURE = (
    "On {n:,} test photographs of FER-2013 it agrees with the label {accuracy:.0%} of the time."
)
NOTICE = """**What this is not for.** Inferring people's emotions at work or in education is prohibited in the EU
(AI Act, Art. 5(1)(f)). Do not use it to judge anyone: not in hiring, policing, medicine or insurance.
Pictures and videos stay on the machine that serves this page and are deleted within a day; a camera's are not kept."""
VIDEO_TYPES = ["video", ".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".ts", ".webm", ".wmv"]
VIDEO = "A video of up to {minutes:.0f} minutes. Each face is followed and keeps its number."
LIVE = "Browsers lend their camera to pages of the same machine, or over HTTPS. Allow it, then press Record."

HEIGHT = 420  # px, of pictures
STREAM_EVERY = 0.1  # seconds between a camera's pictures
VISITORS = 4  # cameras at once
SITTING = 600  # seconds after which a camera makes room for another

LOOK = {
    "theme": gr.themes.Soft(
        primary_hue="blue", font=["system-ui", "sans-serif"], font_mono=["monospace"]
    ),
    "css": cards.CSS
    + "#annotated-live img { width: 100%; border-radius: 8px; } footer { display: none !important; }",
}


def build(predictor: Predictor) -> gr.Blocks:
    """The page over a loaded predictor; ``launch(**LOOK)`` serves it."""
    # The first call compiles the network: have that done before anybody waits for it.
    predictor.scores([np.zeros((*predictor.input_shape[:2], 3), np.uint8)])
    # Uploads live in Gradio's temporary folder; this deletes those older than a day, looking every hour.
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 86400)) as page:
        gr.Markdown(
            INTRODUCTION.format(expressions=len(predictor.class_names), figure=_figure(predictor))
        )
        with gr.Tab("Photograph"):
            _photograph(predictor)
        with gr.Tab("Video"):
            _video(predictor)
        with gr.Tab("Live"):
            _live(predictor)
        gr.Markdown(NOTICE)
    return page


def _photograph(predictor: Predictor) -> None:
    with gr.Row():
        with gr.Column():
            photograph = gr.Image(
                label="Photograph",
                type="filepath",
                sources=["upload", "webcam", "clipboard"],
                height=HEIGHT,
                elem_id="photograph",
            )
            # The component would open the file itself and answer one that is no picture, or a huge one, with a
            # nameless error; read_image knows more modes and says what is wrong.
            photograph.preprocess = lambda file: file.path if file else None
        with gr.Column():
            annotated = gr.Image(
                label="Faces found", interactive=False, format="jpeg", height=HEIGHT, elem_id="annotated",
                buttons=["download", "fullscreen"],
            )  # fmt: skip
    gr.Examples(
        [[str(path)] for path in sorted(EXAMPLES.glob("*.jpg"))], photograph, label="Examples"
    )
    message = gr.Markdown(elem_id="message")
    bars = gr.HTML(elem_id="bars")

    def analyse(path: str | None):
        return read_photograph(predictor, path)

    photograph.change(
        analyse,
        photograph,
        [annotated, message, bars],
        api_name="analyse",
        concurrency_id="photographs",
        show_progress_on=annotated,
    )


def _video(predictor: Predictor) -> None:
    gr.Markdown(VIDEO.format(minutes=LONGEST / 60))
    with gr.Row():
        with gr.Column():
            # Not gr.Video: it calls a file broken that this browser happens not to play.
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

    # A default argument is how Gradio is asked for a progress bar.
    def analyse(path: str | None, progress=gr.Progress()):  # noqa: B008
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
                progress=lambda done, whole: progress((done, whole or None), unit="seconds"),
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
    stop.click(lambda event: event and event.set(), stopped, None, api_name=False, queue=False)


def _live(predictor: Predictor) -> None:
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
    view = gr.State(time_to_live=2 * SITTING)

    def analyse(image: np.ndarray | None, view: View | None):
        if image is None:
            return "", "", view
        view = view or View(predictor)
        return *view.read(image), view

    camera.stream(
        analyse,
        [camera, view],
        [annotated, bars, view],
        api_name=False,
        stream_every=STREAM_EVERY,
        time_limit=SITTING,
        concurrency_limit=VISITORS,
        show_progress="hidden",
    )


def _figure(predictor: Predictor) -> str:
    """What the model's own record says it reaches; nothing for a model without one on FER-2013."""
    record = predictor.record
    if record is None or record.data.name != "fer2013":
        return ""
    test = record.metrics.test
    return FIGURE.format(n=test.n, accuracy=test.accuracy)
