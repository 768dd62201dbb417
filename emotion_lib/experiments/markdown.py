"""Tables, list items and paragraphs in Markdown."""

import textwrap
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown.

    Args:
        header: names of the columns.
        rows: texts of the cells, one per column.

    Example:
        >>> print(table(["class", "recall"], [["happy", "91.6%"]]))
        | class | recall |
        | --- | --- |
        | happy | 91.6% |
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def item(title: str, text: str) -> str:
    """Return a list item with a title, wrapped at 100 columns."""
    return textwrap.fill(
        f"- **{title}**: {text}",
        width=100,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def paragraph(sentences: Iterable[str]) -> str:
    """Return sentences as a paragraph, wrapped at 100 columns."""
    return textwrap.fill(" ".join(sentences), width=100, break_on_hyphens=False)
