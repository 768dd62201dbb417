"""Model card of the served model, written from the record beside it."""

import textwrap
from pathlib import Path

from .. import artifacts
from ..artifacts import Figures, Record
from ..artifacts.model_limits import LIMITS, PROHIBITED
from ..evaluation.calibration import RISK
from ..files import write_text
from ..paths import ROOT, best_dir
from ..training.second_head import LABEL_HEAD, OWN_LABELS
from .markdown import table
from .model_convention import convention, is_perceived, label_head_recall
from .served_files import LABEL_HEAD_BY_VIEWERS, PUBLISHED, SHIFTED

_EVALUATIONS = {
    "val": "PublicTest (validation: the checkpoint was chosen on it)",
    "test": "PrivateTest (test)",
    "test_without_twins": "PrivateTest without twins of training images",
    SHIFTED: "PublicTest, shifted: re-framed, blurred, noisy, small, compressed",
    OWN_LABELS["test"]: "PrivateTest by FER-2013's own labels",
    PUBLISHED: "PrivateTest by FER+'s published protocol, eight classes; contempt counts as wrong",
    LABEL_HEAD["test"]: "PrivateTest by FER-2013's own labels, label head (not served)",
    LABEL_HEAD_BY_VIEWERS: "PrivateTest by the viewers' answers, label head (not served)",
}


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
    metrics = record.metrics
    evaluations = metrics.evaluations()
    rows = []
    for name, title in _EVALUATIONS.items():
        if name not in evaluations:
            continue
        figures = evaluations[name]
        cells = [title, f"{figures.n:,}", _accuracy(figures)]
        cells += [f"{figures.balanced_accuracy:.1%}", f"{figures.macro_f1:.3f}"]
        rows.append(cells)
    header = ["split", "n", "accuracy [95 % interval]", "balanced accuracy", "macro-F1"]
    parts = [
        f"---\n{_head(record)}\n---",
        f"# Model card: {record.name}",
        f"The model classifies which of {len(record.class_names)} expressions a viewer would "
        "*perceive* in a face. It does not know what a person feels.",
        *map(_paragraph, convention(record)),
        "\n".join([*_inputs_and_files(record), *_origin(record)]),
        table(header, rows),
        _recall(record),
        *_confusion(record),
        *_reliability(record),
        "## Limits",
        _paragraph(LIMITS),
        "## Prohibited and unsuitable uses",
        _paragraph(PROHIBITED),
    ]
    return "\n\n".join(parts) + "\n"


def _recall(record: Record) -> str:
    """Return the table of recall, with intervals and the label head if the record has them."""
    intervals = record.confusion.recall_interval_95 if record.confusion else {}
    label_head = label_head_recall(record)
    rows = []
    for name, value in record.metrics.test.recall.items():
        cell = f"{value:.1%}"
        if name in intervals:
            low, high = intervals[name]
            cell += f" [{low:.1%}, {high:.1%}]"
        cells = [name, cell]
        if name in label_head:
            cells.append(f"{label_head[name]:.1%}")
        rows.append(cells)
    title = "recall on PrivateTest"
    header = ["class", f"{title} [95 % interval]" if intervals else title]
    if label_head:
        header.append("label head, by the same answers")
    return table(header, rows)


def _confusion(record: Record) -> list[str]:
    """Return heading and table of the confusion matrix; nothing for an older record."""
    confusion = record.confusion
    if confusion is None:
        return []
    rows = []
    for name, counts in zip(record.class_names, confusion.counts, strict=True):
        rows.append([name, *map(str, counts)])
    return [
        f"Images of PrivateTest by label (rows) and most probable class (columns), "
        f"n = {confusion.n:,}:",
        table(["", *record.class_names], rows),
    ]


def _reliability(record: Record) -> list[str]:
    """Return heading and table of the reliability; nothing for an older record."""
    bins = record.calibration.reliability
    if not bins:
        return []
    rows = []
    for part in bins:
        rows.append([f"{part.low:.2f} to {part.high:.2f}", f"{part.n:,}", f"{part.share:.1%}"])
    return [
        "Share of faces whose label was the most probable class, by its probability "
        f"({record.calibration.split}):",
        table(["probability", "n", "share"], rows),
    ]


