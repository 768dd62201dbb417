"""README.md of a Hugging Face Space: its settings in front, and what visitors should know."""

import json
from typing import Literal

from ...artifacts.model_limits import LIMITS, PROHIBITED

Kind = Literal["static", "gradio"]

TITLE = "Emotion lab"
SHORT = "The expression that others would see in a face"
_WHERE = {
    "static": "The networks run in the visitor's browser (LiteRT.js): no picture leaves it, and no "
    "server is needed. Any web server can show this folder.",
    "gradio": "The page and its API run in this Space. Pictures are read in memory and never "
    "stored; the files of a video are deleted an hour later.",
}
# Where the pages of Spaces keep files that git alone would not take.
ATTRIBUTES = "".join(
    f"*.{suffix} filter=lfs diff=lfs merge=lfs -text\n"
    for suffix in ("gzip", "jpg", "keras", "png", "tflite")
)


def card(kind: Kind, settings: dict[str, str]) -> str:
    """Return README.md of a Space.

    Args:
        kind: of the Space.
        settings: further ones for the head, such as the version of Gradio.
    """
    head = {
        "title": TITLE,
        "short_description": SHORT,
        "colorFrom": "indigo",
        "colorTo": "yellow",
        "sdk": kind,
        **settings,
        "pinned": False,
        "license": "mit",
    }
    lines = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
    points = [f"- {sentence}" for sentence in (*LIMITS, *PROHIBITED)]
    parts = [
        "\n".join(["---", *lines, "---"]),
        f"# {TITLE}",
        "This page finds the faces of a photograph or a camera and says which of seven "
        "expressions a viewer would *perceive* in each. It does not know what a person feels.",
        _WHERE[kind],
        "\n".join(["## Limits and prohibited uses", "", *points]),
        "## Publish",
        "Make a Space of this kind on the site, then, in this folder:",
        f"```\nhf upload USER/{TITLE.lower().replace(' ', '-')} . --repo-type space\n```",
    ]
    return "\n\n".join(parts) + "\n"
