"""Throughput and growth of the measured benchmarks."""

import pandas as pd
from matplotlib.figure import Figure

from .axes import remove_frame
from .palette import BLUE, GRAY


def throughput(table: pd.DataFrame) -> Figure:
    """Draw images per second as bars with quartiles, one panel per network.

    Args:
        table: columns network, variant, images_per_second, q1, q3.
    """
    networks = list(dict.fromkeys(table["network"]))
    figure = Figure(figsize=(min(10, 4.2 * len(networks)), 2.8), layout="constrained")
    axes = figure.subplots(1, len(networks), squeeze=False)[0]
    for axis, network in zip(axes, networks, strict=True):
        rows = table[table["network"] == network].sort_values("images_per_second")
        rate = rows["images_per_second"]
        is_ours = rows["variant"].str.startswith("ours")
        colors = is_ours.map({True: BLUE, False: GRAY})
        error = [rate - rows["q1"], rows["q3"] - rate]
        axis.barh(rows["variant"], rate, color=colors, xerr=error, ecolor="0.3")
        axis.set(title=network, xlabel="images per second")
        remove_frame(axis)
    return figure


def growth(table: pd.DataFrame) -> Figure:
    """Draw time and memory against each quantity, with the fitted exponents in the titles.

    Args:
        table: columns quantity, value, seconds, memory_mib, time_exponent, memory_exponent.
    """
    quantities = list(dict.fromkeys(table["quantity"]))
    figure = Figure(figsize=(min(10, 3.2 * len(quantities)), 5), layout="constrained")
    axes = figure.subplots(2, len(quantities), squeeze=False)
    panels = (("seconds", "time_exponent", "seconds"), ("memory_mib", "memory_exponent", "MiB"))
    for column, quantity in enumerate(quantities):
        rows = table[table["quantity"] == quantity]
        for axis, (name, exponent, unit) in zip(axes[:, column], panels, strict=True):
            axis.loglog(rows["value"], rows[name], "o-", color=BLUE)
            title = f"{unit} ~ ({quantity}) ^ {rows[exponent].iloc[0]:.2f}"
            axis.set_title(title, fontsize=9)
            axis.set(xlabel=quantity, ylabel=unit)
            remove_frame(axis)
    return figure
