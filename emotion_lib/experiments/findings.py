"""Figures in prose, written from the records of runs and compared with them.

A figure in a notebook, in README.md or in docs/ stands between two comments, which a reader of the
rendered page does not see. The first comment says where the figure comes from::

    reaches <!-- accuracy("01_sequential_cnn") -->0.658<!-- end --> on the test images

It is a call of one of :data:`emotion_lib.experiments.recorded_figures.FIGURES`. The arguments are
literals, or the name of a run that ``best`` finds. The call is parsed, never evaluated as Python.
``table`` alone writes a block, whose comments have lines of their own::

    <!-- table("23_robustness/summary", digits=2) -->
    | ... |
    <!-- end -->

:func:`write_findings` writes every figure again; :func:`stale_figures` lists those that differ from
the records, and :func:`unmarked_figures` those that say nothing about their origin.
"""

import ast
import inspect
import json
import re
from collections.abc import Iterable
from pathlib import Path

from ..artifacts import ArtifactError
from ..errors import EmotionError
from ..files import write_text
from ..paths import ROOT, notebooks_dir
from .recorded_figures import FIGURES

_OPENING = re.compile(r"<!-- (\w+\(.*?\)) -->", re.DOTALL)
_MARKED = re.compile(r"<!-- (\w+\((?:(?!-->).)*\)) -->((?:(?!<!--).)*)<!-- end -->", re.DOTALL)
# Markdown takes a line that begins with a comment for HTML and ends the paragraph before it.
_WORD_BEFORE_LINE = re.compile(r"(?<=[^\s-]) ((?:(?!-->)\S)+)\n( *)(?=<!-- (?!table\()\w+\()")
_END_BEFORE_LINE = re.compile(r"(?<=\S)\n *(?=<!-- (?!table\()\w+\()")
_BLOCK_WITHIN_LINE = re.compile(r"^.*\S.*<!-- table\(|<!-- table\(.*-->[^\n]*[^\n ]", re.MULTILINE)
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
# A decimal number or a share in percent. An interval's level, "95 %", is no result.
_FIGURE = re.compile(r"\d[\d,]*\.\d+(?: ?%)?|(?!\b95 ?%)\b\d+ ?%")


class FindingsError(EmotionError, ValueError):
    """A marker in prose that names no figure of a recorded run."""


def figure(call: str) -> str:
    """Return the figure that a marker's call stands for.

    Raises:
        FindingsError: the call is no call of a known function with literals, or the records do not
            hold the figure.

    Example:
        >>> figure('accuracy("01_sequential_cnn")')  # doctest: +SKIP
        '0.658'
    """
    try:
        expression = ast.parse(call, mode="eval").body
        return _value(expression)
    except (ArtifactError, ValueError, TypeError, SyntaxError, OSError, KeyError) as error:
        raise FindingsError(
            f'Expected a figure of a recorded run, such as accuracy("01_sequential_cnn"). '
            f"Received: {call}. {error}"
        ) from error


def rewritten(text: str) -> str:
    """Return Markdown with every marked figure as the records have it.

    Where a line begins with a marker, the word before it, or else the marker's line, changes its
    line.

    Raises:
        FindingsError: see :func:`figure`; or a marker has no ``<!-- end -->``.
    """
    _refuse_open_markers(text)
    text = _WORD_BEFORE_LINE.sub(r"\n\2\1 ", text)
    text = _END_BEFORE_LINE.sub(" ", text)
    return _MARKED.sub(lambda match: f"<!-- {match[1]} -->{figure(match[1])}<!-- end -->", text)


def stale_figures(text: str) -> list[str]:
    """Return one line for every marked figure that differs from the records.

    Raises:
        FindingsError: see :func:`rewritten`.
    """
    _refuse_open_markers(text)
    stale = []
    for call, written in _MARKED.findall(text):
        recorded = figure(call)
        if recorded != written and "\n" in recorded:
            stale.append(f"{call}: the text has another table than the records")
        elif recorded != written:
            stale.append(f"{call}: the text says {written!r}, the records {recorded!r}")
    return stale


def unmarked_figures(text: str, no_result: re.Pattern | None = None) -> list[str]:
    """Return the decimal numbers and percentages of a text that stand outside markers and code.

    Args:
        text: Markdown.
        no_result: what else is left out, such as sizes and versions.
    """
    prose = _CODE.sub("", _MARKED.sub("", text))
    if no_result is not None:
        prose = no_result.sub("", prose)
    return _FIGURE.findall(prose)


def without_markers(text: str) -> str:
    """Return a text with its figures but without the comments around them, as for a terminal."""
    return _MARKED.sub(r"\2", text)


def markdown_cells(notebook: Path) -> list[str]:
    """Return the Markdown cells of a notebook, in order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def files_with_findings() -> list[Path]:
    """Return the notebooks and the pages that people write, whether they hold figures or not."""
    notebooks = sorted(notebooks_dir().glob("*.ipynb"))
    pages = [ROOT / "README.md", ROOT / "data" / "README.md"]
    return [*notebooks, *pages, *sorted((ROOT / "docs").rglob("*.md"))]


def write_findings(paths: Iterable[Path] | None = None) -> list[Path]:
    """Write every marked figure in notebooks and Markdown files from the records.

    Args:
        paths: of ``.ipynb`` and ``.md`` files; None: those of :func:`files_with_findings`.

    Returns:
        The files that have changed.

    Raises:
        FindingsError: see :func:`rewritten`; the message begins with the file's name.
    """
    changed = []
    for path in files_with_findings() if paths is None else paths:
        before = path.read_text(encoding="utf-8")
        try:
            after = _notebook_rewritten(before) if path.suffix == ".ipynb" else rewritten(before)
        except FindingsError as error:
            raise FindingsError(f"{path.name}: {error}") from error
        if after != before:
            write_text(path, after)
            changed.append(path)
    return changed


def _notebook_rewritten(text: str) -> str:
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = rewritten("".join(cell["source"])).splitlines(keepends=True)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _refuse_open_markers(text: str) -> None:
    if match := _BLOCK_WITHIN_LINE.search(text):
        raise FindingsError(
            f"Expected the marker of a table on a line of its own. Received: {match[0]:.80}"
        )
    closed = {match.start() for match in _MARKED.finditer(text)}
    for match in _OPENING.finditer(text):
        if match.start() not in closed:
            raise FindingsError(
                f"Expected <!-- end --> behind the figure of {match[1]}. Received: none before the "
                "next comment."
            )


def _value(expression: ast.expr) -> str:
    """Return the text of a call whose arguments are literals or again such calls."""
    if not isinstance(expression, ast.Call):
        raise ValueError("Expected a call.")
    if not isinstance(expression.func, ast.Name) or expression.func.id not in FIGURES:
        raise ValueError(
            f"Expected one of {sorted(FIGURES)}. Received: {ast.unparse(expression.func)}."
        )
    function = FIGURES[expression.func.id]
    values = [_argument(argument) for argument in expression.args]
    named = {keyword.arg or "**": _argument(keyword.value) for keyword in expression.keywords}
    inspect.signature(function).bind(*values, **named)
    return function(*values, **named)


def _argument(expression: ast.expr) -> object:
    return _value(expression) if isinstance(expression, ast.Call) else ast.literal_eval(expression)
