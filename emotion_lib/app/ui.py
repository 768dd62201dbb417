"""The Gradio page: a photograph in, each face with its probabilities out."""

from html import escape
from pathlib import Path

import gradio as gr
import numpy as np

from ..drawing import annotate, color_of
from ..images import ImageError, read_image
from ..predictor import NOT_SURE, Prediction, Predictor

EXAMPLES = Path(__file__).parent / "examples"

TITLE = "Emotion lab"
INTRODUCTION = """# Emotion lab
Drop a photograph and see which of {expressions} expressions a small neural network reads in each face.
It reads the **expression a viewer would perceive**, not what a person feels. {figure}"""
FIGURE = "On {n:,} test photographs of FER-2013 it agrees with the label {accuracy:.0%} of the time."
NOTICE = """**What this is not for.** Inferring people's emotions at work or in education is prohibited in the EU
(AI Act, Art. 5(1)(f)). Do not use it to judge anyone: not in hiring, policing, medicine or insurance.
Pictures stay on the machine that serves this page and are deleted within a day."""
NO_FACE = "**No face found.** Try a picture in which the face is larger, upright, well lit and not covered."

CSS = """
.faces { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 12px; }
.face { border: 1px solid var(--border-color-primary); border-left: 5px solid var(--face); border-radius: 8px;
        padding: 10px 12px; background: var(--background-fill-primary); }
.face h3 { margin: 0 0 6px; font-size: 1.05em; color: var(--body-text-color); }
.face table { width: 100%; border-collapse: collapse; font-size: .9em; }
.face tr, .face table { border: none !important; }
.face td { padding: 1px 0; border: none; color: var(--body-text-color); }
.face td.bar { width: 55%; padding: 0 8px; }
.face td.bar div { height: 10px; border-radius: 3px; background: var(--face); min-width: 1px; }
.face td.share { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.face tr.first td { font-weight: 600; }
footer { display: none !important; }
"""
LOOK = {"theme": gr.themes.Soft(primary_hue="blue", font=["system-ui", "sans-serif"], font_mono=["monospace"]), "css": CSS}


def build(predictor: Predictor) -> gr.Blocks:
    """The page over a loaded predictor; ``launch(**LOOK)`` serves it."""
    # The first call compiles the network: have that done before anybody waits for it.
    predictor.scores([np.zeros((*predictor.input_shape[:2], 3), np.uint8)])

    def analyse(path: str | None):
        return read_photograph(predictor, path)

    # Uploads live in Gradio's temporary folder; this deletes those older than a day, looking every hour.
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 86400)) as page:
        gr.Markdown(INTRODUCTION.format(expressions=len(predictor.class_names), figure=_figure(predictor)))
        with gr.Row():
            with gr.Column():
                photograph = gr.Image(
                    label="Photograph",
                    type="filepath",
                    sources=["upload", "webcam", "clipboard"],
                    height=420,
                    elem_id="photograph",
                )
                # The component would open the file itself and answer one that is no picture, or a huge one, with a
                # nameless error; read_image knows more modes and says what is wrong.
                photograph.preprocess = lambda file: file.path if file else None
            with gr.Column():
                annotated = gr.Image(
                    label="Faces found", interactive=False, format="jpeg", height=420, elem_id="annotated",
                    buttons=["download", "fullscreen"],
                )  # fmt: skip
        gr.Examples([[str(path)] for path in sorted(EXAMPLES.glob("*.jpg"))], photograph, label="Examples")
        message = gr.Markdown(elem_id="message")
        bars = gr.HTML(elem_id="bars")
        gr.Markdown(NOTICE)
        photograph.change(
            analyse,
            photograph,
            [annotated, message, bars],
            api_name="analyse",
            concurrency_id="model",
            show_progress_on=annotated,
        )
    return page


def read_photograph(predictor: Predictor, path: str | None) -> tuple[np.ndarray | None, str, str]:
    """What the page shows for an uploaded file.

    Returns:
        The annotated picture (None if there is none to show), a message in Markdown, and the bars as HTML.
    """
    if path is None:
        return None, "", ""
    try:
        pixels = read_image(path)
    except ImageError as error:
        # The path is the server's own; the visitor knows the file by its name.
        return None, f"**This picture cannot be read.** {escape(str(error).replace(path, Path(path).name))}", ""
    predictions = predictor.predict(pixels, abstain=predictor.threshold)
    if not predictions:
        return pixels, NO_FACE, ""
    found = "1 face" if len(predictions) == 1 else f"{len(predictions)} faces, numbered from left to right"
    return (
        annotate(pixels, predictions),
        f"**{found}.** Perceived expressions, the most probable in bold:",
        _bars(predictions),
    )


def _figure(predictor: Predictor) -> str:
    """What the model's own record says it reaches; nothing for a model without one on FER-2013."""
    record = predictor.record or {}
    if record.get("data", {}).get("name") != "fer2013":
        return ""
    test = record["metrics"]["test"]
    return FIGURE.format(n=test["n"], accuracy=test["accuracy"])


def _bars(predictions: list[Prediction]) -> str:
    return f'<div class="faces">{"".join(_card(p, number) for number, p in enumerate(predictions))}</div>'


def _card(prediction: Prediction, number: int) -> str:
    top = max(prediction.probabilities, key=prediction.probabilities.get)
    rows = "".join(
        f"<tr{' class=first' if name == top else ''}><td>{escape(name)}</td>"
        f'<td class="bar"><div style="width:{100 * share:.1f}%"></div></td><td class="share">{100 * share:.0f} %</td></tr>'
        for name, share in prediction.probabilities.items()
    )
    label = prediction.label if prediction.label != NOT_SURE else f"{NOT_SURE} (perhaps {top})"
    return (
        f'<div class="face" style="--face:{color_of(number)}">'
        f"<h3>{number + 1} · {escape(label)}</h3><table>{rows}</table></div>"
    )
