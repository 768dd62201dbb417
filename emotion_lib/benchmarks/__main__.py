"""``python -m emotion_lib.benchmarks [part ...]``: measure, print, and write artifacts/bench/."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from .. import plots
from ..datasets import DataError
from ..environment import commit, device, versions
from ..paths import artifacts_dir
from . import field, tables
from .worker import available


def main(arguments: list[str] | None = None) -> int:
    """Run the parts asked for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m emotion_lib.benchmarks", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="part", help=f"any of {', '.join(_MEASURE)}; none: all"
    )
    parser.add_argument(
        "--rounds", type=int, default=7, help="how often each subject takes its turn"
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each turn is")
    parser.add_argument(
        "--photos",
        type=Path,
        default=Path("photos"),
        help="folder of the photographs for detectors",
    )
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(_MEASURE):
        parser.error(
            f"Expected any of {', '.join(_MEASURE)}. Received: {', '.join(sorted(unknown))}."
        )
    folder = artifacts_dir() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    if not available("torch"):
        say('PyTorch is not installed (pip install -e ".[bench]"): its rows are left out.')
    for part in options.parts or _MEASURE:
        say(f"== {part}")
        try:
            table = _MEASURE[part](folder, options)
        except (DataError, field.PhotographsError) as error:
            # Speed needs no data; others do. Whoever asked for everything still gets the rest.
            print(error, file=sys.stderr)
            if options.parts:
                return 2
            continue
        table.to_csv(folder / f"{part}.csv", index=False, float_format="%.5g")
        (folder / f"{part}.partial.csv").unlink(missing_ok=True)
        if part in _FIGURES:
            _FIGURES[part](table).savefig(folder / f"{part}.png", dpi=80)
        (folder / f"{part}.json").write_text(json.dumps(_circumstances(), indent=1) + "\n")
        print(table.to_string(index=False, float_format=_number))
    say(f"written: {folder}")
    return 0


def say(text: str) -> None:
    """Progress, on stderr, so that stdout holds the tables alone."""
    print(text, file=sys.stderr, flush=True)


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _training_only(table):
    return table[(table["part"] == "training") & (table["variant"] != "augmentation alone")]


# What measures each part, and what draws it.
_MEASURE = {
    "speed": lambda folder, options: tables.speed(options.rounds, options.seconds, say),
    "growth": lambda folder, options: tables.growth(options.seconds, say),
    # Kept row by row: an interrupted one goes on.
    "parity": lambda folder, options: tables.parity(folder / "parity.partial.csv", say),
    "field": lambda folder, options: field.speed(options.rounds, options.seconds, say),
    "engines": lambda folder, options: field.engines(options.rounds, say),
    "field_growth": lambda folder, options: field.growth(say),
    "detectors": lambda folder, options: field.detectors(options.photos, say),
}
_FIGURES = {"speed": lambda table: plots.throughput(_training_only(table)), "growth": plots.growth}


def _circumstances() -> dict:
    found = versions()
    if available("torch"):
        from importlib import metadata

        found["torch"] = metadata.version("torch")
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return {"date": date, "commit": commit(), "device": device(), "versions": found}


if __name__ == "__main__":
    sys.exit(main())
