"""Splits of multi-label data in which every label has its share."""

import numpy as np


def stratified(labels: np.ndarray, shares: tuple[float, float], seed: int) -> dict[str, np.ndarray]:
    """Return the rows of each split, with every label's share as equal as possible.

    The method is iterative stratification (Sechidis, Tsoumakas & Vlahavas, ECML PKDD 2011).

    Args:
        labels: bool ``(n, num_classes)``.
        shares: of validation and test, above 0 and together below 1.
        seed: random seed of the draw.

    Returns:
        "train", "val" and "test" -> int64 rows, sorted.

    Raises:
        ValueError: other shares.
    """
    if min(shares) <= 0 or sum(shares) >= 1:
        raise ValueError(
            f"Expected val_share and test_share above 0 and together below 1. Received: {shares}."
        )
    val_count, test_count = (max(1, round(share * len(labels))) for share in shares)
    rest, test = _part(labels, np.arange(len(labels)), test_count, seed)
    train, val = _part(labels, rest, val_count, seed)
    return {"train": train, "val": val, "test": test}


def _part(
    labels: np.ndarray, rows: np.ndarray, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows without ``count`` of them, and these."""
    from iterstrat.ml_stratifiers import MultilabelStratifiedShuffleSplit

    # "Has none" counts as one more label, so that such pictures are distributed as well.
    has_none = ~labels[rows].any(axis=1)
    extended = np.column_stack([labels[rows], has_none])
    splitter = MultilabelStratifiedShuffleSplit(1, test_size=count, random_state=seed)
    rest, taken = next(splitter.split(extended, extended))
    return np.sort(rows[rest]), np.sort(rows[taken])
