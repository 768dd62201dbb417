"""Figures of one run, or of the seeds of one network, as text."""

import re
from collections.abc import Sequence
from statistics import fmean, stdev

from ..artifacts import Figures, Run
from .shares import percent, percent_with_interval

# Words that tell no two machines of a table apart.
_DEVICE_NOISE = re.compile(r"\((?:R|TM)\)|\b(?:NVIDIA|AMD|Intel|Processor)\b|\b\d+GB\b|\bHBM\d\w*")


def training_time(runs: Sequence[Run]) -> str:
    """Return how long runs were trained, and on what: "14 min, 24 epochs, H100 (jax)".

    Args:
        runs: trained in the same way; of several, the mean is written.
    """
    trainings = [run.record.training for run in runs]
    seconds = fmean(training.seconds for training in trainings)
    if not seconds:
        return "–"
    parts = [f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"]
    epochs = sorted({training.epochs for training in trainings})
    if epochs[-1]:
        several = f"{epochs[0]} to {epochs[-1]}" if len(epochs) > 1 else str(epochs[0])
        parts.append(f"{several} epochs")
    devices = {}
    for training in trainings:
        devices[f"{short_device(training.device)} ({training.backend})"] = True
    parts.append(" or ".join(devices))
    return ", ".join(parts)


def short_device(name: str) -> str:
    """Return the name of a processor or GPU without words that tell no two apart.

    Example:
        >>> short_device("NVIDIA H100 80GB HBM3"), short_device("AMD EPYC, 2 cores")
        ('H100', 'EPYC, 2 cores')
    """
    return " ".join(_DEVICE_NOISE.sub("", name).split()).replace(" ,", ",")


def accuracy_text(*figures: Figures | None) -> str:
    """Return an accuracy with its interval, or of several seeds "65.6 % ± 0.4 (65.3 to 66.0)".

    These are the mean, the standard deviation of a single training, the lowest and the highest. A
    dash if an evaluation is missing.
    """
    known = [one for one in figures if one is not None]
    if not known or len(known) < len(figures):
        return "–"
    if len(known) == 1:
        return percent_with_interval(known[0].accuracy, known[0].accuracy_interval_95)
    accuracies = [one.accuracy for one in known]
    limits = f"({100 * min(accuracies):.1f} to {100 * max(accuracies):.1f})"
    return f"{percent(fmean(accuracies))} ± {100 * stdev(accuracies):.1f} {limits}"


def share_text(*shares: float | None) -> str:
    """Return a share in percent; of several the mean, the lowest and the highest.

    Example:
        >>> share_text(0.64, 0.66)
        '65.0 % (64.0 to 66.0)'
    """
    known = [share for share in shares if share is not None]
    if not known or len(known) < len(shares):
        return "–"
    if len(known) == 1:
        return percent(known[0])
    return f"{percent(fmean(known))} ({100 * min(known):.1f} to {100 * max(known):.1f})"


def number_text(*values: float | None) -> str:
    """Return a number with three digits, of several the mean; a dash if one is missing."""
    known = [value for value in values if value is not None]
    return f"{fmean(known):.3f}" if known and len(known) == len(values) else "–"
