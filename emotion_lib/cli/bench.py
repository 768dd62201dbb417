"""``emotion bench``: benchmarks of training, inference, videos and face detectors."""

from pathlib import Path
from typing import Annotated

import typer


def bench(
    parts: Annotated[
        list[str] | None,
        typer.Argument(
            help="Any of speed, growth, parity, field, engines, field_growth, detectors, tracking, "
            "peers and app. "
            "Default: all."
        ),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Number of turns of each subject.")] = 7,
    seconds: Annotated[float, typer.Option(min=0, help="Duration of each turn.")] = 2.0,
    photos: Annotated[
        Path, typer.Option(help="Folder of the photographs for the parts detectors and peers.")
    ] = Path("photos"),
    peer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FOLDER",
            help="Environment of a peer, for the part peers: human or fer. May be repeated.",
        ),
    ] = None,
    before: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Checkout of version 0.3, whose page the part app measures too.",
        ),
    ] = None,
    write_docs: Annotated[
        bool,
        typer.Option(
            "--write-docs",
            help="Measure nothing; write the tables in artifacts/bench into docs/benchmarks.md.",
        ),
    ] = False,
) -> None:
    """Measure speed, memory, detection and load; compare with plain Keras, PyTorch and others.

    The tables are printed and written to artifacts/bench. For example: emotion bench speed field
    """
    if write_docs:
        from ..environment import require_checkout

        require_checkout("its page of benchmarks")
        from ..benchmarks.document import write_document

        print(write_document())
        return
    from ..benchmarks.suite import measure

    environments = {}
    for text in peer or ():
        name, _, folder = text.partition("=")
        environments[name] = Path(folder)
    measure(
        parts or (),
        rounds=rounds,
        seconds=seconds,
        photographs=photos,
        environments=environments,
        before=before,
    )
