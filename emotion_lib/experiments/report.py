"""What the project says of itself, written from its records: the results table in README.md, and a report in HTML."""

import html
import re
import sys
from pathlib import Path

from .. import artifacts
from ..files import write_text
from ..paths import ROOT, artifacts_dir, best_dir

# How README.md calls the data sets, in its order; those that are not named here follow under their own names.
_DATASETS = {
    "fer2013": "FER-2013: seven expressions, PrivateTest",
    "ferplus": "FER+: eight expressions, by the majority of ten taggers",
    "ferplus multi-label": "FER+: every expression that some of ten taggers saw",
    "emoji": "Emoji: happy or sad, cross-validated by code point",
    "emoji_scenes": "Scenes composed of emoji: ten labels",
}


def results_table() -> str:
    """What the served model reaches, and the leaderboard as a Markdown table for each data set, best validation first."""
    rows = artifacts.leaderboard()
    served = artifacts.read_record(best_dir() / "run.json")
    parts = [_served_sentence(served)]
    for name in sorted(rows["dataset"].unique(), key=lambda name: [*_DATASETS, name].index(name)):
        parts.append(
            f"**{_DATASETS.get(name, name)}**\n\n{_results_of(rows[rows['dataset'] == name], served.name)}"
        )
    return "\n\n".join([*parts, *_further_table()])


def _further_table() -> list[str]:
    """What runs were judged on besides: mirror images, several crops, faces as other cameras would have brought them."""
    rows = []
    for run in artifacts.runs():
        for name, figures in run.record.metrics.further.items():
            low, high = figures.accuracy_interval_95
            rows.append(
                f"| {run.name} | {name} | {figures.accuracy:.1%} [{low:.1%}, {high:.1%}], {figures.n:,} "
                f"| {figures.balanced_accuracy:.1%} | {figures.calibration_error:.3f} |"
            )
    head = (
        "| run | on | accuracy [95 % interval], n | balanced accuracy | calibration error |\n"
        + "| --- " * 5
        + "|"
    )
    return ["\n".join(["**Judged otherwise**\n", head, *rows])] if rows else []


def _served_sentence(record: artifacts.Record) -> str:
    test, free = record.metrics.test, record.metrics.test_without_twins
    low, high = test.accuracy_interval_95
    return (
        f"The model that is served comes from `{record.name}`: it agrees with the label of {test.accuracy:.1%} "
        f"[{low:.1%}, {high:.1%}] of the {test.n:,} test images, and of {free.accuracy:.1%} of the {free.n:,} "
        "without a twin."
    )


def _results_of(rows, served: str) -> str:
    several = (
        rows["mean_average_precision"] > 0
    ).any()  # labels an image: the accuracy is that of exact matches
    lines = [
        f"| run | validation | test, {'exact match' if several else 'accuracy'} [95 % interval], n | without twins, n "
        "| macro-F1 | parameters | first weights | trained in | on |",
        "| --- " * 9 + "|",
    ]
    for row in rows.itertuples():
        free = (
            f"{row.accuracy_without_twins:.1%}, {row.n_without_twins:,.0f}"
            if row.n_without_twins > 0
            else "–"
        )
        precision = (
            f"; mAP {row.mean_average_precision:.3f}" if row.mean_average_precision > 0 else ""
        )
        name = f"**{row.run}** (served)" if row.run == served else row.run
        test = f"{row.accuracy:.1%} [{row.ci_low:.1%}, {row.ci_high:.1%}], {row.n:,}"
        lines.append(
            f"| {name} | {row.val_accuracy:.1%} | {test} | {free} | {row.macro_f1:.3f}{precision} "
            f"| {row.parameters:,} | {row.weights} | {_duration(row)} | {row.device} ({row.backend}, {row.precision}) |"
        )
    return "\n".join(lines)


def _duration(row) -> str:
    if row.epochs:
        return f"{row.seconds / 60:.0f} min, {row.epochs} epochs"
    return f"{row.seconds / 60:.0f} min" if row.seconds else "–"


# What README.md holds between `<!-- NAME: ... -->` and `<!-- end of NAME -->`.
SECTIONS = {"results": results_table}


def write_readme(path: Path = ROOT / "README.md") -> None:
    """Replace what stands between the markers of README.md: the results.

    Raises:
        ArtifactError: there is no leaderboard.
        ValueError: the markers of a section are missing.
    """
    text = path.read_text(encoding="utf-8")
    for name, table in SECTIONS.items():
        text = _between(text, name, table(), path)
    write_text(path, text)


def _between(text: str, name: str, table: str, path: Path) -> str:
    section = re.compile(rf"(<!-- {name}: [^>]*-->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    new, count = section.subn(lambda match: f"{match[1]}{table}\n{match[2]}", text)
    if count != 1:
        raise ValueError(
            f"Expected one <!-- {name}: ... --> and one <!-- end of {name} --> in {path}. Received: {count}."
        )
    return new


# What the report's first page shows of the leaderboard.
_SHOWN = (
    "run", "n", "accuracy", "ci_low", "ci_high", "accuracy_without_twins", "macro_f1",
    "mean_average_precision", "val_accuracy", "parameters",
    "epochs", "seconds", "weights", "backend", "device",
)  # fmt: skip
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
pre { background: #f5f5f5; padding: .6rem; overflow-x: auto; } img { max-width: 100%; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid #ddd; white-space: nowrap; }
.prompt, .jp-InputPrompt, .jp-OutputPrompt { display: none; }
"""


def write_html(folder: Path | None = None) -> Path:
    """A report that needs no outside resource: the leaderboard, and a page for every executed notebook.

    Args:
        folder: where it goes; None: ``report`` among the artifacts.

    Returns:
        The first page.

    Raises:
        ArtifactError: there is no executed notebook yet.
    """
    root = artifacts_dir()
    executed = [
        p
        for p in sorted(root.rglob("[0-9][0-9]_*.ipynb"))
        if p.relative_to(root).parts[0] != "smoke"
    ]
    if not executed:
        raise artifacts.ArtifactError(
            f"Expected executed notebooks in {artifacts_dir()}. Received: none. `make run-all` makes them."
        )
    folder = folder or artifacts_dir() / "report"
    folder.mkdir(parents=True, exist_ok=True)
    links = []
    for path in executed:
        name = "-".join(path.relative_to(root).parent.parts)
        write_text(folder / f"{name}.html", _page(path.stem, _notebook_html(path)))
        links.append(f'<li><a href="{html.escape(name)}.html">{html.escape(name)}</a></li>')
    board = artifacts.leaderboard()[list(_SHOWN)].to_html(
        index=False, float_format="{:.3f}".format, border=0
    )
    first = folder / "index.html"
    write_text(
        first,
        _page("Results", f"<h1>Results</h1>{board}<h2>Notebooks</h2><ul>{''.join(links)}</ul>"),
    )
    return first


def _notebook_html(path: Path) -> str:
    from nbconvert import HTMLExporter

    # The basic template has no page around it, and so none of the scripts that nbconvert would load from elsewhere.
    return HTMLExporter(template_name="basic", embed_images=True).from_filename(str(path))[0]


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def main(arguments: list[str] | None = None) -> int:
    """``python -m emotion_lib.experiments.report readme | html``."""
    arguments = sys.argv[1:] if arguments is None else arguments
    commands = {"readme": write_readme, "html": lambda: print(write_html())}
    if len(arguments) != 1 or arguments[0] not in commands:
        print(f"Expected one of {list(commands)}. Received: {arguments}.", file=sys.stderr)
        return 2
    try:
        commands[arguments[0]]()
    except (artifacts.ArtifactError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