def _head(record: Record) -> str:
    """Return the card's metadata as YAML, as model hubs read them."""
    from huggingface_hub import EvalResult, ModelCardData

    test = record.metrics.test
    results = []
    for key, name in (("accuracy", "Accuracy"), ("macro_f1", "Macro-F1")):
        results.append(
            EvalResult(
                task_type="image-classification",
                dataset_type="fer2013",
                dataset_name="FER+" if is_perceived(record) else "FER-2013",
                dataset_split="PrivateTest",
                metric_type=key,
                metric_name=name,
                metric_value=round(getattr(test, key), 4),
            )
        )
    return ModelCardData(
        model_name=record.name,
        language="en",
        license="mit",
        library_name="keras",
        pipeline_tag="image-classification",
        tags=["facial-expression-recognition", "litert"],
        eval_results=results,
    ).to_yaml()


def _inputs_and_files(record: Record) -> list[str]:
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
        _item(
            "Input",
            f"raw pixels 0..255, shape {tuple(model.input_shape)}, the face framed from brow "
            "to chin.",
        ),
        _item("Output", f"probabilities of {', '.join(record.class_names)}, in this order."),
        _item(
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
        _item(
            "Files",
            f"`model.keras` has {model.parameters:,} parameters, takes "
            f"{model.multiply_adds / 1e6:.0f} million multiply-adds per face and "
            f"{model.bytes / 1e6:.1f} MB, holds standard Keras layers in float32, and loads "
            "with `keras.models.load_model`. `model.tflite` is the same for LiteRT in "
            f"{compiled.bytes / 1e6:.1f} MB: on {compiled.faces:,} faces no probability "
            f"differs by more than {compiled.difference:.0e}. After training, normalisation "
            "was folded into the weights, which leaves fewer parameters than the trained network "
            "has on the leaderboard, and the weights were rounded to 16 bits; the tables below are "
            "about these two files. `model.int8.tflite`, in "
            f"{small.bytes / 1e6:.2f} MB, has weights of 8 bits and is faster: its accuracy "
            f"on PrivateTest is {_accuracy(small_test)}, n = {small_test.n:,}, with the same "
            f"answer for {small.same_answer:.1%} of the faces.",
        ),
    ]


def _chosen(record: Record) -> str:
    """Return why another share of wrong answers is allowed than by FER-2013's labels; or ""."""
    wrong = 1 - record.metrics.val.accuracy
    if not is_perceived(record) or wrong > RISK:
        return ""
    return (
        f" (not {RISK:.0%}, as for models of FER-2013's own labels: this one is wrong on "
        f"{wrong:.0%} of all validation images, so it would never be unsure)"
    )


def _origin(record: Record) -> list[str]:
    """Return what made the model: notebook, training, teachers and data."""
    model = record.model
    training = record.training
    data = record.data
    lines = [
        _item(
            "Made by",
            f"notebook run {record.name}, commit {record.commit}, seed {record.seed}, "
            f"{record.date[:10]}; initial weights: {model.weights}; {training.epochs} "
            f"epochs in {training.seconds / 60:.0f} minutes on {training.device} "
            f"({training.backend}, {training.precision}). Checkpoint: "
            f"{training.chosen_by}.",
        )
    ]
    made_of = model.made_of
    missing = artifacts.missing_parents(record, ROOT / "artifacts")
    if missing:
        teachers = "one teacher is" if len(missing) == 1 else f"{len(missing)} teachers are"
        lines.append(
            _item(
                "Not reproducible exactly",
                f"{teachers} not a recorded run ({', '.join(missing)}), so that this very model "
                "cannot be made again. Promotion refuses such a model since.",
            )
        )
    if made_of:
        lines.append("- **Teachers** (SHA-256 of their files):")
    for name, digest in made_of.items():
        note = ", not a recorded run" if name in missing else ""
        lines.append(f"  - {name} ({digest[:10]}{note})")
    images = f"{data.images['train']:,} training images"
    name = "FER-2013 with the votes of FER+" if is_perceived(record) else "FER-2013"
    lines.append(_item("Data", f"{name}, {images} (fingerprint {data.fingerprint})."))
    for note in data.notes:
        lines.append(f"  - {textwrap.shorten(note, 94, placeholder=' ...')}")
    return lines


def _item(title: str, text: str) -> str:
    """Return a list item, wrapped at 100 columns."""
    return textwrap.fill(
        f"- **{title}**: {text}",
        width=100,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _paragraph(sentences: tuple[str, ...]) -> str:
    return textwrap.fill(" ".join(sentences), width=100, break_on_hyphens=False)


def _accuracy(figures: Figures) -> str:
    low, high = figures.accuracy_interval_95
    return f"{figures.accuracy:.1%} [{low:.1%}, {high:.1%}]"
