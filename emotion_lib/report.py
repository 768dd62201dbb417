"""What the project says of itself, written from its records: the results table in README.md, and a report in HTML."""

import html
import sys
from pathlib import Path

from . import artifacts
from .paths import ROOT

BEGIN, END = "<!-- results: written by `make readme` -->", "<!-- end of results -->"
SPEED_BEGIN, SPEED_END = "<!-- speed: written by `make bench readme` -->", "<!-- end of speed -->"


def results_table() -> str:
    """The leaderboard as a Markdown table, with interval, twin-free accuracy and what it cost."""
    lines = [
        "| run | data | test accuracy [95 % interval], n | without twins, n | macro-F1 | parameters | weights | trained in "
        "| on |",
        "| --- " * 9 + "|",
    ]
    for row in artifacts.leaderboard().itertuples():
        free = f"{row.accuracy_without_twins:.1%}, {row.n_without_twins:.0f}" if row.n_without_twins > 0 else "–"
        lines.append(
            f"| {row.run} | {row.dataset} | {row.accuracy:.1%} [{row.ci_low:.1%}, {row.ci_high:.1%}], {row.n} | {free} "
            f"| {row.macro_f1:.3f} | {row.parameters:,} | {row.weights} | {_duration(row)} "
            f"| {row.device} ({row.backend}, {row.precision}) |"
        )
    return "\n".join(lines)


def _duration(row) -> str:
    return f"{row.seconds / 60:.0f} min, {row.epochs} epochs" if row.epochs else "–"


def _speed_file() -> Path:
    return artifacts.artifacts_dir() / "bench" / "speed.csv"


def speed_table() -> str:
    """Training and inference of the last ``make bench`` as a Markdown table.

    Raises:
        ArtifactError: there was none.
    """
    import pandas as pd

    file = _speed_file()
    if not file.is_file():
        raise artifacts.ArtifactError(f"Expected {file}. Received: no such file. `make bench` writes it.")
    lines = ["| what | network | by | images a second (quartiles) | ours is ... times as fast |", "| --- " * 5 + "|"]
    for row in pd.read_csv(file).itertuples():
        if row.part == "matrix product" or row.variant == "augmentation alone":
            continue
        first = row.variant == "ours" or row.ours_over_this == 1
        lines.append(
            f"| {row.part} | {row.network} | {row.variant} | {row.images_per_second:,.0f} ({row.q1:,.0f}–{row.q3:,.0f}) "
            f"| {'' if first else f'{row.ours_over_this:.2f}'} |"
        )
    return "\n".join(lines)


def write_readme(path: Path = ROOT / "README.md") -> None:
    """Replace what stands between the markers of README.md: the results, and the speed where it has been measured.

    Raises:
        ValueError: the markers of the results are missing.
    """
    text = _between(path.read_text(), BEGIN, END, results_table(), path)
    if SPEED_BEGIN in text and _speed_file().is_file():
        text = _between(text, SPEED_BEGIN, SPEED_END, speed_table(), path)
    path.write_text(text)


def _between(text: str, begin: str, end: str, table: str, path: Path) -> str:
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(
            f"Expected one {begin!r} and one {end!r} in {path}. Received: {text.count(begin)} and {text.count(end)}."
        )
    before, rest = text.split(begin)
    return f"{before}{begin}\n{table}\n{end}{rest.split(end)[1]}"


# What the report's first page shows of the leaderboard.
_SHOWN = (
    "run", "n", "accuracy", "ci_low", "ci_high", "accuracy_without_twins", "macro_f1", "val_accuracy", "parameters",
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
    root = artifacts.artifacts_dir()
    executed = [p for p in sorted(root.rglob("[0-9][0-9]_*.ipynb")) if p.relative_to(root).parts[0] != "smoke"]
    if not executed:
        raise artifacts.ArtifactError(
            f"Expected executed notebooks in {artifacts.artifacts_dir()}. Received: none. `make run-all` makes them."
        )
    folder = folder or artifacts.artifacts_dir() / "report"
    folder.mkdir(parents=True, exist_ok=True)
    links = []
    for path in executed:
        name = "-".join(path.relative_to(root).parent.parts)
        (folder / f"{name}.html").write_text(_page(path.stem, _notebook_html(path)))
        links.append(f'<li><a href="{html.escape(name)}.html">{html.escape(name)}</a></li>')
    board = artifacts.leaderboard()[list(_SHOWN)].to_html(index=False, float_format="{:.3f}".format, border=0)
    first = folder / "index.html"
    first.write_text(_page("Results", f"<h1>Results</h1>{board}<h2>Notebooks</h2><ul>{''.join(links)}</ul>"))
    return first


def _notebook_html(path: Path) -> str:
    from nbconvert import HTMLExporter

    # The basic template has no page around it, and so none of the scripts that nbconvert would load from elsewhere.
    return HTMLExporter(template_name="basic", embed_images=True).from_filename(str(path))[0]


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def main(arguments: list[str] | None = None) -> int:
    """``python -m emotion_lib.report readme | html``."""
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
