"""What the project says of itself, written from its records: the results table in README.md."""

import sys
from pathlib import Path

from . import artifacts
from .paths import ROOT

BEGIN, END = "<!-- results: written by `make readme` -->", "<!-- end of results -->"


def results_table() -> str:
    """The leaderboard as a Markdown table, with interval, twin-free accuracy and what it cost."""
    lines = [
        "| run | data | test accuracy [95 % interval], n | without twins, n | macro-F1 | parameters | trained in | on |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in artifacts.leaderboard().itertuples():
        free = f"{row.accuracy_without_twins:.1%}, {row.n_without_twins:.0f}" if row.n_without_twins > 0 else "–"
        lines.append(
            f"| {row.run} | {row.dataset} | {row.accuracy:.1%} [{row.ci_low:.1%}, {row.ci_high:.1%}], {row.n} | {free} "
            f"| {row.macro_f1:.3f} | {row.parameters:,} | {row.seconds / 60:.0f} min, {row.epochs} epochs "
            f"| {row.device} ({row.backend}, {row.precision}) |"
        )
    return "\n".join(lines)


def write_readme(path: Path = ROOT / "README.md") -> None:
    """Replace what stands between the results markers of README.md.

    Raises:
        ValueError: the markers are missing.
    """
    text = path.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(
            f"Expected one {BEGIN!r} and one {END!r} in {path}. Received: {text.count(BEGIN)} and {text.count(END)}."
        )
    before, rest = text.split(BEGIN)
    path.write_text(f"{before}{BEGIN}\n{results_table()}\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    try:
        write_readme()
    except (artifacts.ArtifactError, ValueError) as error:
        sys.exit(str(error))
