"""``emotion live``: faces in front of a camera."""

from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .exit_status import MISTAKE, SOME_INPUT_FAILED
from .options import AbstainOption, DetectorOption, ModelOption
from .other_labels import say_other_labels
from .output_folder import check, claimed
from .terminal import say
from .timeline_output import (
    FIGURE,
    TABLE,
    Smoothing,
    SmoothingOption,
    finish,
    print_failures,
)

if TYPE_CHECKING:
    import numpy as np


def live(
    camera: Annotated[
        str,
        typer.Argument(help="Number of the camera (0 is the first), or a video file as a camera."),
    ] = "0",
    out: Annotated[
        Path | None, typer.Option(help="Folder for timeline.csv and timeline.png. Default: none.")
    ] = None,
    show: Annotated[
        bool,
        typer.Option(
            "--window/--no-window", help="Show the camera's picture; q closes the window."
        ),
    ] = True,
    model: ModelOption = None,
    detector: DetectorOption = None,
    smoothing: SmoothingOption = Smoothing.exponential,
    abstain: AbstainOption = None,
) -> None:
    """Read the faces in front of a camera until q, Escape or Ctrl-C.

    Exit status: 0; 1 if the camera stopped by itself; 2 if the disk is full.

    For example: emotion live --out today/, or on a server: emotion live --no-window --out today/
    """
    from ..environment import require

    require("cv2")
    from ..inference.predictor import Predictor
    from ..video import live as live_video
    from ..video import timeline
    from ..video.frames import VideoError

    if not show and out is None:
        raise ValueError(
            "Expected --out FOLDER with --no-window, as there would be no result otherwise. "
            "Received: none."
        )
    names = (TABLE, FIGURE)
    if out:
        check(out, None, names)
    window = live_video.window() if show else lambda image: True
    predictor = Predictor.load(model, detector=detector)
    say_other_labels(predictor.record)
    source = int(camera) if camera.isdigit() else camera
    stopped_by_user = False
    seconds = 0.0
    failures: list[str] = []

    def show_frame(image: "np.ndarray") -> bool:
        nonlocal stopped_by_user
        stopped_by_user = not window(image)
        return not stopped_by_user

    with ExitStack() as stack:
        lines = None
        if out:
            stack.enter_context(claimed(out, None, names))
            lines = timeline.Timeline(out / TABLE, predictor.class_names)
        try:
            with lines or nullcontext():
                seconds = live_video.show_live(
                    predictor,
                    source,
                    on_moment=lines.write if lines else lambda moment: None,
                    show=show_frame,
                    smoothing=smoothing.value,
                    abstain=predictor.threshold if abstain is None else abstain,
                )
        except KeyboardInterrupt:
            stopped_by_user = True
        except OSError as error:
            failures.append(str(error))
        except VideoError:  # there is no such camera
            if lines and not lines.frames:
                lines.path.unlink()
            raise
        if lines:
            failures += finish(lines, out)
    _exit(failures, out, stopped_by_user, seconds)


def _exit(failures: list[str], out: Path | None, stopped_by_user: bool, seconds: float) -> None:
    """End the command with its exit status."""
    if failures:
        print_failures(failures, out)
        raise typer.Exit(MISTAKE)
    if not stopped_by_user:
        say(f"the camera gave no more pictures after {seconds:.1f} s")
        raise typer.Exit(SOME_INPUT_FAILED)
