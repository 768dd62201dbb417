"""Metadata of the model card in YAML, as model hubs read them."""

from ..artifacts import Figures, Record
from ..training.second_head import OWN_LABELS
from .model_convention import is_perceived

VIEWERS = "most frequent answer of ten viewers"
OWN = "FER-2013's own labels"
_METRICS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro-F1",
}


def metadata(record: Record) -> str:
    """Return the card's metadata as YAML, with the figures on test as its ``model-index``.

    The format has no field for an interval: it stands in the name of the accuracy.
    """
    from huggingface_hub import ModelCardData

    perceived = is_perceived(record)
    metrics = record.metrics
    name = "FER+" if perceived else "FER-2013"
    labels = VIEWERS if perceived else OWN
    results = _results(metrics.test, name, labels, "PrivateTest")
    if metrics.test_without_twins is not None:
        split = "PrivateTest without twins of training images"
        results += _results(metrics.test_without_twins, name, labels, split)
    own = metrics.further.get(OWN_LABELS["test"])
    if perceived and own is not None:
        results += _results(own, "FER-2013", OWN, "PrivateTest")
    return ModelCardData(
        model_name=record.name,
        language="en",
        license="mit",
        library_name="keras",
        pipeline_tag="image-classification",
        tags=["facial-expression-recognition", "litert"],
        datasets=["fer2013", "ferplus"] if perceived else ["fer2013"],
        metrics=["accuracy", "recall", "f1"],
        eval_results=results,
    ).to_yaml()


def _results(figures: Figures, name: str, labels: str, split: str) -> list:
    """Return the figures of one evaluation in the form of ``model-index``."""
    from huggingface_hub import EvalResult

    low, high = figures.accuracy_interval_95
    results = []
    for key, title in _METRICS.items():
        value = getattr(figures, key)
        if value is None:
            continue
        if key == "accuracy":
            title = f"Accuracy, 95 % interval {low:.4f} to {high:.4f}"
        results.append(
            EvalResult(
                task_type="image-classification",
                dataset_type="fer2013",
                dataset_name=name,
                dataset_config=labels,
                dataset_split=split,
                dataset_args={"n": figures.n},
                metric_type=key,
                metric_name=title,
                metric_value=round(value, 4),
            )
        )
    return results
