"""The commands ``emotion gpu-bundle``: a series of notebooks on a rented GPU machine."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from .exit_status import MISTAKE

gpu_bundle_app = typer.Typer(
    help="Run the series on a GPU machine without a network: write a bundle here, run its run.sh "
    "there, unpack the results here.",
    no_args_is_help=True,
)


@gpu_bundle_app.command()
def write(
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("gpu-bundle"),
    have: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Output of pip freeze on that machine.")
    ] = None,
) -> None:
    """Write a folder with the checkout, the missing packages and the data."""
    from ..environment import require_checkout

    require_checkout("a bundle, which holds a copy of it")
    from ..experiments.bundle import writing

    summary = writing.write(out, have_file=have)
    for name, size in summary.sizes.items():
        print(f"{name:14} {size:12,} bytes")
    print(f"{out}: {summary.total:,} of {writing.MAX_BYTES:,} bytes", *summary.notes, sep="\n- ")


@gpu_bundle_app.command()
def check() -> None:
    """Import all packages of the notebooks, and look for a GPU, on that machine."""
    from ..environment import require_checkout

    require_checkout("its notebooks")
    from ..experiments.bundle import imports

    needed = imports.needed()
    missing = imports.missing(needed)
    if missing:
        print(
            f"Expected {len(needed)} packages for the notebooks. "
            f"Received: {len(missing)} that do not import:",
            file=sys.stderr,
        )
        for name, reason in missing.items():
            print(f"  {name}: {reason}; imported by {', '.join(needed[name][:3])}", file=sys.stderr)
        print(
            "Write the bundle again with --have FILE, the output of pip freeze on this machine.",
            file=sys.stderr,
        )
        raise typer.Exit(MISTAKE)
    import keras

    from .. import environment

    devices = environment.devices()
    print(
        f"{len(needed)} packages import; Keras {keras.__version__} on {keras.backend.backend()} "
        f"sees {', '.join(devices)}"
    )
    chosen = os.environ.get("JAX_PLATFORMS", "")
    if all(name.startswith("cpu") for name in devices) and "cpu" not in chosen:
        print(
            f"Expected a GPU. Received: {', '.join(devices)}. Install JAX for this GPU, or set "
            "JAX_PLATFORMS=cpu to compute on the processor.",
            file=sys.stderr,
        )
        raise typer.Exit(MISTAKE)


@gpu_bundle_app.command()
def results(
    runs: Annotated[Path, typer.Argument(help="The ARTIFACTS_DIR of the series.")],
    folder: Annotated[Path, typer.Argument(help="Gets at most eight files of at most 16 MB.")],
    logs: Annotated[Path | None, typer.Option(help="Folder of log files to add.")] = None,
) -> None:
    """Collect the results of a series in a few small files, on that machine."""
    from ..experiments.bundle import results as bundle_results

    collected = bundle_results.write(runs, folder, logs)
    models = ", ".join(collected.models)
    print(f"{folder}: {collected.records} records, {len(collected.models)} models: {models}")
    if collected.left_out:
        print("left out:", *collected.left_out, sep="\n- ")


@gpu_bundle_app.command()
def unpack(
    results: Annotated[Path, typer.Argument(help="Folder with the results.")],
    folder: Annotated[Path, typer.Argument(help="New folder for the runs.")],
) -> None:
    """Make a folder of runs from results, here; emotion runs import imports them."""
    from ..experiments.bundle import results as bundle_results

    models = bundle_results.unpack(results, folder)
    print(f"{folder}: runs, {len(models)} with their models: {', '.join(models)}")
