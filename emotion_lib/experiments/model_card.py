"""Model card of the served model, written from the record beside it.

Its sections are those of the template of model hubs (`huggingface_hub`), as far as they say
something here.
"""

from decimal import ROUND_CEILING, Context
from pathlib import Path

from .. import artifacts
from ..artifacts import Record
from ..artifacts.model_limits import LICENCE, LIMITS, PROHIBITED, TRAINED_ON
from ..evaluation.calibration import RISK
from ..files import write_text
from ..paths import best_dir
from .markdown import item, paragraph
from .model_card_head import metadata
from .model_card_tables import (
    accuracy_text,
    confusion_table,
    evaluations_table,
    recall_table,
    reliability_table,
)
from .model_card_training import data_lines, impact, origin
from .model_convention import convention, is_perceived

_USE = (
    "It is for learning how such models are made and measured, for comparing methods, and for "
    "demonstrations in which a wrong answer harms nobody.",
)
_GROUPS = (
    "FER-2013 has no ages, no origins, no genders, and no names of people. Another model could "
    "guess them, but its own errors, which also differ between groups, would enter every figure; "
    "so this was not done.",
)
_RECOMMENDED = (
    "Measure before you use it: with labelled pictures of your own, `emotion evaluate best "
    "my_pictures/ --groups groups.csv` gives every figure by groups that you know, with intervals "
    'and a warning on small ones. Show "not sure" where the model is not sure.',
)
_START = """```python
from emotion_lib import Predictor

predictor = Predictor.load()  # finds the faces, too
for face in predictor.predict("photo.jpg", abstain=predictor.threshold):
    print(face.label, face.probabilities)
```

With Keras alone, for faces that are cut out already:

```python
import keras

probabilities = keras.models.load_model("model.keras").predict(faces)  # (n, 48, 48, 1), 0..255
```"""
_DATA_CARDS = (
    "[FER-2013](../../docs/data/fer2013.md) and [FER+](../../docs/data/ferplus.md) have cards of "
    "their own: origin, composition, known faults, and what cannot be known.",
)
_LABELS_OF_TEST = (
    "PublicTest is the validation split, on which checkpoint, temperature and threshold were "
    "chosen; PrivateTest is the test split, which chose nothing. Do not compare accuracies by "
    "different labels.",
)


def write_model_card() -> Path:
    """Write the model card of the served model again, and return its path.

    Raises:
        ArtifactError: the served model has no record.
    """
    path = best_dir() / "MODEL_CARD.md"
    write_text(path, model_card(artifacts.read_record(best_dir() / "run.json")))
    return path


def model_card(record: Record) -> str:
    """Return the model card as Markdown, with a head of metadata in YAML.

    Args:
        record: content of the ``run.json`` beside the served model.
    """
    intro = (
        f"The model classifies which of {len(record.class_names)} expressions a viewer would "
        "*perceive* in a face. It does not know what a person feels.",
    )
    developed = [item("Developed by", "the contributors of the emotion lab.")]
    licence = [item("Licence", f"{LICENCE}. The model was {TRAINED_ON}.")]
    parts = [
        f"---\n{metadata(record)}\n---",
        f"# Model card: {record.name}",
        paragraph(intro),
        "## Model Details",
        *map(paragraph, convention(record)),
        "\n".join([*developed, *licence, *_inputs_and_files(record)]),
        "## Uses",
        "### Direct Use",
        paragraph(_USE),
        "### Out-of-Scope Use",
        paragraph(PROHIBITED),
        "## Bias, Risks, and Limitations",
        paragraph(LIMITS),
        paragraph(_GROUPS),
        "### Recommendations",
        paragraph(_RECOMMENDED),
        "## How to Get Started with the Model",
        _START,
        "## Training Details",
        "### Training Data",
        paragraph(_DATA_CARDS),
        "\n".join(data_lines(record)),
        "### Training Procedure",
        "\n".join(origin(record)),
        "## Evaluation",
        "### Testing Data, Factors & Metrics",
        paragraph(_LABELS_OF_TEST),
        "### Results",
        evaluations_table(record),
        recall_table(record),
        *confusion_table(record),
        *reliability_table(record),
        "## Environmental Impact",
        impact(record),
    ]
    return "\n\n".join(parts) + "\n"


def _inputs_and_files(record: Record) -> list[str]:
    """Return list items on input, output, confidence and files."""
    model = record.model
    compiled = model.compiled
    small = model.int8
    small_test = small.metrics.test
    calibration = record.calibration
    answered = calibration.answered
    risks = []
    for share, risk in calibration.risk_at_coverage.items():
        risks.append(f"{risk:.1%} of the most confident {share}")
    return [
        item(
            "Input",
            f"raw pixels 0..255, shape {tuple(model.input_shape)}, the face framed from brow "
            "to chin.",
        ),
        item("Output", f"probabilities of {', '.join(record.class_names)}, in this order."),
        item(
            "Confidence",
            "a temperature and one bias per class, fitted on validation, are part of the weights, "
            "so that the probabilities are calibrated (and the figures on validation are a little "
            "too good). The expected calibration error is "
            f"{record.metrics.test.calibration_error:.3f} on PrivateTest. Page and "
            f'commands answer "not sure" below {calibration.threshold:.2f}, a threshold set '
            f"for {calibration.risk:.0%} of wrong answers on validation{_chosen(record)}. They "
            "answer for "
            f"{answered['val'].coverage:.0%} of validation and for "
            f"{answered['test'].coverage:.0%} of PrivateTest, where "
            f"{answered['test'].risk:.1%} of the answers are wrong. Wrong answers on "
            f"PrivateTest: {', '.join(risks)}.",
        ),
        item(
            "Files",
            f"`model.keras` has {model.parameters:,} parameters, takes "
            f"{model.multiply_adds / 1e6:.0f} million multiply-adds per face and "
            f"{model.bytes / 1e6:.1f} MB, holds standard Keras layers in float32, and loads "
            "with `keras.models.load_model`. `model.tflite` is the same for LiteRT in "
            f"{compiled.bytes / 1e6:.1f} MB: on {compiled.faces:,} faces no probability "
            f"differs by more than {_rounded_up(compiled.difference):.0e}. After training, "
            "normalisation was folded into the weights, which leaves fewer parameters than the "
            "trained network has on the leaderboard, and the weights were rounded to 16 bits; the "
            "tables below are about these two files. `model.int8.tflite`, in "
            f"{small.bytes / 1e6:.2f} MB, has weights of 8 bits and is faster: its accuracy "
            f"on PrivateTest is {accuracy_text(small_test)}, n = {small_test.n:,}, with the same "
            f"answer for {small.same_answer:.1%} of the faces.",
        ),
    ]


def _rounded_up(value: float) -> float:
    """Return a value with one digit, rounded up, so that it stays a bound."""
    return float(Context(prec=1, rounding=ROUND_CEILING).create_decimal(f"{value:.6g}"))


def _chosen(record: Record) -> str:
    """Return why another share of wrong answers is allowed than by FER-2013's labels; or ""."""
    wrong = 1 - record.metrics.val.accuracy
    if not is_perceived(record) or wrong > RISK:
        return ""
    return (
        f" (not {RISK:.0%}, as for models of FER-2013's own labels: this one is wrong on "
        f"{wrong:.0%} of all validation images, so it would never be unsure)"
    )
