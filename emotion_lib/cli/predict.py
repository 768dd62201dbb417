"""``emotion predict``: pictures in; a table, JSON, CSV or annotated copies out."""

import glob
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from ..files import printable
from ..files.listing import PictureFiles, find_pictures
from .options import INTERRUPTED, Abstain, DetectorOption, ModelOption
from .outputs import AnnotatedCopies, Table, check_table, is_copy

MOST_NAMED = 20  # failures listed after the summary


class Engine(StrEnum):
    """What classifies."""

    local = "local"
    ray = "ray"


def predict(
    paths: Annotated[
        list[str],
        typer.Argument(help="Pictures, folders of pictures, or patterns such as 'holiday/*.jpg'."),
    ],
    model: ModelOption = None,
    detector: DetectorOption = None,
    abstain: Abstain = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object a picture and line, instead of the table."),
    ] = False,
    csv: Annotated[
        Path | None, typer.Option(help="Write one row a face to this file too, as it goes.")
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(help="Folder for copies of the pictures with boxes and labels.")
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="local: this process; ray: many, into --out.")
    ] = Engine.local,
    out: Annotated[
        str | None,
        typer.Option(help="Of --engine ray: a folder of Parquet files, goes on if it is there."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Of --engine ray; default: one a processor.")
    ] = None,
):
    """Read the faces in pictures. Exit status: 0, or 1 if a picture could not be used or a copy not be written.

    For example: emotion predict holiday/ 'party/*.jpg' --csv faces.csv --annotate boxes/
    """
    if engine is Engine.ray:
        if out is None or as_json or csv or annotate:
            raise ValueError(
                "Expected --out FOLDER, without --json, --csv or --annotate, for --engine ray. Received: otherwise."
            )
        return _predict_by_ray(paths, out, model, detector, abstain, workers)
    if out or workers:
        raise ValueError(
            "Expected --engine ray with --out and --workers. Received: --engine local. It has --csv and --json."
        )
    from tqdm import tqdm

    from ..inference.predictor import Predictor
    from ..inference.tables import rows

    found = _pictures(paths, copies_in=annotate)
    pictures = found.files
    if not pictures:
        raise _none_in(paths, found)
    if csv:
        check_table(csv, pictures)  # before the model is loaded, which takes seconds
    predictor = Predictor.load(model, detector=detector)
    abstain = predictor.threshold if abstain is None else abstain
    counts: Counter[str] = Counter()
    failed: list[str] = []
    copies = AnnotatedCopies(annotate, pictures) if annotate else None
    done = 0
    stopped = None
    with Table(csv, predictor.class_names) if csv else nullcontext() as table:
        progress = tqdm(
            pictures, disable=not sys.stderr.isatty(), unit="picture", delay=2, leave=False
        )
        try:
            for path, result in zip(
                progress, predictor.stream(pictures, abstain=abstain), strict=True
            ):
                counts.update({result.status: 1, "faces": len(result)})
                name = printable(path)
                if result.status == "error":
                    failed.append(f"{name}: {printable(result.error)}")
                print(
                    _json_line(name, result) if as_json else _table_lines(name, result), flush=True
                )
                if table:
                    table.write(rows(path, result))
                if copies is not None and result.status == "ok":
                    failed += _annotate(path, result, copies)
                done += 1
        except BrokenPipeError:  # what reads the output has enough
            progress.close()
            raise
        except (KeyboardInterrupt, OSError) as reason:
            progress.close()
            stopped = reason
    summary = f"{done} pictures, {counts['faces']} faces; {counts['no_face']} without a face, {counts['error']} could not be used"
    if copies is not None:
        summary += f"; {len(copies)} annotated, {len(failed) - counts['error']} copies could not be written"
    note = found.note()
    if len(pictures) > 1 or failed or note:
        print(summary, *([note] if note else []), *failed[:MOST_NAMED], sep="\n", file=sys.stderr)
    if len(failed) > MOST_NAMED:
        print(f"... and {len(failed) - MOST_NAMED} more", file=sys.stderr)
    if stopped is not None:
        interrupted = isinstance(stopped, KeyboardInterrupt)
        why = (
            "interrupted"
            if interrupted
            else f"Expected to write on. Received: {stopped}. Free some space; stopped"
        )
        print(
            f"{why} after {done} of {len(pictures)} pictures; what they gave is written",
            file=sys.stderr,
        )
        raise typer.Exit(INTERRUPTED if interrupted else 2)
    if failed:
        raise typer.Exit(1)


