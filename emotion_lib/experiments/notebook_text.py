"""Title, question and findings of a notebook, from its Markdown cells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..paths import notebooks_dir
from .findings import markdown_cells, without_markers

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_QUESTION = re.compile(r"\*\*Question\.\*\*\s*(.*?)(?:\n\s*\n|\Z)", re.DOTALL)
_ITEM = re.compile(r"^- (.*(?:\n  .*)*)", re.MULTILINE)
_TIME = re.compile(r"^\| Time \| (.*?) \|$", re.MULTILINE)
_HEADING = re.compile(r"\A# (?:\d+ · )?(.*)")


@dataclass(frozen=True)
class NotebookText:
    """The prose of a notebook that pages of results repeat.

    Attributes:
        path: of the notebook.
        title: without the number.
        question: one paragraph.
        findings: Markdown of the section "Findings", with the figures that the records gave.
        time: how long it takes, from the table in its first cell; "" if that does not say.
    """

    path: Path
    title: str
    question: str
    findings: str
    time: str = ""

    @property
    def heading(self) -> str:
        """Number and title; the title alone for runs that no numbered notebook made."""
        if not self.number.isdigit():
            return self.title
        return f"{self.number} · {self.title}"

    @property
    def number(self) -> str:
        """The notebook's number, such as "01"."""
        return self.path.stem[:2]

    @property
    def first_finding(self) -> str:
        """The first sentence of the first finding; empty if the section holds no list."""
        item = _ITEM.search(self.findings)
        if item is None:
            return ""
        text = " ".join(item[1].split())
        # A full stop within a figure or behind an abbreviation is not followed by a capital.
        return re.split(r"(?<=[.!?]) (?=[A-Z*])", text)[0]


def read_notebook(path: Path) -> NotebookText:
    """Return title, question and findings of a notebook."""
    cells = markdown_cells(path)
    first = cells[0] if cells else ""
    title = _HEADING.match(first)
    question = _QUESTION.search(first)
    time = _TIME.search(first)
    return NotebookText(
        path,
        title[1].strip() if title else path.stem,
        " ".join(question[1].split()) if question else "",
        _findings(cells),
        without_markers(time[1]).strip() if time else "",
    )


def _findings(cells: Sequence[str]) -> str:
    """Return the section "Findings" without markers and without remarks about code cells.

    Empty if the section holds no list: it only announces the output of a cell then.
    """
    for cell in cells:
        if cell.startswith("## Findings"):
            text = _COMMENT.sub("", cell.removeprefix("## Findings"))
            paragraphs = re.split(r"\n\s*\n", text.strip())
            kept = [part for part in paragraphs if "cell below" not in part]
            findings = "\n\n".join(kept)
            return findings if _ITEM.search(findings) else ""
    return ""


def all_notebooks() -> list[NotebookText]:
    """Return the texts of the numbered notebooks, by number."""
    return [read_notebook(path) for path in sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb"))]
