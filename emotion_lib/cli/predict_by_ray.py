"""``emotion predict --engine ray``: many pictures by many processes or machines."""

import typer

from .exit_status import SOME_INPUT_FAILED
from .picture_arguments import no_pictures, picture_files
from .terminal import say


def predict_by_ray(
    paths: list[str],
    out: str,
    model: str | None,
    detector: str | None,
    abstain: float | None,
    workers: int | None,
) -> None:
    """Read the faces in pictures with Ray, into a folder of Parquet files.

    Args:
        paths: files, folders, patterns, or addresses such as s3://...
        out: the folder; if it exists, its run continues.
        model: name or file of a model; None: the shipped one.
        detector: name of the face detector; None: the best one that is installed.
        abstain: probability below which the label is "not sure"; None: the model's own threshold.
        workers: number of processes; None: one per processor.
    """
    from ..inference.picture_sources import is_uri
    from ..inference.ray_engine import predict_to_parquet

    remote = [name for name in paths if is_uri(name)]
    local = picture_files([name for name in paths if not is_uri(name)])
    sources = [*remote, *map(str, local.files)]
    if not sources:
        raise no_pictures(paths, local)
    counts = predict_to_parquet(
        sources,
        out,
        model=model,
        detector=detector,
        abstain=abstain,
        workers=workers,
    )
    print(
        f"{counts['found']} pictures, {counts['skipped']} of them done before: {counts['ok']} with "
        f"faces, {counts['no_face']} without, {counts['error']} could not be used (their rows in "
        f"{out} say why)"
    )
    if note := local.note():
        say(note)
    if not counts["found"]:
        raise no_pictures(paths, local)
    if counts["error"]:
        raise typer.Exit(SOME_INPUT_FAILED)
