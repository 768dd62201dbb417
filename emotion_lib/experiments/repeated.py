"""Evaluations of a record that are repeated with its model."""

import keras
import numpy as np

from ..artifacts import Record
from ..datasets import Dataset, Split
from ..datasets.sources.ferplus import PERCEIVED_NAME
from ..datasets.transforms import shifted
from ..environment import versions
from ..evaluation import Evaluation, evaluate
from ..training.second_head import OWN_LABELS
from .recorded_data import Data
from .served_files import PUBLISHED, SHIFTED

_OPENCV = "opencv-python"
_BY_DATASET = ("val", "test", "test_without_twins")
_MIRRORED = {"validation, mirror image": "val", "test, mirror image": "test"}
_OWN_LABELS = {name: split for split, name in OWN_LABELS.items()}


class Repeated:
    """Evaluations of a model by the names that a record gives them.

    Data sets share pictures: FER-2013 has all those of FER+. Each picture is computed once.

    Args:
        model: the model of the record's file.
        record: the record.
        dataset: that the record names.
        data: returns a data set by its name, or None if it is not on this machine.
    """

    def __init__(self, model: keras.Model, record: Record, dataset: Dataset, data: Data):
        self._model = model
        self._record = record
        self._dataset = dataset
        self._data = data
        self._rows: dict[bytes, np.ndarray] = {}
        if record.data.name == PERCEIVED_NAME and (faces := data("fer2013")) is not None:
            for split in (faces.val, faces.test):
                self._scores(split)

    def hindrance(self, name: str) -> str:
        """Return why an evaluation cannot be repeated from here; empty if it can."""
        recorded = self._record.environment.packages.get(_OPENCV)
        here = versions([_OPENCV]).get(_OPENCV)
        if name == SHIFTED and recorded != here:
            return f"its pictures depend on OpenCV, of version {recorded} there and {here} here"
        if name in _OWN_LABELS and self._data("fer2013") is None:
            return "FER-2013 is not here"
        if name == PUBLISHED and self._data("ferplus") is None:
            return "FER+ is not here"
        if name not in {*_BY_DATASET, SHIFTED, *_MIRRORED, *_OWN_LABELS, PUBLISHED}:
            return "its notebook made it of other pictures or another model"
        return ""

    def evaluation(self, name: str) -> Evaluation:
        """Return an evaluation that can be repeated."""
        dataset = self._dataset
        if name in ("val", "test"):
            return self._of(getattr(dataset, name))
        if name == "test_without_twins":
            return self._of(dataset.test).where(~np.asarray(dataset.test.has_twin))
        if name == SHIFTED:
            split = shifted(dataset.val, seed=self._shift_seed())
            return evaluate(self._model, split, dataset.class_names)
        if name in _MIRRORED:
            split = getattr(dataset, _MIRRORED[name])
            return evaluate(self._model, split, dataset.class_names, flip=True)
        if name == PUBLISHED:
            viewers = self._data("ferplus")
            return self._of(viewers.test, viewers.class_names)
        return self._of(getattr(self._data("fer2013"), _OWN_LABELS[name]))

    def _shift_seed(self) -> int:
        """Return the seed of the simulated shift; a promoted model is measured with 0."""
        if self._record.confusion is not None:
            return 0
        return self._record.parameters.get("SEED", self._record.seed)

    def _of(self, split: Split, label_names: tuple[str, ...] | None = None) -> Evaluation:
        """Return the evaluation of a split, whose labels may be of more classes than the model."""
        names = self._dataset.class_names
        scores = self._scores(split)
        if label_names is None:
            return Evaluation(np.asarray(split.labels), scores, names)
        wider = np.zeros((len(scores), len(label_names)), np.float32)
        wider[:, [label_names.index(name) for name in names]] = scores
        return Evaluation(np.asarray(split.labels), wider, label_names)

    def _scores(self, split: Split) -> np.ndarray:
        """Return the scores of a split's pictures, float32 ``(n, num_classes)``."""
        keys = [image.tobytes() for image in np.asarray(split.images)]
        new = [row for row, key in enumerate(keys) if key not in self._rows]
        if new:
            part = split.take(np.array(new))
            labels = np.zeros(len(new), np.int64)  # only the scores are wanted
            found = evaluate(self._model, Split(part.images, labels), self._dataset.class_names)
            for row, scores in zip(new, found.y_score, strict=True):
                self._rows[keys[row]] = scores
        return np.stack([self._rows[key] for key in keys])
