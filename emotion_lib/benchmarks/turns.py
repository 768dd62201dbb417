"""Subjects that take turns on one machine, so that a busy minute hits them all alike."""

from contextlib import ExitStack

import pandas as pd

from .worker import Worker


def in_turns(
    subjects: dict[str, tuple[str, dict]], rounds: int, seconds: float, warm_up: int
) -> tuple[dict[str, list[dict]], pd.DataFrame]:
    """Measure every subject once a round.

    Args:
        subjects: by variant, the name of a subject and its options.
        rounds: how often each is measured.
        seconds: how long each time.
        warm_up: steps before the first.

    Returns:
        The answers of :meth:`Worker.measure` by variant, and the rates: a column a variant, a row a round.
    """
    with ExitStack() as stack:
        workers = {
            variant: stack.enter_context(Worker(subject, options, warm_up=warm_up))
            for variant, (subject, options) in subjects.items()
        }
        answers = {variant: [] for variant in workers}
        for _ in range(rounds):
            for variant, worker in workers.items():
                answers[variant].append(worker.measure(seconds))
    return answers, pd.DataFrame(
        {variant: [a["rate"] for a in found] for variant, found in answers.items()}
    )
