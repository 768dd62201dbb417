"""The models of a server, each of which can be combined with each face detector."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from ..artifacts import Record, answers_by, record_beside
from ..faces.detectors import (
    SharedDetector,
    default_detector,
    installed_detectors,
    load_detector,
)
from ..files.thread_lock import Lock
from ..inference.compiled_file import compiled_file
from ..inference.model_choice import BEST, ENSEMBLE, INT8, ensemble_here
from ..inference.networks import Runtime
from ..inference.predictor import Predictor
from ..paths import best_dir
from .about import Known, reliability
from .errors import RequestError
from .schemas import ModelAnswer


@dataclass(frozen=True)
class ModelFile:
    """A model that is loaded when it is first used.

    Attributes:
        path: a ``.keras`` or ``.tflite`` file; None: the promoted model.
        runtime: see :meth:`emotion_lib.inference.predictor.Predictor.load`.
        class_names: of a file that does not hold them.
    """

    path: Path | None = None
    runtime: Runtime = "auto"
    class_names: tuple[str, ...] | None = None

    @cached_property
    def record(self) -> Record | None:
        """The record beside the file, which is read without loading the model."""
        path = self.path or best_dir() / "model.keras"
        record = record_beside(path) if path.is_file() else None
        if record is not None and self.is_int8:
            return record.of_int8()
        return record

    @property
    def is_int8(self) -> bool:
        """Whether the model's weights have 8 bits."""
        alone = self.path is not None and self.path.name.lower().endswith(".int8.tflite")
        return self.runtime == "int8" or alone

    def load(self, detector: SharedDetector) -> Predictor:
        """Load the model.

        Raises:
            ArtifactError, ModelError: as of :meth:`Predictor.load`.
        """
        return Predictor.load(
            self.path, class_names=self.class_names, detector=detector, runtime=self.runtime
        )


def models_here() -> dict[str, ModelFile]:
    """Return the promoted model, and the other named ones whose files are here.

    These are its smaller and faster sibling, and the most accurate ensemble. Where Keras is not
    installed, an ensemble can only be chosen if it was compiled.
    """
    models = {BEST: ModelFile()}
    if compiled_file(best_dir() / "model.keras", "int8").is_file():
        models[INT8] = ModelFile(runtime="int8")
    ensemble = ensemble_here()
    if ensemble is not None:
        file = ensemble.model_file
        if compiled_file(file).is_file() or find_spec("keras") is not None:
            models[ENSEMBLE] = ModelFile(file)
    return models


class Catalogue:
    """Models and detectors by name, loaded once, when they are first used.

    Args:
        models: name -> model; the first one is the default. A predictor is loaded already.
        detector: name of the default detector; None: the best one that is installed, or that of
            the first predictor.

    Attributes:
        models: as above.
        detectors: names of the detectors, the default first.
    """

    def __init__(self, models: Mapping[str, ModelFile | Predictor], detector: str | None = None):
        self.models = dict(models)
        self._predictors: dict[tuple[str, str], Predictor] = {}
        self._detectors: dict[str, SharedDetector] = {}
        self._lock = Lock()
        for name, model in self.models.items():
            if isinstance(model, Predictor):
                self._predictors[name, model.detector.name] = model
                self._detectors.setdefault(model.detector.name, model.detector)
        first = detector or next(iter(self._detectors), None) or default_detector()
        self.detectors = tuple(dict.fromkeys((first, *self._detectors, *installed_detectors())))

    def names(self, model: str | None = None, detector: str | None = None) -> tuple[str, str]:
        """Return the names of a model and a detector, with the defaults for None or "".

        Raises:
            RequestError: there is no such model or detector; the message lists those there are.
        """
        model = model or next(iter(self.models))
        detector = detector or self.detectors[0]
        if model not in self.models:
            raise RequestError(
                f"Expected one of the models {list(self.models)}. Received: {model[:80]!r}. "
                "Choose one of these."
            )
        if detector not in self.detectors:
            raise RequestError(
                f"Expected one of the detectors {list(self.detectors)}. "
                f"Received: {detector[:80]!r}. Choose one of these."
            )
        return model, detector

    def predictor(self, model: str | None = None, detector: str | None = None) -> Predictor:
        """Return a model with a detector; the first call for a name loads it.

        Raises:
            RequestError: there is no such model or detector.
            ArtifactError, ModelError, DetectorError: it cannot be loaded.
        """
        key = self.names(model, detector)
        found = self._predictors.get(key)
        if found is None:
            with self._lock:
                found = self._predictors.get(key) or self._loaded(*key)
                self._predictors[key] = found
        return found

    async def loaded(self, model: str | None = None, detector: str | None = None) -> Predictor:
        """Return :meth:`predictor`; other requests are answered while it is loaded."""
        found = self._predictors.get(self.names(model, detector))
        return found or await asyncio.to_thread(self.predictor, model, detector)

    def known(self) -> dict[str, Known]:
        """Return what is known of each model by name. One without a record is loaded for it."""
        return {name: self._known(name) for name in self.models}

    def describe(self) -> list[ModelAnswer]:
        """Return the description of each model for the page."""
        return [self._description(name, known) for name, known in self.known().items()]

    def _loaded(self, model: str, detector: str) -> Predictor:
        if detector not in self._detectors:
            self._detectors[detector] = SharedDetector(load_detector(detector))
        shared = self._detectors[detector]
        for (name, _), other in self._predictors.items():
            if name == model:  # the same network
                return Predictor(other.network, other.class_names, shared, other.record)
        file = self.models[model]
        assert isinstance(file, ModelFile)  # a predictor is among those above
        return file.load(shared)

    def _known(self, name: str) -> Known:
        model = self.models[name]
        if isinstance(model, ModelFile) and model.record is not None:
            return Known(model.class_names or model.record.class_names, model.record, model.is_int8)
        predictor = self.predictor(name)
        return Known.of(predictor)

    def _description(self, name: str, known: Known) -> ModelAnswer:
        record = known.record
        answer = ModelAnswer(name=name, detector=self.detectors[0])
        answer.class_names = list(known.class_names)
        answer.threshold = known.threshold
        if record is not None:
            _add_figures(answer, record, known.is_int8)
        return answer


def _add_figures(answer: ModelAnswer, record: Record, is_int8: bool) -> None:
    """Add the figures of a record to the description of a model."""
    answer.reliability = reliability(record)
    answer.run = record.name
    answer.data = record.data.name
    answer.answers_by = answers_by(record)
    answer.is_ensemble = record.is_ensemble
    answer.parameters = record.model.parameters
    answer.multiply_adds = record.model.multiply_adds
    compiled = record.model.int8 if is_int8 else record.model.compiled
    answer.bytes = compiled.bytes if compiled else record.model.bytes
    answer.accuracy = record.metrics.test.accuracy
    answer.accuracy_interval_95 = record.metrics.test.accuracy_interval_95
    answer.test_images = record.metrics.test.n
