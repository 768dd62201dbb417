"""Points of the figures that show all runs on one data set."""

from collections.abc import Sequence

import pandas as pd

from ..artifacts import Run, leaderboard
from .run_groups import folded, group_names
from .run_texts import short_device


def ranking_table(runs: Sequence[Run]) -> pd.DataFrame:
    """Return the points of :func:`emotion_lib.plots.ranking`, best on validation first.

    Args:
        runs: on one data set.

    Returns:
        One row per run: name (the same for the seeds of one network), accuracy on test, and low and
        high of its 95 % interval.
    """
    groups = folded(runs)
    names = group_names(groups)
    rows = []
    for group in groups:
        for run in group.runs:
            test = run.record.metrics.test
            low, high = test.accuracy_interval_95
            row = {"name": names[group.name], "accuracy": test.accuracy, "low": low, "high": high}
            rows.append(row)
    return pd.DataFrame(rows)


def middle_runs(runs: Sequence[Run]) -> pd.DataFrame:
    """Return the leaderboard with one row per network: of several seeds the middle one.

    Args:
        runs: on one data set.

    Returns:
        The columns of :func:`emotion_lib.artifacts.leaderboard`, with abbreviated names (those of
        the network, such as "13 wide, 2 seeds") and devices.
    """
    groups = folded(runs)
    short = group_names(groups)
    names = {group.middle.name: short[group.name] for group in groups}
    board = leaderboard([group.middle for group in groups])
    board["run"] = board["run"].map(names)
    board["device"] = board["device"].map(short_device)
    return board
