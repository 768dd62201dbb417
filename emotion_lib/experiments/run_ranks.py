"""Ranks of recorded runs, from their tracked scores."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from zipfile import BadZipFile

from ..artifacts import Run
from ..evaluation import Evaluation, ranking_groups
from .recorded_scores import evaluation_of


def run_ranks(runs: Iterable[Run]) -> dict[Path, int]:
    """Return the rank of each run among those of the same test images, labels and classes.

    See :func:`emotion_lib.evaluation.ranking_groups`. The p-values are adjusted for the pairs among
    the runs given, so a table and a part of it may have other ranks.

    A run has no rank if it was not made in full, if its scores are not there, or if no other run
    has the same images. Multi-label runs have none either: they are ordered by the mean average
    precision, which McNemar's test does not compare.

    Args:
        runs: of any data sets.

    Returns:
        Rank by the run's folder.
    """
    tables: dict[tuple, dict[Path, Evaluation]] = defaultdict(dict)
    for run in runs:
        evaluation = _test_of(run)
        if evaluation is not None and run.record.full and not evaluation.multi_label:
            data = run.record.data.name
            key = (data, evaluation.class_names, evaluation.y_true.tobytes())
            tables[key][run.folder] = evaluation
    ranks: dict[Path, int] = {}
    for evaluations in tables.values():
        if len(evaluations) > 1:
            names = {str(folder): one for folder, one in evaluations.items()}
            found = ranking_groups(names)
            ranks |= {Path(name): rank for name, rank in found.items()}
    return ranks


def _test_of(run: Run) -> Evaluation | None:
    """Return the evaluation of a run's test scores; None if they cannot be read."""
    try:
        return evaluation_of(run)
    except (OSError, ValueError, KeyError, BadZipFile):
        return None
