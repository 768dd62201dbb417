"""Subjects that take turns on one machine, so that a busy minute slows all of them alike."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

import pandas as pd

from .worker import Worker

Say = Callable[[str], None]  # prints progress
# Variant -> name of the subject's function and its arguments.
Subjects = dict[str, tuple[str, dict]]


@dataclass(frozen=True)
class Group:
    """Subjects that are compared with each other.

    Attributes:
        part: what is measured, such as "training".
        subjects: variant -> name of the subject's function and its arguments. The first variant is
            the one that the others are compared with.
        network: what it is measured on; empty if the part says it.
        multiply_adds: of one step's item; 0 if they are not counted.
        warm_up: steps before the first measurement.
    """

    part: str
    subjects: Subjects = field(default_factory=dict)
    network: str = ""
    multiply_adds: float = 0
    warm_up: int = 3


def in_turns(group: Group, rounds: int, seconds: float) -> tuple[dict[str, list], pd.DataFrame]:
    """Measure every subject of a group once per round.

    Args:
        group: the subjects.
        rounds: number of turns of each subject.
        seconds: duration of each turn.

    Returns:
        The answers of :meth:`Worker.measure` by variant, and the rates: one column per variant, one
        row per round.
    """
    answers: dict[str, list] = {variant: [] for variant in group.subjects}
    with ExitStack() as stack:
        workers = {}
        for variant, (subject, options) in group.subjects.items():
            worker = Worker(subject, options, warm_up=group.warm_up)
            workers[variant] = stack.enter_context(worker)
        for _ in range(rounds):
            for variant, worker in workers.items():
                answers[variant].append(worker.measure(seconds))
    rates = {}
    for variant, found in answers.items():
        rates[variant] = [answer["rate"] for answer in found]
    return answers, pd.DataFrame(rates)


def rate_columns(rates: pd.DataFrame, variant: str, name: str) -> dict[str, float]:
    """Return the columns of a table that describe the rate of one variant.

    Args:
        rates: as :func:`in_turns` returns them.
        variant: one of the columns.
        name: of the column of the median.

    Returns:
        The median over the rounds and the quartiles q1 and q3, and ours_over_this: the median over
        the rounds of the first variant's rate divided by this one's. A ratio per round is not
        disturbed by a busy minute, which slows both.
    """
    rate = rates[variant]
    return {
        name: rate.median(),
        "q1": rate.quantile(0.25),
        "q3": rate.quantile(0.75),
        "ours_over_this": (rates.iloc[:, 0] / rate).median(),
    }
