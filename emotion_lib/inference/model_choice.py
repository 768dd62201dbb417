"""Names of models: short ones, and those of recorded runs.

Whatever takes a model takes a file, the name of a recorded run whose model file is here, or one of
:data:`SHORT_NAMES`:

- "best": the promoted model, which ships with the project;
- "best int8", or "int8": its sibling with weights of 8 bits, which is smaller and faster;
- "ensemble": the most accurate recorded ensemble whose file is here. It answers by the labels that
  "best" answers by, if there is such an ensemble. It is not shipped, because of its size.
"""

import os
from pathlib import Path
from typing import NamedTuple

from .. import artifacts
from ..artifacts import ArtifactError, Record, Run
from ..errors import ModelError
from ..files import printable
from ..paths import artifacts_dir, best_dir
from .networks import Runtime

BEST = "best"
INT8 = "best int8"
ENSEMBLE = "ensemble"
SHORT_NAMES = (BEST, INT8, "int8", ENSEMBLE)
_MODEL_SUFFIXES = (".keras", ".tflite", ".h5", ".hdf5")


class ModelChoice(NamedTuple):
    """A model file, and the engine that its name asks for.

    Attributes:
        name: as the model was named; of a file its path.
        file: the model file.
        runtime: see :func:`emotion_lib.inference.networks.load_network`.
    """

    name: str
    file: Path
    runtime: Runtime = "auto"

    def runtime_of(self, asked: Runtime) -> Runtime:
        """Return the engine that a caller asks for, or the name's where that is open.

        Raises:
            ModelError: these are two different ones.
        """
        if "auto" not in (self.runtime, asked) and asked != self.runtime:
            raise ModelError(
                f"Expected the runtime {self.runtime} or auto for {self.name}. Received: {asked}. "
                "Name best, or leave the runtime out."
            )
        return self.runtime if asked == "auto" else asked

    def keras_file(self) -> Path:
        """Return the file for what computes with Keras, such as an evaluation.

        Raises:
            ModelError: the name is of a compiled form.
        """
        if self.runtime == "int8":
            raise ModelError(
                f"Expected a model that Keras computes. Received: {self.name}, which LiteRT "
                "computes. Name best, a recorded run, or a .keras file."
            )
        return self.file


def model_choice(model: str | os.PathLike | None) -> ModelChoice:
    """Return the file that a name of a model stands for.

    Args:
        model: one of :data:`SHORT_NAMES`; a file, which need not exist if its suffix is that of a
            model; a folder of a run; or the name of a recorded run. None: "best". A file of one of
            the short names is named by its path, such as ``./best``.

    Raises:
        ArtifactError: nothing here has this name, or the run's model file is not here or not the
            one that its record describes.

    Example:
        >>> model_choice("int8").file.name, model_choice("int8").runtime
        ('model.keras', 'int8')
    """
    name = BEST if model is None else os.fspath(model)
    if name == BEST:
        return ModelChoice(BEST, best_dir() / "model.keras")
    if name in (INT8, "int8"):
        return ModelChoice(INT8, best_dir() / "model.keras", "int8")
    if name == ENSEMBLE:
        return ModelChoice(ENSEMBLE, _ensemble().existing_model())
    path = Path(name)
    if path.is_file() or (path.suffix.lower() in _MODEL_SUFFIXES and not _is_run(name)):
        return ModelChoice(name, path)
    if (path / "run.json").is_file():
        run = Run(path, artifacts.read_record(path / "run.json"))
        return ModelChoice(name, run.existing_model())
    if (path / "model.keras").is_file():
        return ModelChoice(name, path / "model.keras")
    if not _is_run(name):
        raise _unknown(name)
    return ModelChoice(name, artifacts.load_run(name).existing_model())


def ensemble_here() -> Run | None:
    """Return the recorded ensemble that "ensemble" stands for, or None if none is here.

    Its file is compared with its record only when it is loaded, as a digest of 76 MB takes time.
    """
    served = _served_record()
    found = []
    for run in _runs_here():
        if run.record.is_ensemble and _has_classes_of(served, run.record):
            found.append(run)

    def rank(run: Run) -> tuple[bool, float]:
        # Accuracies by other labels cannot be compared.
        same_labels = served is not None and run.record.data.name == served.data.name
        return same_labels, run.record.metrics.val.accuracy

    return max(found, key=rank, default=None)


def _ensemble() -> Run:
    run = ensemble_here()
    if run is None:
        recorded = [run for run in artifacts.runs() if run.record.is_ensemble]
        sizes = []
        for other in recorded:
            size = f"{other.record.model.bytes / 1e6:.0f} MB" if other.record.model.bytes else "?"
            sizes.append(f"{other.name} ({size})")
        raise ArtifactError(
            f"Expected the model file of a recorded ensemble below {printable(artifacts_dir())}. "
            f"Received: none; recorded without their files: {', '.join(sizes) or 'none'}. "
            "An ensemble is not shipped, because of its size. `make champion` makes one, "
            "`emotion run 14` one of members that are here, and `emotion runs import` brings that "
            "of another machine."
        )
    return run


def _runs_here() -> list[Run]:
    """Return the full runs whose model file is here, by its size."""
    found = []
    root = artifacts_dir()
    for file in root.rglob("model.keras"):
        if not (file.parent / "run.json").is_file():
            continue
        try:
            run = Run(file.parent, artifacts.read_record(file.parent / "run.json"))
        except ArtifactError:  # `emotion models` reports it
            continue
        is_its_place = run.name == file.parent.relative_to(root).as_posix()
        size = run.record.model.bytes
        if run.record.full and is_its_place and size in (None, file.stat().st_size):
            found.append(run)
    return found


def _served_record() -> Record | None:
    file = best_dir() / "run.json"
    return artifacts.read_record(file) if file.is_file() else None


def _has_classes_of(served: Record | None, record: Record) -> bool:
    return served is None or record.class_names == served.class_names


def _is_run(name: str) -> bool:
    try:
        return (artifacts.run_folder(name) / "run.json").is_file()
    except ArtifactError:  # no possible name of a run
        return False


def _unknown(name: str) -> ArtifactError:
    here = ", ".join(sorted(run.name for run in _runs_here()))
    return ArtifactError(
        f"Expected best, best int8, ensemble, a .keras or .tflite file, or a recorded run whose "
        f"model is here ({here or 'none is'}). Received: {printable(name)}. `emotion models` lists "
        "what can be loaded."
    )
