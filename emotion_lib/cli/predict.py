"""``emotion predict``: pictures in; a table, JSON, CSV or annotated copies out."""

import sys
from collections import Counter
from contextlib import closing, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..files import printable
from .annotated_copies import AnnotatedCopies
from .exit_status import INTERRUPTED, MISTAKE, SOME_INPUT_FAILED
from .face_table import FaceTable, check_table
from .options import AbstainOption, DetectorOption, ModelOption
from .other_labels import say_other_labels
from .picture_arguments import no_pictures, picture_files
from .predict_by_ray import predict_by_ray
from .prediction_text import json_line, table_lines
from .terminal import say

if TYPE_CHECKING:
    from ..files.listing import PictureFiles
    from ..inference.predictor import Predictor
    from ..inference.results import Result

MAX_NAMED = 20  # failures listed after the summary


class Engine(StrEnum):
    """Execution engine."""

    local = "local"
    ray = "ray"


def predict(
    paths: Annotated[
        list[str],
        typer.Argument(help="Pictures, folders of pictures, or patterns such as 'holiday/*.jpg'."),
    ],
    model: ModelOption = None,
    detector: DetectorOption = None,
    abstain: AbstainOption = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON object per picture, each on its own line."),
    ] = False,
    csv: Annotated[
        Path | None,
        typer.Option(help="Also write one row per face to this file, picture by picture."),
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(help="Folder for copies of the pictures with boxes and labels.")
    ] = None,
    engine: Annotated[
        Engine,
        typer.Option(help="local: this process; ray: many processes or machines, into --out."),
    ] = Engine.local,
    out: Annotated[
        str | None,
        typer.Option(
            help="With --engine ray: a folder of Parquet files. If it exists, the run continues "
            "where it stopped."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="With --engine ray: processes. Default: one per processor."),
    ] = None,
) -> None:
    """Read the faces in pictures.

    Exit status: 0; 1 if a picture could not be used or a copy could not be written; 2 if nothing
    more can be written; 130 if interrupted.

    For example: emotion predict holiday/ 'party/*.jpg' --csv faces.csv --annotate boxes/
    """
    if engine is Engine.ray:
        _check_ray_options(out, {"--json": as_json, "--csv": csv, "--annotate": annotate})
        predict_by_ray(paths, out, model, detector, abstain, workers)
        return
    if out or workers:
        raise ValueError(
            "Expected --engine ray with --out and --workers. Received: --engine local, which "
            "writes to --csv or prints --json."
        )
    from ..inference.predictor import Predictor

    found = picture_files(paths, copies_in=annotate)
    if not found.files:
        raise no_pictures(paths, found)
    # Outputs are checked before the model is loaded, which takes seconds.
    if csv:
        check_table(csv, found.files)
    copies = AnnotatedCopies(annotate, found.files) if annotate else None
    predictor = Predictor.load(model, detector=detector)
    say_other_labels(predictor.record)
    abstain = predictor.threshold if abstain is None else abstain
    summary = _Summary(found, copies)
    with FaceTable(csv, predictor.class_names) if csv else nullcontext() as table:
        stopped_by = _read_pictures(predictor, abstain, summary, table, as_json)
    summary.print()
    if stopped_by is not None:
        raise typer.Exit(_report_stop(stopped_by, summary.done, len(found.files)))
    if summary.failures:
        raise typer.Exit(SOME_INPUT_FAILED)


def _check_ray_options(out: str | None, others: dict[str, object]) -> None:
    unwanted = [option for option, value in others.items() if value]
    if out is None or unwanted:
        raise ValueError(
            "Expected --out FOLDER, without --json, --csv or --annotate, for --engine ray. "
            f"Received: {', '.join(unwanted) or 'no --out'}."
        )


class _Summary:
    """Counts of what has been read, and the failures.

    Args:
        found: the pictures to read.
        copies: the annotated copies; None without them.
    """

    def __init__(self, found: "PictureFiles", copies: AnnotatedCopies | None):
        self.done = 0
        self.failures: list[str] = []
        self.pictures = found.files
        self.copies = copies
        self._note = found.note()
        self._counts: Counter[str] = Counter()

    def count(self, path: Path, result: "Result") -> None:
        """Add the result of one picture."""
        self._counts[result.status] += 1
        self._counts["faces"] += len(result)
        if result.status == "error":
            self.failures.append(f"{printable(path)}: {printable(result.error)}")

    def print(self) -> None:
        """Print the counts and the first failures, unless one picture was read without any."""
        counts = self._counts
        text = (
            f"{self.done} pictures, {counts['faces']} faces; {counts['no_face']} without a face, "
            f"{counts['error']} could not be used"
        )
        if self.copies is not None:
            failed_copies = len(self.failures) - counts["error"]
            text += f"; {len(self.copies)} annotated, {failed_copies} copies could not be written"
        if len(self.pictures) > 1 or self.failures or self._note:
            say(text)
            if self._note:
                say(self._note)
            for failure in self.failures[:MAX_NAMED]:
                say(failure)
        if len(self.failures) > MAX_NAMED:
            say(f"... and {len(self.failures) - MAX_NAMED} more")


def _read_pictures(
    predictor: "Predictor",
    abstain: float,
    summary: _Summary,
    table: FaceTable | None,
    as_json: bool,
) -> BaseException | None:
    """Read the pictures and write their results.

    Returns:
        The error that stopped it early: an interruption, or a full disk.
    """
    from ..inference.tables import rows

    progress = _progress_bar(summary.pictures)
    try:
        # Closed at an interruption too: its threads would first read the pictures taken ahead.
        with closing(predictor.stream(summary.pictures, abstain=abstain)) as results:
            for path, result in zip(progress, results, strict=True):
                text = json_line(path, result) if as_json else table_lines(path, result)
                print(text, flush=True)
                summary.count(path, result)
                if table:
                    table.write(rows(path, result))
                if summary.copies is not None and result.status == "ok":
                    summary.failures += _annotate(path, result, summary.copies)
                summary.done += 1
    except BrokenPipeError:  # the program that reads the output has ended
        progress.close()
        raise
    except (KeyboardInterrupt, OSError) as reason:
        progress.close()
        return reason
    return None


def _report_stop(reason: BaseException, done: int, total: int) -> int:
    """Print why the command stopped early, and return its exit status."""
    if isinstance(reason, KeyboardInterrupt):
        cause = "interrupted"
        status = INTERRUPTED
    else:
        cause = f"Expected to continue writing. Received: {reason}. Free some space; stopped"
        status = MISTAKE
    say(f"{cause} after {done} of {total} pictures; their results have been written")
    return status


def _annotate(path: Path, result: "Result", copies: AnnotatedCopies) -> list[str]:
    """Write the annotated copy; return the reason why it failed, as a list of at most one line."""
    from ..images import read_image
    from ..inference.drawing import annotate

    try:
        copies.write(path, annotate(read_image(path), list(result)))
    except Exception as error:  # a full disk, for example: the other pictures are still read
        return [
            f"{printable(path)}: expected to write its annotated copy. Received: "
            f"{type(error).__name__}: {printable(str(error))}. Free some space or choose another "
            "--annotate."
        ]
    return []


def _progress_bar(pictures: list[Path]):
    from tqdm import tqdm

    return tqdm(pictures, disable=not sys.stderr.isatty(), unit="picture", delay=2, leave=False)
