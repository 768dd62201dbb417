"""Tables in Markdown."""

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
