"""The models and records that ``emotion verify`` takes, and the checks of each."""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from .. import artifacts
from ..artifacts import ArtifactError, Record, Run
from ..datasets import Dataset
from ..files import printable, sha256
from ..inference.model_choice import BEST
from ..paths import artifacts_dir
from .checks import Check, compared
from .recorded_data import Data
from .served_run import served_run
from .verification import checks_by_scores


class Subject(NamedTuple):
    """A record to verify.

    Attributes:
        run: the recorded run, or the served model.
        model: its ``.keras`` file; None if that is not here.
    """

    run: Run
    model: Path | None


def subject_of(name: str) -> Subject:
    """Return the record and the model that a name stands for.

    Args:
        name: "best"; a recorded run; a run's folder; or a model file that a record beside it, or
            one among the recorded runs, describes by its SHA-256.

    Raises:
        ArtifactError: there is no such run or file, or no record describes the file.
    """
    if name == BEST:
        run = served_run()
        return Subject(run, _model_of(run))
    path = Path(name)
    if path.is_file():
        return _subject_of_file(path)
    if (path / "run.json").is_file():
        run = Run(path, artifacts.read_record(path / "run.json"))
        return Subject(run, _model_of(run))
    if path.suffix in (".keras", ".tflite"):
        raise ArtifactError(
            f"Expected a model file. Received: {printable(path)}, which is not there."
        )
    if not (artifacts_dir() / name / "run.json").is_file():
        raise _no_record(name)
    run = artifacts.load_run(name)
    return Subject(run, _model_of(run))


def _no_record(name: str) -> ArtifactError:
    close = difflib.get_close_matches(name, [run.name for run in artifacts.runs()], 5, 0.3)
    kind = ", a folder without run.json" if Path(name).is_dir() else ""
    return ArtifactError(
        f"Expected best, a recorded run{_such_as(close)}, its folder, or a .keras file. "
        f"Received: {printable(name)}{kind}. `emotion runs` lists the runs."
    )


def _such_as(names: list[str]) -> str:
    return f" such as {' or '.join(names)}" if names else ""


def _model_of(run: Run) -> Path | None:
    """Return the model file of a run, if it is the one of the record."""
    file = run.model_file
    return file if file.is_file() and sha256(file) == run.record.model.sha256 else None


def _subject_of_file(path: Path) -> Subject:
    if path.suffix != ".keras":
        raise ArtifactError(
            f"Expected a .keras file, a recorded run or best. Received: {printable(path)}. A "
            "compiled file is verified with the .keras file that it was made from."
        )
    record = artifacts.record_beside(path)
    if record is not None:
        return Subject(Run(path.parent, record), path)
    digest = sha256(path)
    for run in (served_run(), *artifacts.runs()):
        if run.record.model.sha256 == digest:
            return Subject(run, path)
    raise ArtifactError(
        f"Expected a model file that a record describes: run.json beside it, or of a recorded run "
        f"in {printable(artifacts_dir())}, with its SHA-256. Received: {printable(path)} "
        f"({digest[:12]}...), which none describes."
    )


def checks_of(subject: Subject, data: Data) -> Iterator[Check]:
    """Yield the checks of a record: by its model, or by its scores alone.

    Raises:
        ArtifactError: neither a model nor the scores are here, or they or the curves are damaged.
    """
    run, model = subject
    yield from training_checks(run)
    if model is not None:
        from .model_checks import checks_by_model

        yield from checks_by_model(run, model, data)
        return
    yield from _unloaded_model_checks(run)
    if run.model_file.is_file() and not (run.folder / "test_scores.npz").is_file():
        return  # another model than that of the record, which is what the checks say
    yield from checks_by_scores(run, _data_of(run.record, data))


def _unloaded_model_checks(run: Run) -> list[Check]:
    """Return the checks of a model that is not here, is another one, or is not to be loaded."""
    if not run.model_file.is_file():
        reason = "the model file is not here; models of runs are not tracked"
        return [Check("model.keras", "", "not checked", reason=reason)]
    recorded = {"sha256": run.record.model.sha256}
    return compared("model.keras", recorded, {"sha256": sha256(run.model_file)})


def _data_of(record: Record, data: Data) -> Dataset | None:
    """Return the data of a record where figures without twins depend on it."""
    if record.metrics.test_without_twins is None:
        return None
    return data(record.data.name)


def training_checks(run: Run) -> list[Check]:
    """Return checks of the recorded training against the curves in history.csv.

    The curves of the served model are those of the run that it comes from.

    Raises:
        ArtifactError: that file is damaged.
    """
    import pandas as pd

    training = run.record.training
    if not training.epochs:
        return []
    file = _history_file(run)
    if file is None:
        return [Check("training", "", "not checked", reason="its history.csv is not here")]
    try:
        history = pd.read_csv(file)
    except ValueError as error:  # also no text, or no table
        raise ArtifactError(
            f"Expected the training curves in {printable(file)}. Received: {error}. Copy the "
            "run's folder again, or train it again."
        ) from error
    recorded: dict[str, float] = {"epochs": training.epochs}
    found: dict[str, float] = {"epochs": len(history)}
    if "seconds" in history:
        recorded["seconds"] = training.seconds
        found["seconds"] = round(float(history["seconds"].sum()), 1)
    metric = (training.chosen_by or "").removeprefix("highest validation ")
    monitor = "val_" + metric.replace(" ", "_")
    if training.chosen_epoch is None:
        return compared("training", recorded, found)
    if monitor not in history:
        reason = f"its history.csv has no {monitor}, by which it was chosen"
        unknown = Check(
            "training", "chosen_epoch", "not checked", training.chosen_epoch, reason=reason
        )
        return [*compared("training", recorded, found), unknown]
    recorded["chosen_epoch"] = training.chosen_epoch
    found["chosen_epoch"] = int(history[monitor].idxmax()) + 1
    return compared("training", recorded, found)


def _history_file(run: Run) -> Path | None:
    """Return the curves of a training; None if they are not here."""
    file = run.folder / "history.csv"
    if file.is_file():
        return file
    try:
        origin = artifacts.load_run(run.record.name)
    except ArtifactError:
        return None
    file = origin.folder / "history.csv"
    # A later training of the same name has other curves.
    return file if file.is_file() and origin.record.date == run.record.date else None


def counts_text(checks: Iterable[Check]) -> str:
    """Return how many figures were equal, within bounds, different and not checked."""
    counts = Counter(check.result for check in checks)
    return (
        f"{counts['equal']:,} equal, {counts['within']:,} within rounding, "
        f"{counts['differs']:,} differ, {counts['not checked']:,} not checked"
    )
