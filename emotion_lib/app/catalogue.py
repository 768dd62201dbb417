"""The models of a server, each of which can be combined with each face detector."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..artifacts import Record, record_beside
from ..faces.detectors import (
    SharedDetector,
    default_detector,
    installed_detectors,
    load_detector,
)
from ..files.thread_lock import Lock
from ..inference.compiled_file import compiled_file
from ..inference.networks import Runtime
from ..inference.predictor import Predictor
from ..paths import best_dir
from .about import reliability
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
        return record_beside(path) if path.is_file() else None

    def load(self, detector: SharedDetector) -> Predictor:
        """Load the model.

        Raises:
            ArtifactError, ModelError: as of :meth:`Predictor.load`.
        """
        return Predictor.load(
            self.path, class_names=self.class_names, detector=detector, runtime=self.runtime
        )


def shipped_models() -> dict[str, ModelFile]:
    """Return the promoted model, and its smaller and faster sibling if its file is there."""
    models = {"best": ModelFile()}
    if compiled_file(best_dir() / "model.keras", "int8").is_file():
        models["best int8"] = ModelFile(runtime="int8")
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

    def predictors(self) -> dict[str, Predictor]:
        """Return all models by name, with the default detector."""
        return {name: self.predictor(name) for name in self.models}

    def describe(self) -> list[ModelAnswer]:
        """Return what is known of each model. One without a record is loaded for it."""
        return [self._description(name) for name in self.models]

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

    def _description(self, name: str) -> ModelAnswer:
        model = self.models[name]
        record = model.record
        answer = ModelAnswer(name=name, detector=self.detectors[0])
        if record is None or isinstance(model, Predictor):
            predictor = self.predictor(name)
            class_names = predictor.class_names
            runtime = predictor.network.runtime
        else:
            class_names = model.class_names or record.class_names
            runtime = model.runtime
        answer.class_names = list(class_names)
        answer.threshold = Predictor.threshold_of(record)
        if record is not None:
            _add_figures(answer, record, runtime)
        return answer


def _add_figures(answer: ModelAnswer, record: Record, runtime: str) -> None:
    """Add the figures of a record to the description of a model."""
    answer.reliability = reliability(record)
    answer.run = record.name
    answer.data = record.data.name
    answer.parameters = record.model.parameters
    compiled = record.model.int8 if runtime == "int8" else record.model.compiled
    answer.bytes = compiled.bytes if compiled else record.model.bytes
    metrics = record.metrics
    if runtime == "int8" and record.model.int8:
        metrics = record.model.int8.metrics
    answer.accuracy = metrics.test.accuracy
    answer.accuracy_interval_95 = metrics.test.accuracy_interval_95
    answer.test_images = metrics.test.n
