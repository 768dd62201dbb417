"""The served model as a run."""

from .. import artifacts
from ..artifacts import Run
from ..paths import best_dir


def served_run() -> Run:
    """Return the served model as a run whose files are in the folder of the served model.

    It has the name of the run that it comes from, but its own figures: of a model that answers as
    FER+'s viewers do by another scaling of its scores, that run has none by their answers.

    Raises:
        ArtifactError: the served model has no record.
    """
    return Run(best_dir(), artifacts.read_record(best_dir() / "run.json"))
