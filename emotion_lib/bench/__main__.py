"""``python -m emotion_lib.bench [part ...]``: measure, print, and write artifacts/bench/."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from .. import plots
from ..datasets import DataError
from ..paths import artifacts_dir
from ..provenance import commit, device, versions
from . import field, tables
from .worker import available


def main(arguments: list[str] | None = None) -> int:
    """Run the parts asked for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m emotion_lib.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of {', '.join(_MEASURE)}; none: all")
    parser.add_argument("--rounds", type=int, default=7, help="how often each subject takes its turn")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each turn is")
    parser.add_argument("--photos", type=Path, default=Path("photos"), help="folder of the photographs for detectors")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(_MEASURE):
        parser.error(f"Expected any of {', '.join(_MEASURE)}. Received: {', '.join(sorted(unknown))}.")
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
        (folder / f"{part}.json").write_text(json.dumps(_circumstances(), indent=1) + "\n")
        print(table.to_string(index=False, float_format=_number))
    say(f"written: {folder}")
    return 0


def say(text: str) -> None:
    """Progress, on stderr, so that stdout holds the tables alone."""
    print(text, file=sys.stderr, flush=True)


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _speed(folder: Path, options):
    table = tables.speed(options.rounds, options.seconds, say)
    table.to_csv(folder / "speed.csv", index=False, float_format="%.5g")
    training = table[(table["part"] == "training") & (table["variant"] != "augmentation alone")]
    plots.throughput(training).savefig(folder / "speed.png", dpi=80)
    return table


def _growth(folder: Path, options):
    table = tables.growth(options.seconds, say)
    table.to_csv(folder / "growth.csv", index=False, float_format="%.5g")
    plots.growth(table).savefig(folder / "growth.png", dpi=80)
    return table


def _parity(folder: Path, options):
    partial = folder / "parity.partial.csv"
    table = tables.parity(partial, say)
    partial.replace(folder / "parity.csv")
    return table


def _field(folder: Path, options):
    table = field.speed(options.rounds, options.seconds, say)
    table.to_csv(folder / "field.csv", index=False, float_format="%.5g")
    return table


def _engines(folder: Path, options):
    table = field.engines(options.rounds, say)
    table.to_csv(folder / "engines.csv", index=False, float_format="%.5g")
    return table


def _field_growth(folder: Path, options):
    table = field.growth(say)
    table.to_csv(folder / "field_growth.csv", index=False, float_format="%.5g")
    return table


def _detectors(folder: Path, options):
    table = field.detectors(options.photos, say)
    table.to_csv(folder / "detectors.csv", index=False, float_format="%.5g")
    return table


_MEASURE = {
    "speed": _speed,
    "growth": _growth,
    "parity": _parity,
    "field": _field,
    "engines": _engines,
    "field_growth": _field_growth,
    "detectors": _detectors,
}


def _circumstances() -> dict:
    found = versions()
    if available("torch"):
        from importlib import metadata

        found["torch"] = metadata.version("torch")
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return {"date": date, "commit": commit(), "device": device(), "versions": found}


if __name__ == "__main__":
    sys.exit(main())
