"""``emotion predict``: pictures in; a table, JSON, CSV or annotated copies out."""

import contextlib
import json
import sys
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .options import INTERRUPTED, Abstain, DetectorOption, ModelOption


class Engine(StrEnum):
    """What classifies."""

    local = "local"
    ray = "ray"


def predict(
    paths: Annotated[list[str], typer.Argument(help="Pictures, folders of pictures, or patterns such as 'holiday/*.jpg'.")],
    model: ModelOption = None,
    detector: DetectorOption = None,
    abstain: Abstain = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a picture and line, instead of the table.")
    ] = False,
    csv: Annotated[Path | None, typer.Option(help="Write one row a face to this file too, as it goes.")] = None,
    annotate: Annotated[Path | None, typer.Option(help="Folder for copies of the pictures with boxes and labels.")] = None,
    engine: Annotated[Engine, typer.Option(help="local: this process; ray: many, into --out.")] = Engine.local,
    out: Annotated[
        str | None, typer.Option(help="Of --engine ray: a folder of Parquet files, goes on if it is there.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Of --engine ray; default: one a processor.")] = None,
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
    pictures = _pictures(paths)
    if not pictures:
        raise ValueError(f"Expected pictures. Received: none in {', '.join(paths)}. Name files, folders or patterns.")
    from contextlib import ExitStack

    from tqdm import tqdm

    from ..predictor import Predictor
    from ..records import rows

    predictor = Predictor.load(model, detector=detector)
    abstain = predictor.threshold if abstain is None else abstain
    counts: Counter[str] = Counter()
    failed: list[str] = []
    copies: set[Path] = set()
    done, stopped = 0, None
    with ExitStack() as stack:
        stack.enter_context(contextlib.suppress(OSError))  # of a full disk again, when the table is closed
        write_row = _csv_rows(stack, csv, predictor.class_names) if csv else lambda row: None
        progress = tqdm(pictures, disable=not sys.stderr.isatty(), unit="picture", delay=2, leave=False)
        try:
            for path, result in zip(progress, predictor.stream(pictures, abstain=abstain), strict=True):
                counts.update({result.status: 1, "faces": len(result)})
                if result.status == "error":
                    failed.append(f"{path}: {result.error}")
                print(_json_line(path, result) if as_json else _table_lines(path, result), flush=True)
                for row in rows(str(path), result):
                    write_row(row)
                if annotate and result.status == "ok":
                    failed += _annotate(path, result, annotate, copies)
                done += 1
        except (KeyboardInterrupt, OSError) as reason:
            progress.close()
            stopped = reason
    summary = (
        f"{done} pictures, {counts['faces']} faces; {counts['no_face']} without a face, {counts['error']} could not be used"
    )
    if annotate:
        summary += f"; {len(copies)} annotated, {len(failed) - counts['error']} copies could not be written"
    if len(pictures) > 1 or failed:
        print(summary, *failed[:MOST_NAMED], sep="\n", file=sys.stderr)
    if len(failed) > MOST_NAMED:
        print(f"... and {len(failed) - MOST_NAMED} more", file=sys.stderr)
    if stopped is not None:
        interrupted = isinstance(stopped, KeyboardInterrupt)
        why = "interrupted" if interrupted else f"Expected to write on. Received: {stopped}. Free some space; stopped"
        print(f"{why} after {done} of {len(pictures)} pictures; what they gave is written", file=sys.stderr)
        raise typer.Exit(INTERRUPTED if interrupted else 2)
    if failed:
        raise typer.Exit(1)


MOST_NAMED = 20  # failures listed after the summary


def _predict_by_ray(paths, out, model, detector, abstain, workers) -> None:
    from ..distributed import predict_to_parquet

    sources = [source for name in paths for source in ([name] if "://" in name else map(str, _pictures([name])))]
    options = {"model": model and str(model), "detector": detector, "abstain": abstain, "workers": workers}
    counts = predict_to_parquet(sources, out, **options)
    print(
        f"{counts['found']} pictures, {counts['skipped']} of them done before: {counts['ok']} with faces, "
        f"{counts['no_face']} without, {counts['error']} could not be used (their rows in {out} say why)"
    )
    if not counts["found"]:
        raise ValueError(f"Expected pictures. Received: none in {', '.join(paths)}.")
    if counts["error"]:
        raise typer.Exit(1)


def _pictures(paths: list[str]) -> list[Path]:
    """Files as they are named, pictures within folders, and what patterns match, each once and in order."""
    import glob

    from ..images import PICTURE_SUFFIXES

    found: dict[Path, None] = {}
    for name in paths:
        path = Path(name).expanduser()
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.suffix.lower() in PICTURE_SUFFIXES and p.is_file())
            found |= dict.fromkeys(inside)
        elif path.exists() or not glob.has_magic(name):
            found[path] = None  # a file that is not there becomes a result that says so
        else:
            found |= dict.fromkeys(Path(match) for match in sorted(glob.glob(name, recursive=True)))
    return list(found)


def _csv_rows(stack, path: Path, class_names: tuple[str, ...]):
    """A function that writes one row and flushes it, so that an interruption loses nothing."""
    import csv

    from ..records import columns

    path.parent.mkdir(parents=True, exist_ok=True)
    file = stack.enter_context(path.open("w", newline="", encoding="utf-8"))
    writer = csv.DictWriter(file, columns(class_names), restval="")
    writer.writeheader()

    def write(row: dict) -> None:
        writer.writerow(row)
        file.flush()

    return write


def _json_line(path: Path, result) -> str:
    faces = [
        {"box": [round(v, 1) for v in p.face.box], "score": p.face.score, "label": p.label, "probabilities": p.probabilities}
        for p in result
    ]
    return json.dumps({"file": str(path), "status": result.status, "error": result.error, "faces": faces})


def _table_lines(path: Path, result) -> str:
    if result.status != "ok":
        return f"{path}: {'no face found' if result.status == 'no_face' else result.error}"
    lines = []
    for number, p in enumerate(result, start=1):
        best = sorted(p.probabilities.items(), key=lambda item: -item[1])[:3]
        shares = ", ".join(f"{name} {share:.0%}" for name, share in best)
        lines.append(f"{path}  {number}  {p.label:10}  {shares}")
    return "\n".join(lines)


def _annotate(path: Path, result, folder: Path, copies: set[Path]) -> list[str]:
    """Write the annotated copy, whole or not at all; what went wrong, as a list of at most one line.

    Pictures of the same name in other folders get a number behind theirs.
    """
    from PIL import Image

    from ..drawing import annotate
    from ..images import read_image

    target, number = folder / f"{path.stem}.jpg", 2
    while target in copies:
        target, number = folder / f"{path.stem}-{number}.jpg", number + 1
    partial = target.with_name(f".{target.name}.partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(annotate(read_image(path), list(result))).save(partial, "JPEG", quality=92)
        partial.replace(target)
    except OSError as error:  # a full disk must not cost the other pictures their answers
        with contextlib.suppress(OSError):
            partial.unlink()
        return [f"{path}: expected to write {target}. Received: {error}. Free some space or choose another --annotate."]
    copies.add(target)
    return []
