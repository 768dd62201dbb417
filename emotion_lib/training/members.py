"""Members of an ensemble: networks that were recorded as runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from .. import artifacts, evaluation
from ..artifacts import Run
from ..datasets import Dataset
from ..errors import EmotionError
from ..evaluation import Report


class EnsembleError(EmotionError, ValueError):
    """Members of an ensemble that are missing, or of which two have the same name."""


@dataclass(frozen=True)
class Member:
    """A member of an ensemble: a recorded run with its model.

    Attributes:
        run: the recorded run.
        model: loaded from the run's file.
        report: its evaluations, among them those with mirror images and with a simulated camera
            shift.
        perceived: the second head of the same network, if it was trained here; recorded second
            heads are members of their own.
    """

    run: Run
    model: keras.Model
    report: Report
    perceived: "Member | None" = None


def names_of(
    run_name: str, kind: str, options: Sequence[Mapping[str, Any]], others: Sequence[Member] = ()
) -> list[str]:
    """Return the run names of members that are to be trained.

    Args:
        run_name: of the notebook.
        kind: of the members, such as "member".
        options: settings of each member, with its "seed".
        others: further members of the ensemble.

    Raises:
        EnsembleError: two members would have the same name, and one would replace the other.

    Example:
        >>> names_of("14_ensemble", "member", [{"seed": 40}, {"seed": 41}])
        ['14_ensemble/member-40', '14_ensemble/member-41']
    """
    names = [f"{run_name}/{kind}-{setting['seed']}" for setting in options]
    all_names = names + [member.run.name for member in others]
    if len(set(all_names)) < len(all_names):
        raise EnsembleError(
            f"Expected members of different names. Received: {all_names}. Give each member another "
            "seed, and name no recorded run that is trained here again."
        )
    return names


def recorded_members(patterns: Sequence[str], dataset: Dataset, seed: int = 0) -> list[Member]:
    """Load and evaluate the members that recorded runs are.

    Args:
        patterns: names of runs, or patterns such as "13_compact_residual/wide-*".
        dataset: that they were trained on.
        seed: of the simulated camera shift.

    Raises:
        ArtifactError: a name or pattern stands for no run, its model file is missing or another
            than recorded, or it was trained on other data. No member is left out silently.
    """
    return [_loaded(run, dataset, seed) for run in artifacts.members(patterns, dataset)]


def _loaded(run: Run, dataset: Dataset, seed: int) -> Member:
    model, _ = artifacts.load_model(run.model_file)
    return Member(run, model, evaluation.report(model, dataset, flip=True, shift_seed=seed))
