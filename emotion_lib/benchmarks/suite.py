"""Parts of the benchmark: measured one after another, printed, and written to artifacts/bench."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pandas as pd

from .. import plots
from ..datasets import DataError
from ..environment import MissingPackageError, commit, device, require, versions
from ..errors import EmotionError
from ..experiments.result_figures import write_figure
from ..paths import artifacts_dir
from . import app_load, growth, serving
from .detectors import detectors
from .marked import PhotographsError
from .parity import parity
from .peers.comparison import peers
from .speed import speed
from .tracking import TrackingError, tracking
from .worker import available

PARTS = (
    "speed",
    "growth",
    "parity",
    "field",
    "engines",
    "field_growth",
    "detectors",
    "tracking",
    "peers",
    "app",
)


class BenchmarkError(EmotionError, ValueError):
    """A part that does not exist."""


def measure(
    parts: Sequence[str] = (),
    *,
    rounds: int = 7,
    seconds: float = 2.0,
    photographs: Path = Path("photos"),
    environments: Mapping[str, Path] | None = None,
    before: Path | None = None,
) -> None:
    """Measure parts of the benchmark; print their tables and write them to ``artifacts/bench``.

    Args:
        parts: any of :data:`PARTS`; none: all, without those whose data is missing.
        rounds: number of turns of each subject.
        seconds: duration of each turn.
        photographs: folder of the photographs for the parts "detectors" and "peers".
        environments: of the peers, see :func:`emotion_lib.benchmarks.peers.comparison.peers`.
            Without any, that part is left out of a run of all parts.
        before: checkout of an earlier version for the part "app", see
            :func:`emotion_lib.benchmarks.app_load.load`.

    Raises:
        BenchmarkError: there is no such part.
        DataError: a part was asked for, and its data set is missing.
        PhotographsError: a part was asked for, and its photographs are missing.
        TrackingError: "tracking" was asked for, and the package that counts is missing.
        PeerError: an environment does not exist.
        MissingPackageError: "app" was asked for, and its packages are missing.
    """
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        raise BenchmarkError(f"Expected any of {', '.join(PARTS)}. Received: {', '.join(unknown)}.")
    folder = artifacts_dir() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    if not available("torch"):
        say('PyTorch is not installed (pip install -e ".[bench]"): its rows are left out.')
    for part in parts or PARTS:
        if part == "peers" and not parts and not environments:
            continue  # its committed table names peers that are not installed here
        say(f"== {part}")
        try:
            if part == "app":
                require("gradio")
                table = app_load.load(say, before)
            else:
                table = _measure(part, folder, rounds, seconds, photographs, environments or {})
        except (DataError, PhotographsError, TrackingError, MissingPackageError) as error:
            if parts:
                raise
            # Only some parts need more than the code: a run of all of them continues with the next.
            print(error, file=sys.stderr)
            continue
        _write(part, table, folder)
        print(table.to_string(index=False, float_format=_number))
    say(f"written: {folder}")


def say(text: str) -> None:
    """Print progress on standard error, so that standard output holds the tables alone."""
    print(text, file=sys.stderr, flush=True)


def _measure(
    part: str,
    folder: Path,
    rounds: int,
    seconds: float,
    photographs: Path,
    environments: Mapping[str, Path],
) -> pd.DataFrame:
    """Return the table of one part."""
    if part == "speed":
        return speed(rounds, seconds, say)
    if part == "growth":
        return growth.lab_growth(seconds, say)
    if part == "parity":
        # Kept row by row, so that an interrupted run continues where it stopped.
        return parity(folder / "parity.partial.csv", say)
    if part == "field":
        return serving.speed(rounds, seconds, say)
    if part == "engines":
        return serving.engines(rounds, say)
    if part == "field_growth":
        return growth.serving_growth(say)
    if part == "tracking":
        return tracking(say)
    if part == "peers":
        return peers(photographs, environments, say)
    return detectors(photographs, say)


def _write(part: str, table: pd.DataFrame, folder: Path) -> None:
    """Write a part's table, its figure if it has one, and the circumstances of the measurement."""
    table.to_csv(folder / f"{part}.csv", index=False, float_format="%.5g")
    (folder / f"{part}.partial.csv").unlink(missing_ok=True)
    if part == "speed":
        is_shown = (table["part"] == "training") & (table["variant"] != "augmentation alone")
        write_figure(partial(plots.throughput, table[is_shown]), folder / "speed.webp")
    elif part == "growth":
        write_figure(partial(plots.growth, table), folder / "growth.webp")
    (folder / f"{part}.json").write_text(json.dumps(_circumstances(), indent=1) + "\n")


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _circumstances() -> dict:
    """Return what a measurement depends on: date, commit, device and versions."""
    found = versions()
    if available("torch"):
        from importlib import metadata

        found["torch"] = metadata.version("torch")
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return {"date": date, "commit": commit(), "device": device(), "versions": found}
