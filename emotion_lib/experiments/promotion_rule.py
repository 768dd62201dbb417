"""The rule by which a model may replace the served one; the test split is never used.

A model that answers by FER-2013's own labels must be no worse than the served one in accuracy on
validation and in balanced accuracy on shifted validation.

A model of perceived expression (a run on "ferplus perceived") must be no worse on validation in

1. accuracy: agreement with the most frequent answer of FER+'s viewers, images with two most
   frequent answers left out;
2. balanced accuracy by the same answers. It foretells photographs of other people better than the
   accuracy does, which calm and happy faces decide;
3. balanced accuracy under the simulated camera shift;
4. accuracy by FER-2013's own labels: that of its label head, the other output of the same network,
   against that of the served model, or of the served model's label head.

The two models are compared on the same images: the figures of the served model are those of its
record if it was recorded on the same data, else its file is evaluated on the new model's. The
fourth figure does not decide if the served model has no label head. A model that answers by
FER-2013's labels never replaces one of perceived expression under this rule.
"""

from pathlib import Path

from .. import artifacts
from ..artifacts import ArtifactError, Record
from ..datasets import Dataset
from ..datasets.sources.ferplus import PERCEIVED_NAME
from ..datasets.transforms import shifted
from ..evaluation import evaluate
from ..training.second_head import LABEL_HEAD
from .served_files import SHIFTED

_ACCURACY = "accuracy"
_BALANCED = "balanced accuracy"
_SHIFTED_BALANCED = "balanced accuracy on shifted validation"
# Sums of the same recalls in another order differ by less; one image changes a figure by more.
_ROUNDING = 1e-9
_LABEL_HEAD_ACCURACY = "accuracy by FER-2013's own labels (label head)"


class NotBetterError(ArtifactError):
    """The served model is better on validation, and stays."""


def refuse_worse(new: Record, folder: Path, dataset: Dataset) -> None:
    """Raise an error if a model may not replace the served one by the rule of this module.

    Args:
        new: record of the model's files.
        folder: of the served model.
        dataset: that the new model was evaluated on.

    Raises:
        NotBetterError: one of the figures is lower.
    """
    served = artifacts.read_record(folder / "run.json")
    needed = _served_figures(served, folder, new, dataset)
    found = _figures(new)
    lower = []
    for name, value in needed.items():
        if found[name] < value - _ROUNDING:
            lower.append(f"{name} of {found[name]:.2%}, served {value:.2%}")
    if lower:
        raise NotBetterError(
            "Expected a model that is no worse than the served one on validation. "
            f"Received: {new.name} with {'; '.join(lower)}. "
            "The served model stays; promote without --if-better to replace it all the same."
        )


def _figures(record: Record) -> dict[str, float]:
    """Return the figures that decide, of a record's files, on validation."""
    metrics = record.metrics
    found = {
        _ACCURACY: metrics.val.accuracy,
        _SHIFTED_BALANCED: metrics.further[SHIFTED].balanced_accuracy,
    }
    if record.data.name == PERCEIVED_NAME:
        found[_BALANCED] = metrics.val.balanced_accuracy
        found |= _label_accuracy(record)
    return found


def _served_figures(
    served: Record, folder: Path, new: Record, dataset: Dataset
) -> dict[str, float]:
    """Return the served model's figures on the data that the new one was evaluated on."""
    is_perceived = new.data.name == PERCEIVED_NAME
    if served.data.name == PERCEIVED_NAME and not is_perceived:
        raise NotBetterError(
            "Expected a model of perceived expression, as the served one is. "
            f"Received: {new.name}, which was trained on {new.data.name}. "
            "The served model stays; promote without --if-better to replace it all the same."
        )
    same_data = (new.data.name, new.data.fingerprint)
    if (served.data.name, served.data.fingerprint) == same_data:
        return _figures(served)
    model, class_names = artifacts.load_model(folder / "model.keras")
    val = evaluate(model, dataset.val, class_names)
    needed = {
        _ACCURACY: val.accuracy,
        _SHIFTED_BALANCED: evaluate(model, shifted(dataset.val), class_names).balanced_accuracy,
    }
    if is_perceived:
        needed[_BALANCED] = val.balanced_accuracy
        needed |= _label_accuracy(served)
    return needed


def _label_accuracy(record: Record) -> dict[str, float]:
    """Return the accuracy by FER-2013's own labels; {} for a model without a label head."""
    if record.data.name != PERCEIVED_NAME:
        return {_LABEL_HEAD_ACCURACY: record.metrics.val.accuracy}
    figures = record.metrics.further.get(LABEL_HEAD["val"])
    return {_LABEL_HEAD_ACCURACY: figures.accuracy} if figures else {}
