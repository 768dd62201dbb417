"""Lookups and formats that figures of recorded runs share."""

from fnmatch import fnmatchcase
from typing import Any

from .. import artifacts
from .perceived_tables import label_run_name


def run_of(name: str) -> artifacts.Run:
    """Return a recorded run."""
    return artifacts.load_run(name)


def matching(pattern: str) -> list[artifacts.Run]:
    """Return the full runs whose name matches a pattern such as "13_compact_residual/seed-*".

    A network with two heads is two runs, of one training and with different labels. Of these, the
    pattern stands for the first, unless it ends in "/perceived".
    """
    found = [run for run in artifacts.runs() if fnmatchcase(run.name, pattern)]
    names = {run.name for run in found}
    found = [run for run in found if not names & _other_heads(run)]
    if not found:
        raise artifacts.ArtifactError(
            f"Expected a pattern that recorded runs match. Received: {pattern!r}. "
            "The names of runs are in artifacts/leaderboard.csv."
        )
    return found


def _other_heads(run: artifacts.Run) -> set[str]:
    """Return the name of the run of the first head of the same network, if it is another run."""
    return {label_run_name(run)} - {run.name}


def metrics_of(name: str, split: str) -> artifacts.Figures:
    """Return the figures of a run on a split; the splits are named as in ``run.json``."""
    splits = run_of(name).record.metrics.evaluations()
    if split not in splits:
        raise ValueError(f"Expected a split of {name}: {sorted(splits)}. Received: {split!r}.")
    return splits[split]


def of_class(values: dict[str, Any], class_name: str) -> Any:
    """Return the value of a class; a ValueError names the classes that there are."""
    if class_name not in values:
        raise ValueError(f"Expected a class among {sorted(values)}. Received: {class_name!r}.")
    return values[class_name]


def training_accuracy_of(run: artifacts.Run) -> float:
    """Return the accuracy on training images in the last epoch, as training saw them."""
    import pandas as pd

    history = pd.read_csv(run.folder / "history.csv")
    return float(history["accuracy"].iloc[-1])


def share(value: float) -> str:
    """Return a share as a fraction with three digits."""
    return f"{value:.3f}"


def points(share: float) -> str:
    """Return a difference of shares in percentage points, with its sign."""
    return f"{100 * share:+.1f}"


def p_value_text(value: float) -> str:
    """Return a p-value with two digits, with three below 0.01."""
    if value < 0.001:
        return "p < 0.001"
    return f"p = {value:.3f}" if value < 0.01 else f"p = {value:.2f}"


def difference_text(difference: float, interval: tuple[float, float], p_value: float) -> str:
    """Return a difference of shares with its interval and p-value."""
    limits = f"[{points(interval[0])}, {points(interval[1])}]"
    return f"{points(difference)} points {limits}, {p_value_text(p_value)}"
