"""Loss of an example against the probability of its label."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from .axes import remove_frame
from .palette import SERIES


def focal_loss(gammas: Sequence[float] = (0, 0.5, 1, 2, 5)) -> Figure:
    """Draw the focal loss ``-(1 - p)^gamma log p`` of an example against the probability p.

    On the left the loss itself, on the right as a share of the cross-entropy (gamma 0), which is
    the weight of the example: well-classified ones count less, the more so the larger gamma.

    Args:
        gammas: focusing parameters; 0 is plain cross-entropy.
    """
    p = np.linspace(0.005, 1, 200)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for gamma, color in zip(gammas, SERIES, strict=False):
        weight = (1 - p) ** gamma
        left.plot(p, -weight * np.log(p), color=color)
        name = f"gamma {gamma:g}" + (" (cross-entropy)" if gamma == 0 else "")
        right.plot(p, weight, color=color, label=name)
    left.set(ylabel="loss", ylim=(0, 4))
    right.set(ylabel="weight of the example", ylim=(0, 1.05))
    for axis in (left, right):
        axis.set(xlabel="probability of the true class", xlim=(0, 1))
        remove_frame(axis)
    figure.legend(loc="outside right upper", frameon=False)
    return figure
