"""Shares and their intervals as text."""

from collections.abc import Sequence


def percent(share: float | None) -> str:
    """Return a share in percent: "65.8 %"; a dash for None.

    Example:
        >>> percent(0.6578)
        '65.8 %'
    """
    return "–" if share is None else f"{100 * share:.1f} %"


def percent_with_interval(share: float, interval: Sequence[float]) -> str:
    """Return a share and its interval in percent.

    Example:
        >>> percent_with_interval(0.6578, (0.6422, 0.6732))
        '65.8 % [64.2, 67.3]'
    """
    low, high = interval
    return f"{percent(share)} [{100 * low:.1f}, {100 * high:.1f}]"


def millions(count: int | None) -> str:
    """Return a number in millions: "47 M"; a dash for None.

    Example:
        >>> millions(47_104_096)
        '47 M'
    """
    return "–" if count is None else f"{count / 1e6:,.0f} M"
