"""``python -m emotion_lib.experiments.bundle``: write a bundle; there, check the machine and collect results; here, unpack them."""

import argparse
import os
import sys
from pathlib import Path

from . import imports


def main(arguments: list[str] | None = None) -> int:
    """Run one of the commands; the exit status is 2 if it cannot be done."""
    parser = argparse.ArgumentParser(
        prog="python -m emotion_lib.experiments.bundle",
        description="Write one folder with all that a series of notebooks needs on a GPU machine without a network.",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("gpu-bundle"), help="the folder (default: %(default)s)"
    )
    parser.add_argument(
        "--have", type=Path, metavar="FILE", help="what pip freeze prints on that machine"
    )
    commands = parser.add_subparsers(dest="command", metavar="{check,results,unpack}")
    commands.add_parser(
        "check", help="on that machine: import all that the notebooks import, and look for a GPU"
    )
    command = commands.add_parser(
        "results", help="on that machine: collect the results of a series"
    )
    command.add_argument("runs", type=Path, help="the ARTIFACTS_DIR of the series")
    command.add_argument("folder", type=Path, help="gets at most eight files of at most 16 MB")
    command.add_argument("--logs", type=Path, help="folder of log files to add")
    command = commands.add_parser("unpack", help="at home: make a folder of runs of results")
    command.add_argument("results", type=Path, help="folder with the results")
    command.add_argument("folder", type=Path, help="new folder")
    options = parser.parse_args(arguments)
    return {None: _write, "check": _check, "results": _results, "unpack": _unpack}[options.command](
        options
    )


def _write(options: argparse.Namespace) -> int:
    from ...datasets import DataError
    from .wheels import WheelError
    from .writing import MAX_BYTES, BundleError, write

    try:
        summary = write(options.out, have_file=options.have)
    except (BundleError, WheelError, DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for name, size in summary.sizes.items():
        print(f"{name:14} {size:12,} bytes")
    print(f"{options.out}: {summary.total:,} of {MAX_BYTES:,} bytes", *summary.notes, sep="\n- ")
    return 0


def _check(options: argparse.Namespace) -> int:
    """Say in one list what is missing, and which devices Keras sees."""
    needed = imports.needed()
    missing = imports.missing(needed)
    if missing:
        print(
            f"Expected {len(needed)} packages for the notebooks. Received: {len(missing)} that do not import:",
            file=sys.stderr,
        )
        for name, reason in missing.items():
            print(f"  {name}: {reason}; imported by {', '.join(needed[name][:3])}", file=sys.stderr)
        print(
            "Make the bundle again with --have FILE, the output of pip freeze on this machine.",
            file=sys.stderr,
        )
        return 2
    import keras

    from ... import environment

    devices = environment.devices()
    print(
        f"{len(needed)} packages import; Keras {keras.__version__} on {keras.backend.backend()} sees {', '.join(devices)}"
    )
    chosen = os.environ.get("JAX_PLATFORMS", "")
    if all(name.startswith("cpu") for name in devices) and "cpu" not in chosen:
        print(
            f"Expected a GPU. Received: {', '.join(devices)}. Install JAX for this GPU, or set JAX_PLATFORMS=cpu to go on "
            "without one.",
            file=sys.stderr,
        )
        return 2
    return 0


def _results(options: argparse.Namespace) -> int:
    from .results import ResultsError, write

    try:
        collected = write(options.runs, options.folder, options.logs)
    except ResultsError as error:
        print(error, file=sys.stderr)
        return 2
    print(
        f"{options.folder}: {collected.records} records, {len(collected.models)} models: {', '.join(collected.models)}"
    )
    if collected.left_out:
        print("left out:", *collected.left_out, sep="\n- ")
    return 0


def _unpack(options: argparse.Namespace) -> int:
    from .results import ResultsError, unpack

    try:
        models = unpack(options.results, options.folder)
    except ResultsError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.folder}: runs, {len(models)} with their models: {', '.join(models)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
