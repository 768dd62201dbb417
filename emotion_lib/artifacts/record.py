"""The record of a run: the content of its run.json, as frozen dataclasses.

:mod:`emotion_lib.artifacts.record_files` reads and writes it. A field that has its default value
is left out of the file.
"""

from dataclasses import dataclass, field, replace
from typing import Any

VERSION = 3  # of the format; to be raised when a field is renamed, removed or added


@dataclass(frozen=True)
class DataRecord:
    """The data set of a run.

    Attributes:
        name: such as "fer2013".
        fingerprint: SHA-256 (16 hex digits) of pixels, labels and options.
        images: number of images per split.
        notes: what was dropped, skipped or odd, in sentences.
    """

    name: str
    fingerprint: str
    images: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figures:
    """The figures of one evaluation (see :class:`emotion_lib.evaluation.Evaluation`).

    Those below ``recall`` depend on the task: one class per image, or several labels per image.
    A figure of a label that no image has is None.
    """

    n: int
    accuracy: float
    accuracy_interval_95: tuple[float, float]
    macro_f1: float
    balanced_accuracy: float | None = None
    recall: dict[str, float | None] = field(default_factory=dict)
    calibration_error: float | None = None
    micro_f1: float | None = None
    hamming_loss: float | None = None
    mean_average_precision: float | None = None
    average_precision: dict[str, float | None] = field(default_factory=dict)
    prevalence: dict[str, float | None] = field(default_factory=dict)
    thresholds: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Metrics:
    """The evaluations of a run.

    Attributes:
        val: on validation.
        test: on test.
        test_without_twins: on the test images that have no pixel-identical training image; None
            where that is not known.
        further: other evaluations by name, such as "test, mirror image".
    """

    val: Figures
    test: Figures
    test_without_twins: Figures | None = None
    further: dict[str, Figures] = field(default_factory=dict)

    def evaluations(self) -> dict[str, Figures]:
        """Return the figures of each evaluation by name: "val", "test", "test, mirror image"."""
        found = {"val": self.val, "test": self.test}
        if self.test_without_twins is not None:
            found["test_without_twins"] = self.test_without_twins
        return found | self.further


