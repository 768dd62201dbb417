"""The visible results: pages, index and figures, written from the records and compared with them.

``docs/results/`` holds one page with figures per notebook, ``docs/results.md`` all runs,
``notebooks/README.md`` the index. Of them, only the syllabus above the index is written by hand.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from .. import artifacts, plots
from ..files import write_text
from ..paths import ROOT, notebooks_dir
from .cost_points import cost_table
from .notebook_index import with_index
from .notebook_text import all_notebooks
from .overview import RANKED, all_results_text
from .result_figures import write_figure
from .results_pages import page_text, runs_by_notebook, write_page_figures
from .run_points import ranking_table
from .served_run import served_run

DOCS = ROOT / "docs"
COST_FIGURE = "accuracy_against_cost.webp"
RANKING_FIGURE = "all_runs.webp"
_IMAGE = re.compile(r'!\[[^\]]*\]\(([^)]+)\)|<img src="([^"]+)"')


def documents(docs: Path = DOCS) -> dict[Path, str]:
    """Return the text of every generated page by its path.

    Args:
        docs: folder of the documentation.
    """
    notebooks = all_notebooks()
    runs = artifacts.runs()
    found = runs_by_notebook(notebooks, runs)
    texts = {docs / "results.md": all_results_text(runs, found, served_run())}
    for notebook, own in found.items():
        texts[docs / "results" / f"{notebook.path.stem}.md"] = page_text(notebook, own)
    syllabus = notebooks_dir() / "README.md"
    page = syllabus.read_text(encoding="utf-8") if syllabus.is_file() else "# Notebooks\n\n"
    texts[syllabus] = with_index(page, notebooks, found)
    return texts


def write_results(docs: Path = DOCS, redraw: bool = False) -> list[Path]:
    """Write all pages and figures, remove those of former runs, and return their paths.

    Args:
        docs: folder of the documentation.
        redraw: draw all figures, which takes a minute, not only those whose data has changed: the
            code that draws them has.
    """
    folder = docs / "results"
    folder.mkdir(parents=True, exist_ok=True)
    written = write_figures(folder, redraw)
    for path, text in documents(docs).items():
        write_text(path, text)
        written.append(path)
    for path in _generated(folder):
        if path not in written:
            path.unlink()
    return written


def write_figures(folder: Path, redraw: bool = False) -> list[Path]:
    """Draw the figures of all pages, and return their paths.

    Args:
        folder: of the pages of notebooks.
        redraw: see :func:`write_results`.
    """
    runs = artifacts.runs()
    written = write_page_figures(folder, runs_by_notebook(all_notebooks(), runs), redraw)
    draw = {COST_FIGURE: partial(plots.accuracy_against_cost, cost_table(runs, served_run()))}
    ranked = [run for run in runs if run.record.data.name == RANKED]
    if ranked:
        draw[RANKING_FIGURE] = partial(plots.ranking, ranking_table(ranked))
    for name, function in draw.items():
        write_figure(function, folder / name)
        written.append(folder / name)
    return written


def stale_results(docs: Path = DOCS) -> list[str]:
    """Return what differs from the records: one sentence per page or figure, empty if none does.

    Texts are compared whole. A figure is compared by the digest of its data, which its page holds.

    Args:
        docs: folder of the documentation.
    """
    faults = []
    expected = set()
    for path, text in documents(docs).items():
        expected.add(path)
        if not path.is_file():
            faults.append(f"{path} is missing.")
        elif path.read_text(encoding="utf-8") != text:
            faults.append(f"{path} differs from the records.")
        for image in _images(path, text):
            expected.add(image)
            if not image.is_file():
                faults.append(f"{image} is missing.")
    for path in _generated(docs / "results"):
        if path not in expected:
            faults.append(f"{path} belongs to no run.")
    return list(dict.fromkeys(faults))


def _images(path: Path, text: str) -> Iterator[Path]:
    """Yield the paths of the images that a page shows."""
    for match in _IMAGE.finditer(text):
        yield Path((path.parent / (match[1] or match[2])).resolve())


def _generated(folder: Path) -> list[Path]:
    """Return the pages and figures in the folder of results."""
    return [*sorted(folder.glob("*.md")), *sorted(folder.rglob("*.webp"))]
