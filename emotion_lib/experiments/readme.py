"""Results in README.md: tables written from the leaderboard and the records of runs."""

import re
from pathlib import Path

import pandas as pd

from .. import artifacts
from ..errors import EmotionError
from ..files import write_text
from ..paths import ROOT, best_dir
from .markdown import table

# Titles of the data sets, in their order; others follow under their own names.
_DATASETS = {
    "fer2013": "FER-2013: seven expressions, PrivateTest",
    "ferplus": "FER+: eight expressions, by the majority of ten taggers",
    "ferplus multi-label": "FER+: every expression that some of ten taggers saw",
    "emoji": "Emoji: happy or sad, cross-validated by code point",
    "emoji_scenes": "Scenes composed of emoji: ten labels",
}
_BEGIN = "<!-- results: "
_SECTION = re.compile(r"(<!-- results: [^>]*-->\n).*?(<!-- end of results -->)", re.DOTALL)


class ReadmeError(EmotionError, ValueError):
    """Markdown file without the markers of the results."""


def write_readme(path: Path = ROOT / "README.md") -> Path:
    """Replace the results between the markers of a Markdown file, and return its path.

    Args:
        path: file with ``<!-- results: ... -->`` and ``<!-- end of results -->``.

    Raises:
        ArtifactError: there is no leaderboard.
        ReadmeError: the markers are missing.
    """
    results = results_section()
    text = path.read_text(encoding="utf-8")
    new, count = _SECTION.subn(lambda match: f"{match[1]}{results}\n{match[2]}", text)
    if count != 1:
        raise ReadmeError(
            f"Expected one {_BEGIN}... --> and one <!-- end of results --> in {path}. "
            f"Received: {count}."
        )
    write_text(path, new)
    return path


def results_section() -> str:
    """Return the figures of the served model, and one table of runs per data set.

    Raises:
        ArtifactError: there is no leaderboard.
    """
    rows = artifacts.leaderboard()
    served = artifacts.read_record(best_dir() / "run.json")
    known = list(_DATASETS)
    found = list(rows["dataset"].unique())
    parts = [_served_sentence(served)]
    for name in [*known, *sorted(set(found) - set(known))]:
        if name in found:
            runs = _runs_table(rows[rows["dataset"] == name], served.name)
            parts.append(f"**{_DATASETS.get(name, name)}**\n\n{runs}")
    others = _other_evaluations()
    if others:
        parts.append(f"**Other evaluations**\n\n{others}")
    return "\n\n".join(parts)


def _served_sentence(record: artifacts.Record) -> str:
    test = record.metrics.test
    without_twins = record.metrics.test_without_twins
    low, high = test.accuracy_interval_95
    return (
        f"The model that is served comes from the run `{record.name}`. Its accuracy is "
        f"{test.accuracy:.1%} [{low:.1%}, {high:.1%}] on the {test.n:,} test images, and "
        f"{without_twins.accuracy:.1%} on the {without_twins.n:,} test images without a "
        "near-identical training image."
    )


def _runs_table(rows: pd.DataFrame, served: str) -> str:
    """Return the runs of one data set, best validation accuracy first.

    Args:
        rows: of the leaderboard.
        served: name of the run whose model is served.
    """
    # With several labels per image the accuracy is that of exact matches.
    multi_label = (rows["mean_average_precision"] > 0).any()
    header = [
        "run",
        "validation",
        f"test, {'exact match' if multi_label else 'accuracy'} [95 % interval], n",
        "without twins, n",
        "macro-F1",
        "parameters",
        "initial weights",
        "training time",
        "device",
    ]
    cells = []
    for row in rows.itertuples():
        without_twins = "–"
        if row.n_without_twins > 0:
            without_twins = f"{row.accuracy_without_twins:.1%}, {row.n_without_twins:,.0f}"
        macro_f1 = f"{row.macro_f1:.3f}"
        if row.mean_average_precision > 0:
            macro_f1 += f"; mAP {row.mean_average_precision:.3f}"
        cells.append(
            [
                f"**{row.run}** (served)" if row.run == served else row.run,
                f"{row.val_accuracy:.1%}",
                f"{row.accuracy:.1%} [{row.ci_low:.1%}, {row.ci_high:.1%}], {row.n:,}",
                without_twins,
                macro_f1,
                f"{row.parameters:,}",
                row.weights,
                _training_time(row.seconds, row.epochs),
                f"{row.device} ({row.backend}, {row.precision})",
            ]
        )
    return table(header, cells)


def _training_time(seconds: float, epochs: int) -> str:
    if not seconds and not epochs:
        return "–"
    minutes = f"{seconds / 60:.0f} min"
    return f"{minutes}, {epochs} epochs" if epochs else minutes


def _other_evaluations() -> str:
    """Return evaluations on other images: mirrored, several crops, simulated camera shift."""
    rows = []
    for run in artifacts.runs():
        for name, figures in run.record.metrics.further.items():
            low, high = figures.accuracy_interval_95
            rows.append(
                [
                    run.name,
                    name,
                    f"{figures.accuracy:.1%} [{low:.1%}, {high:.1%}], {figures.n:,}",
                    f"{figures.balanced_accuracy:.1%}",
                    f"{figures.calibration_error:.3f}",
                ]
            )
    header = [
        "run",
        "evaluated on",
        "accuracy [95 % interval], n",
        "balanced accuracy",
        "calibration error",
    ]
    return table(header, rows) if rows else ""