@dataclass(frozen=True)
class Answered:
    """The answers of a model above its threshold.

    Attributes:
        coverage: share of images that are answered.
        risk: share of wrong answers among these.
    """

    coverage: float
    risk: float


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers of a promoted model whose confidence is alike.

    Attributes:
        low: least confidence of the bin.
        high: confidence below which the bin ends; 1.0, of the last bin, is part of it.
        n: number of images.
        share: share of them whose most probable class is their label.
    """

    low: float
    high: float
    n: int
    share: float


@dataclass(frozen=True)
class CalibrationRecord:
    """The confidence of a promoted model, and from where it answers instead of "not sure".

    Attributes:
        threshold: least confidence of an answer.
        split: that the threshold was fitted on.
        risk: share of wrong answers that it was fitted for.
        answered: per split.
        risk_at_coverage: risk on test if only the most confident share is answered ("25%").
        temperature: of temperature scaling; part of the weights.
        bias: of temperature scaling, one per class; part of the weights.
        reliability: bins of confidence from 0 to 1 on the split of the threshold.
    """

    threshold: float
    split: str | None = None
    risk: float | None = None
    answered: dict[str, Answered] = field(default_factory=dict)
    risk_at_coverage: dict[str, float] = field(default_factory=dict)
    temperature: float | None = None
    bias: tuple[float, ...] = ()
    reliability: tuple[ReliabilityBin, ...] = ()


@dataclass(frozen=True)
class ConfusionRecord:
    """The images of a split by label and answer, of a promoted model.

    Attributes:
        split: such as "test".
        n: number of images.
        counts: images by label (rows) and most probable class (columns), both in the order of the
            record's class names.
        recall_interval_95: Wilson interval of each class's recall.
    """

    split: str
    n: int
    counts: tuple[tuple[int, ...], ...]
    recall_interval_95: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class CompiledFile:
    """The model compiled for LiteRT.

    Attributes:
        bytes: size of the file.
        sha256: its digest.
        difference: largest difference of a probability from the Keras model's.
        faces: number of faces that were compared.
    """

    bytes: int
    sha256: str
    difference: float
    faces: int


@dataclass(frozen=True)
class Int8File:
    """The model compiled for LiteRT with weights of 8 bits.

    Attributes:
        bytes: size of the file.
        sha256: its digest.
        same_answer: share of test faces to which it gives the Keras model's answer.
        metrics: its own evaluations.
        calibration: its own confidence; of a promoted model.
        confusion: its own answers on test, likewise.
    """

    bytes: int
    sha256: str
    same_answer: float
    metrics: Metrics
    calibration: CalibrationRecord | None = None
    confusion: ConfusionRecord | None = None


@dataclass(frozen=True)
class ModelRecord:
    """The model of a run.

    Attributes:
        parameters: number of weights.
        weights: where the initial weights came from.
        sha256: digest of the model file.
        input_shape: of one image or feature vector, without the batch.
        bytes: size of the model file.
        multiply_adds: per face; of a promoted model.
        made_of: members or teachers: name of the run -> SHA-256 of its model file.
        compiled: None if the model was not compiled.
        int8: None likewise.
    """

    parameters: int
    weights: str
    sha256: str
    input_shape: tuple[int, ...] = ()
    bytes: int | None = None
    multiply_adds: int | None = None
    made_of: dict[str, str] = field(default_factory=dict)
    compiled: CompiledFile | None = None
    int8: Int8File | None = None

    def digests(self) -> set[str]:
        """Return the SHA-256 of every file that holds the model."""
        found = {self.sha256}
        for compiled in (self.compiled, self.int8):
            if compiled is not None:
                found.add(compiled.sha256)
        return found


@dataclass(frozen=True)
class TrainingRecord:
    """The training of a run.

    Attributes:
        epochs: number of epochs that were trained; 0 for a model without epochs.
        seconds: wall time of the training.
        precision: such as "mixed_bfloat16".
        backend: that it was trained with, which may differ from the one that evaluated it.
        device: that it was trained on, likewise.
        chosen_epoch: the epoch whose weights were kept.
        chosen_by: how they were chosen.
    """

    epochs: int
    seconds: float
    precision: str
    backend: str
    device: str
    chosen_epoch: int | None = None
    chosen_by: str | None = None


@dataclass(frozen=True)
class EnvironmentRecord:
    """The machine and the software that evaluated a run and wrote its record."""

    backend: str
    device: str
    python: str | None = None
    packages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """The content of run.json.

    Attributes:
        name: the run's name, its folder's path below the artifacts.
        full: True if it was made on the whole of a real data set.
        date: when it was written, ISO 8601.
        commit: the code's, at the start of the run.
        parameters: of the notebook, by which the run can be made again.
        changed: those of them that differ from the notebook's defaults.
        seed: of this training.
        class_names: the meaning of the model's outputs, in order.
        data, model, training, environment, metrics, calibration, confusion: see their classes.

    Example:
        >>> load_run("13_compact_residual/wide-40").record.metrics.test.accuracy  # doctest: +SKIP
        0.7105043187517415
    """

    name: str
    full: bool
    date: str
    commit: str
    parameters: dict[str, Any]
    changed: dict[str, Any]
    seed: int | None
    class_names: tuple[str, ...]
    data: DataRecord
    model: ModelRecord
    training: TrainingRecord
    environment: EnvironmentRecord
    metrics: Metrics
    calibration: CalibrationRecord | None = None
    confusion: ConfusionRecord | None = None

    @property
    def is_ensemble(self) -> bool:
        """Whether the model is the mean of other runs' models, and was not trained itself."""
        return bool(self.model.made_of) and not self.training.epochs

    def of_int8(self) -> "Record":
        """Return the record with the figures of the int8 file in place of the Keras model's.

        Where the confidence of the int8 file was not measured, it has the Keras model's threshold,
        and no reliability.
        """
        small = self.model.int8
        if small is None:
            return self
        calibration = small.calibration
        if calibration is None and self.calibration is not None:
            calibration = CalibrationRecord(self.calibration.threshold)
        return replace(
            self, metrics=small.metrics, calibration=calibration, confusion=small.confusion
        )
