"""Runs that differ in their random seed alone: one row of a table, one point of a figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from ..artifacts import Run, short_names

# Parameters that name the training, and do not change what is trained.
_OF_TRAINING = {"RUN_NAME", "SEED", "SEEDS"}
# Recorded as the machine has it where the notebook says "auto".
_OF_MACHINE = {"PRECISION"}


@dataclass(frozen=True)
class RunGroup:
    """One run, or the trainings of the same network with several seeds.

    Attributes:
        name: the run's name; of several, what their names share and their number:
            "16_recipe_ablation/no-votes, 3 seeds".
        runs: ordered by seed; at least one.
    """

    name: str
    runs: tuple[Run, ...]

    @property
    def middle(self) -> Run:
        """The run whose score on validation is the median: it stands for all in figures."""
        ordered = sorted(self.runs, key=validation_score)
        return ordered[(len(ordered) - 1) // 2]

    @property
    def notebook(self) -> str:
        """The name of the notebook that made the runs."""
        return self.runs[0].name.split("/")[0]


def is_trained_here(run: Run) -> bool:
    """Return whether a run trained its network: it is no file of the served model, no foreign one.

    Notebook 08 writes so into the record of what it reads.
    """
    return not run.record.model.weights.startswith(("the served model", "made elsewhere"))


def validation_score(run: Run) -> float:
    """Return what orders runs: accuracy on validation, or mean average precision if recorded."""
    val = run.record.metrics.val
    if val.mean_average_precision is not None:
        return val.mean_average_precision
    return val.accuracy


def best_first(runs: Sequence[Run]) -> list[Run]:
    """Return the runs ordered by data set, those of each by descending score on validation.

    Scores by different labels do not compare: agreement with FER+'s viewers is about 10 points
    higher than with FER-2013's own labels.
    """
    return sorted(runs, key=lambda run: (run.record.data.name, -validation_score(run)))


def folded(runs: Sequence[Run]) -> list[RunGroup]:
    """Return the runs with the seeds of one network together, ordered like :func:`best_first`.

    A run belongs to others if a part of its name ends with its seed ("wide-40", "seed-0/majority"),
    and the names differ in nothing else. All of them must have the same data set, network and
    parameters of the notebook; otherwise each stands for itself.

    Args:
        runs: of any data sets.
    """
    found: dict[tuple[str, bool], list[Run]] = {}
    for run in runs:
        name = _without_seed(run)
        # A run whose name holds no seed, such as the notebook's own, is no seed of others.
        found.setdefault((name, name != run.name), []).append(run)
    groups = []
    for (name, _), members in found.items():
        seeds = {run.record.seed for run in members}
        if len(members) > 1 and len(seeds) == len(members) and _is_alike(members):
            ordered = sorted(members, key=lambda run: run.record.seed or 0)
            groups.append(RunGroup(f"{name}, {len(members)} seeds", tuple(ordered)))
        else:
            groups += [RunGroup(run.name, (run,)) for run in members]
    return sorted(groups, key=_order)


def group_names(groups: Sequence[RunGroup]) -> dict[str, str]:
    """Return the abbreviation of each group's name, see :func:`emotion_lib.artifacts.short_names`.

    Raises:
        ArtifactError: two abbreviations are the same.
    """
    return short_names(group.name for group in groups)


def _order(group: RunGroup) -> tuple[str, float]:
    mean = fmean(validation_score(run) for run in group.runs)
    return group.runs[0].record.data.name, -mean


def _without_seed(run: Run) -> str:
    """Return a run's name without its seed: "13_x/wide-40" -> "13_x/wide", "16_x/seed-0" -> "16_x".

    A run that is not named by its seed keeps its name.
    """
    seed = f"-{run.record.seed}"
    parts = []
    for part in run.name.split("/"):
        part = part.removesuffix(seed)
        if part != "seed":
            parts.append(part)
    return "/".join(parts)


def _is_alike(runs: Sequence[Run]) -> bool:
    """Return whether the runs trained the same network on the same data in the same way."""
    first, *others = [_settings(run) for run in runs]
    return all(other == first for other in others)


def _settings(run: Run) -> Mapping[str, Any]:
    record = run.record
    # What differs from a notebook's defaults is not enough: these change from commit to commit.
    return {
        "data": (record.data.name, record.data.fingerprint),
        "parameters": record.model.parameters,
        "weights": record.model.weights,
        "changed": _without(record.changed, _OF_TRAINING),
        "used": _without(record.parameters, _OF_TRAINING | _OF_MACHINE),
    }


def _without(values: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in names}
