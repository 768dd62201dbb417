"""Figures by groups in sentences: the largest gap of each column, and warnings on small groups."""

import math

import pandas as pd

from .groups import FEWEST, SMALL, Breakdown


def group_sentences(found: Breakdown) -> list[str]:
    """Return the largest gap of each column, and warnings on small groups, as sentences.

    Args:
        found: see :func:`break_down`.
    """
    sentences = []
    for column, rows in found.table.groupby("column", sort=False):
        sentences.append(_largest_gap(str(column), found))
        few = rows[rows["n"] < FEWEST]
        small = rows[(rows["n"] < SMALL) & (rows["n"] >= FEWEST)]
        if len(few):
            sentences.append(
                f"{column}: fewer than {FEWEST} pictures, so shown but not compared: {_listed(few)}"
            )
        if len(small):
            sentences.append(
                f"{column}: fewer than {SMALL} pictures, so the interval may reach more than 10 "
                f"points to each side: {_listed(small)}"
            )
    return sentences


def _largest_gap(column: str, found: Breakdown) -> str:
    """Return the sentence on the two groups of a column whose accuracy differs most."""
    pairs = found.pairs
    if len(pairs):
        pairs = pairs[pairs["column"] == column]
    if not len(pairs):
        return f"{column}: fewer than two groups have {FEWEST} pictures, so none are compared"
    test = found.tests.set_index("column").loc[column]
    gap = pairs.loc[pairs["difference"].abs().idxmax()]
    return (
        f"{column}: the largest gap of {len(pairs)} pairs is {gap['first']} over {gap['second']}, "
        f"{_points(gap, '')}, p = {gap['p_value']:.2g}, adjusted {gap['p_adjusted_value']:.2g}; "
        f"at equal classes {_points(gap, 'standardised_')}, p = {gap['p_within_classes']:.2g}, "
        f"adjusted {gap['p_adjusted_within_classes']:.2g}. Any difference: "
        f"p = {test['p_value']:.2g}, within classes p = {test['p_within_classes']:.2g}"
    )


def _points(row: pd.Series, prefix: str) -> str:
    """Return a difference with its interval in percentage points."""
    values = [row[f"{prefix}{name}"] for name in ("difference", "low", "high")]
    if math.isnan(values[0]):
        return "unknown, as the groups have no class in common,"
    value, low, high = (100 * value for value in values)
    return f"{value:+.1f} points [{low:+.1f}, {high:+.1f}]"


def _listed(rows: pd.DataFrame) -> str:
    cells = zip(rows["group"], rows["n"], strict=True)
    return ", ".join(f"{name} ({n})" for name, n in cells)