def _predict_by_ray(paths, out, model, detector, abstain, workers) -> None:
    from ..inference.ray_engine import is_uri, predict_to_parquet

    remote = [name for name in paths if is_uri(name)]
    local = _pictures([name for name in paths if not is_uri(name)])
    sources = [*remote, *map(str, local.files)]
    if not sources:
        raise _none_in(paths, local)
    options = {
        "model": model and str(model),
        "detector": detector,
        "abstain": abstain,
        "workers": workers,
    }
    counts = predict_to_parquet(sources, out, **options)
    print(
        f"{counts['found']} pictures, {counts['skipped']} of them done before: {counts['ok']} with faces, "
        f"{counts['no_face']} without, {counts['error']} could not be used (their rows in {out} say why)"
    )
    if note := local.note():
        print(note, file=sys.stderr)
    if not counts["found"]:
        raise _none_in(paths, local)
    if counts["error"]:
        raise typer.Exit(1)


def _pictures(paths: list[str], copies_in: Path | None = None) -> PictureFiles:
    """Return files as they are named, pictures within folders, and what patterns match, each once and in order.

    Args:
        paths: files, folders or patterns. A file that is not there is returned too: reading it says so.
        copies_in: folder whose annotated copies are passed over, so that a second run does not annotate those of the first.
    """
    found = PictureFiles()
    entries: dict[
        tuple[str, str], Path
    ] = {}  # by where a name really stands: links to a file are files of their own
    folders: set[str] = set()
    real_folder = cache(os.path.realpath)
    for path in _named(paths):
        files = [path]
        if os.path.isdir(path):
            if os.path.realpath(path) in folders:
                continue
            folders.add(os.path.realpath(path))
            listing = find_pictures(path)
            files = listing.files
            found.passed_over += listing.passed_over
        for file in files:
            entries.setdefault((real_folder(file.parent), file.name), file)
    for (folder, _), file in entries.items():
        if copies_in and folder == real_folder(copies_in) and is_copy(file):
            found.passed_over["copies of an earlier --annotate"] += 1
        else:
            found.files.append(file)
    return found


def _named(paths: list[str]) -> Iterator[Path]:
    """Yield files and folders as they are named, and what patterns match."""
    for name in map(os.path.expanduser, paths):
        if os.path.lexists(name) or not glob.has_magic(name):
            yield Path(name)
        else:
            yield from map(Path, sorted(glob.glob(name, recursive=True)))


def _none_in(paths: list[str], found: PictureFiles) -> ValueError:
    note = found.note()
    return ValueError(
        f"Expected pictures. Received: none in {', '.join(map(printable, paths))}{f' ({note})' if note else ''}. "
        "Name files, folders or patterns."
    )


def _json_line(name: str, result) -> str:
    faces = [
        {
            "box": [round(v, 1) for v in p.face.box],
            "score": p.face.score,
            "label": p.label,
            "probabilities": p.probabilities,
        }
        for p in result
    ]
    error = None if result.error is None else printable(result.error)
    return json.dumps({"file": name, "status": result.status, "error": error, "faces": faces})


def _table_lines(name: str, result) -> str:
    if result.status != "ok":
        return (
            f"{name}: {'no face found' if result.status == 'no_face' else printable(result.error)}"
        )
    lines = []
    for number, p in enumerate(result, start=1):
        best = sorted(p.probabilities.items(), key=lambda item: -item[1])[:3]
        shares = ", ".join(f"{label} {share:.0%}" for label, share in best)
        lines.append(f"{name}  {number}  {p.label:10}  {shares}")
    return "\n".join(lines)


def _annotate(path: Path, result, copies: AnnotatedCopies) -> list[str]:
    """Write the annotated copy; return what went wrong, as a list of at most one line."""
    from ..images import read_image
    from ..inference.drawing import annotate

    try:
        copies.write(path, annotate(read_image(path), list(result)))
    except (
        Exception
    ) as error:  # a full disk, say: it must not cost the other pictures their answers
        return [
            f"{printable(path)}: expected to write its annotated copy. Received: {type(error).__name__}: "
            f"{printable(str(error))}. Free some space or choose another --annotate."
        ]
    return []
