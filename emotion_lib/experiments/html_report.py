"""Report in HTML that needs no outside resource: the leaderboard and the executed notebooks."""

import html
from pathlib import Path

from .. import artifacts
from ..files import write_text
from ..paths import artifacts_dir
from .runner import SMOKE_FOLDER

# Columns of the leaderboard that the first page shows.
_SHOWN = [
    "run",
    "dataset",
    "n",
    "accuracy",
    "ci_low",
    "ci_high",
    "accuracy_without_twins",
    "macro_f1",
    "mean_average_precision",
    "val_accuracy",
    "parameters",
    "epochs",
    "seconds",
    "weights",
    "backend",
    "device",
]
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto;
       padding: 0 1rem; color: #222; }
pre { background: #f5f5f5; padding: .6rem; overflow-x: auto; }
img { max-width: 100%; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid #ddd; white-space: nowrap; }
.prompt, .jp-InputPrompt, .jp-OutputPrompt { display: none; }
"""


def write_html(folder: Path | None = None) -> Path:
    """Write a page with the leaderboard, and one page per executed notebook.

    Args:
        folder: where the pages go; None: ``report`` among the artifacts.

    Returns:
        The first page.

    Raises:
        ArtifactError: there is no executed notebook yet.
    """
    root = artifacts_dir()
    executed = []
    for path in sorted(root.rglob("[0-9][0-9]_*.ipynb")):
        if path.relative_to(root).parts[0] != SMOKE_FOLDER:
            executed.append(path)
    if not executed:
        raise artifacts.ArtifactError(
            f"Expected executed notebooks in {root}. Received: none. `make run-all` makes them."
        )
    folder = folder or root / "report"
    folder.mkdir(parents=True, exist_ok=True)
    links = []
    for path in executed:
        name = "-".join(path.relative_to(root).parent.parts)
        write_text(folder / f"{name}.html", _page(path.stem, _notebook_html(path)))
        links.append(f'<li><a href="{html.escape(name)}.html">{html.escape(name)}</a></li>')
    rows = artifacts.leaderboard()[_SHOWN]
    leaderboard = rows.to_html(index=False, float_format="{:.3f}".format, border=0)
    body = f"<h1>Results</h1>{leaderboard}<h2>Notebooks</h2><ul>{''.join(links)}</ul>"
    first = folder / "index.html"
    write_text(first, _page("Results", body))
    return first


def _notebook_html(path: Path) -> str:
    from nbconvert import HTMLExporter

    # The basic template has no page around it, and so none of the scripts that nbconvert would
    # load from other servers.
    return HTMLExporter(template_name="basic", embed_images=True).from_filename(str(path))[0]


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'
