"""Report in HTML that needs no outside resource: the pages of ``docs/``, and executed notebooks.

It is made of tracked records alone, by the same code as ``docs/results.md``. Executed notebooks
join where they are.
"""

from collections.abc import Mapping
from html import escape
from os.path import relpath
from pathlib import Path

from .. import artifacts
from ..environment import require
from ..files import write_text
from ..paths import artifacts_dir, notebooks_dir
from .executed_copies import executed_copies, notebook_html
from .html_page import html_page
from .results import documents, write_figures


def write_html() -> Path:
    """Write a page of all results, one per notebook, and one per executed copy of a notebook.

    They go into the folder ``report`` among the artifacts. Pages of an earlier call that have no
    run any more are removed.

    Returns:
        The first page.

    Raises:
        ArtifactError: there is no recorded run.
    """
    require("nbconvert")
    from nbconvert.filters.markdown import markdown2html

    if not artifacts.runs():
        raise artifacts.ArtifactError(
            f"Expected recorded runs in {artifacts_dir()}. Received: none. `make run-all` makes "
            "them."
        )
    folder = artifacts_dir().resolve() / "report"
    docs = notebooks_dir().resolve().parent / "docs"
    figures = write_figures(folder / "results")
    texts = documents(docs)
    first = folder / "index.html"
    pages = {path.resolve(): _target(path, docs, folder) for path in texts}
    pages |= {docs / path.relative_to(folder): path for path in figures}
    copies = executed_copies()
    executed = {name: folder / "executed" / f"{name.replace('/', '--')}.html" for name in copies}
    pages |= {page: page for page in executed.values()}
    for path, text in texts.items():
        target = pages[path.resolve()]
        body = markdown2html(text) + _list_of_copies(path, target, executed)
        title = text.splitlines()[0].removeprefix("# ")
        write_text(target, html_page(title, body, path.resolve(), target, pages, first))
    (folder / "executed").mkdir(exist_ok=True)
    for name, copy in copies.items():
        body = notebook_html(copy)
        source = notebooks_dir().resolve() / copy.name
        write_text(executed[name], html_page(name, body, source, executed[name], pages, first))
    for page in folder.rglob("*.html"):
        if page not in pages.values():
            page.unlink()
    return first


def _target(path: Path, docs: Path, folder: Path) -> Path:
    """Return where the page of a document goes."""
    if path == docs / "results.md":
        return folder / "index.html"
    if path.parent == docs / "results":
        return folder / "results" / f"{path.stem}.html"
    return folder / "notebooks.html"


def _list_of_copies(path: Path, target: Path, executed: Mapping[str, Path]) -> str:
    """Return links to the executed copies of one notebook, or of all on the page of notebooks."""
    items = []
    for name, page in executed.items():
        if name.split("/")[0] == path.stem or target.name == "notebooks.html":
            address = relpath(page, path.resolve().parent)
            items.append(f'<li><a href="{address}">{escape(name)}</a></li>')
    if not items:
        return ""
    return f"<h2>Executed notebooks</h2><ul>{''.join(items)}</ul>"
