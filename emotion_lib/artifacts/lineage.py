"""Runs that other runs are made of: the members of an ensemble, the teachers of a student."""

from collections.abc import Iterable
from pathlib import Path

from ..files import sha256
from ..paths import artifacts_dir
from .naming import belongs
from .protocols import DatasetLike
from .record import Record
from .run import Run, runs
from .writing import ArtifactError


def members(patterns: Iterable[str], dataset: DatasetLike) -> list[Run]:
    """Return the runs whose models an ensemble consists of.

    Args:
        patterns: names of runs, or patterns of names such as "13_compact_residual/wide-*" (see
            :func:`emotion_lib.artifacts.belongs`).
        dataset: the data set that they must have been trained on.

    Raises:
        ArtifactError: a name or pattern stands for no run; a run's model file is missing or is
            not the one that its record describes; or it was trained on other data. No member is
            left out silently.
    """
    known = runs()
    found: dict[str, Run] = {}
    for pattern in patterns:
        matching = [run for run in known if belongs(run.name, [pattern])]
        if not matching:
            raise ArtifactError(
                f"Expected a run of the name {pattern!r} in {artifacts_dir()}. "
                f"Received: {[run.name for run in known]}. Name a run, or its parts by a pattern "
                f"such as {pattern.rstrip('/')}/*."
            )
        for run in matching:
            found[run.name] = run
    for run in found.values():
        _check_member(run, dataset)
    return list(found.values())


def _check_member(run: Run, dataset: DatasetLike) -> None:
    make_it = f"Make it: emotion run --again {run.name}"
    if not run.model_file.is_file():
        raise ArtifactError(
            f"Expected the model of {run.name} at {run.model_file}. Received: no such file; "
            f"models of runs are not tracked. {make_it}"
        )
    if sha256(run.model_file) != run.record.model.sha256:
        raise ArtifactError(
            f"Expected the model that {run.name}'s run.json describes at {run.model_file}. "
            f"Received: another file. {make_it}"
        )
    data = run.record.data
    if data.fingerprint != dataset.fingerprint:
        raise ArtifactError(
            f"Expected members that were trained on {dataset.name} (fingerprint "
            f"{dataset.fingerprint}). Received: {run.name}, trained on {data.name} "
            f"({data.fingerprint}). Leave it out, or train it again."
        )


def parents(run: Run) -> list[Run]:
    """Return the recorded runs that a run is made of, in the order of its record.

    Raises:
        ArtifactError: one of them is not recorded, or has another model today. The run then cannot
            be made again.
    """
    if missing := missing_parents(run.record):
        name, reason = next(iter(missing.items()))
        raise ArtifactError(
            f"Expected recorded runs as the members or teachers of {run.name}, so that it can be "
            f"made again. Received: {name}, {reason}."
        )
    known = {other.name: other for other in runs()}
    return [known[name] for name in run.record.model.made_of]


def missing_parents(record: Record, root: Path | None = None) -> dict[str, str]:
    """Return the runs that a run is made of and that cannot be made again, with the reasons.

    Args:
        record: of the run.
        root: the folder of recorded runs; None: the artifacts folder.
    """
    known = {run.name: run for run in runs(root)}
    missing = {}
    for name, digest in record.model.made_of.items():
        if name not in known:
            missing[name] = "of which there is no record"
        elif known[name].record.model.sha256 != digest:
            missing[name] = "whose record is of a later model"
    return missing
