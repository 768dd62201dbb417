"""``emotion models`` and ``emotion app``: what there is, and the page that serves it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from .options import DetectorOption, ModelOption


def models(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a model and line.")
    ] = False,
):
    """What models there are, with their figures: the shipped one, those of the series, and your own."""
    from .. import artifacts
    from ..paths import best_dir

    rows = [_row("shipped", file.parent, record) for file, record in artifacts.records(best_dir())]
    rows += [_row("", folder, record) for folder, record in recorded_runs()]
    for row in rows:
        print(json.dumps(row) if as_json else _line(row))


def recorded_runs() -> Iterator[tuple[Path, dict]]:
    """Yield the folder and the record of every run here, full or of the user's own pictures, without trials."""
    from .. import artifacts
    from ..paths import artifacts_dir, best_dir

    for file, record in artifacts.records(artifacts_dir()):
        if file.parent != best_dir() and file.relative_to(artifacts_dir()).parts[0] != "smoke":
            yield file.parent, record


def _row(kind: str, folder: Path, record: dict) -> dict:
    test = record["metrics"]["test"]
    file = folder / "model.keras"
    return {
        "name": kind or record["name"],
        "data": record["data"]["name"],
        "classes": record["class_names"],
        "accuracy": test["accuracy"],
        "interval_95": test["accuracy_interval_95"],
        "n": test["n"],
        "parameters": record["model"]["parameters"],
        "file": str(file) if file.is_file() else None,
    }


def _line(row: dict) -> str:
    low, high = row["interval_95"]
    where = row["file"] or "no file here: models of runs are not tracked, run the notebook again"
    return (
        f"{row['name']:36} {row['accuracy']:6.1%} [{low:.1%}, {high:.1%}] of {row['n']:,} test images of {row['data']}, "
        f"{len(row['classes'])} classes, {row['parameters']:,} parameters\n{'':36} {where}"
    )


def app(
    model: ModelOption = None,
    detector: DetectorOption = None,
    class_names: Annotated[
        str | None, typer.Option(help="What the outputs mean, in order, if the file does not say.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 opens it to the network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 7860,
):
    """Serve the page: photographs in the browser, faces with their probabilities out."""
    from importlib.util import find_spec

    if find_spec("gradio") is None:
        raise ValueError(
            "Expected the page's packages. Received: Gradio is not installed. In the checkout: pip install -e '.[app]'"
        )
    from ..app.__main__ import main

    options = {
        "--model": model,
        "--detector": detector,
        "--class-names": class_names,
        "--host": host,
        "--port": port,
    }
    raise typer.Exit(
        main(
            [
                str(part)
                for key, value in options.items()
                if value is not None
                for part in (key, value)
            ]
        )
    )
