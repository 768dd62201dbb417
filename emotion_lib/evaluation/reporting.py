"""Evaluation of one model on all the splits that a notebook reports, and the tables of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import keras
import numpy as np
import pandas as pd

from ..datasets import Dataset
from ..datasets.transforms import shifted
from .evaluation import Evaluation
from .scoring import evaluate
from .thresholds import fit_thresholds


@dataclass(frozen=True)
class Report:
    """Evaluations of one model on validation, test and whatever else it was evaluated on.

    Attributes:
        val: on the validation split, which may choose models and thresholds.
        test: on the test split, which chooses nothing.
        has_twin: bool ``(n,)`` of the test split, see :class:`emotion_lib.datasets.Split`; None if
            that is not known.
        further: other evaluations by name, in the form that ``artifacts.save_run(further=...)``
            takes.

    Example:
        A report of a scikit-learn classifier, which :func:`report` cannot run:

        >>> val = Evaluation(np.array([0, 1]), np.eye(2), ("happy", "sad"))
        >>> test = Evaluation(np.array([1, 1]), np.eye(2), ("happy", "sad"))
        >>> Report(val, test).table()["accuracy"].to_dict()
        {'validation': 1.0, 'test': 0.5}
    """

    val: Evaluation
    test: Evaluation
    has_twin: np.ndarray | None = None
    further: Mapping[str, Evaluation] = field(default_factory=dict)

    @property
    def without_twins(self) -> Evaluation | None:
        """Evaluation on the test images without a twin in the original training split."""
        if self.has_twin is None:
            return None
        return self.test.where(~np.asarray(self.has_twin))

    @property
    def evaluations(self) -> dict[str, Evaluation]:
        """All evaluations by name: "validation", "test", "test without twins", and the others."""
        named = {"validation": self.val, "test": self.test}
        if self.without_twins is not None:
            named["test without twins"] = self.without_twins
        return named | dict(self.further)

    def table(self) -> pd.DataFrame:
        """Return the metrics as a table with one row per evaluation, rounded for display.

        Columns: n, accuracy, low and high (95 % interval of the accuracy), balanced accuracy,
        macro-F1 and, for a single-label task, calibration error; for a multi-label task micro-F1
        and mAP.
        """
        rows = {name: _row(evaluation) for name, evaluation in self.evaluations.items()}
        return pd.DataFrame.from_dict(rows, orient="index").round(3)


def report(
    model: keras.Model,
    dataset: Dataset,
    class_names: Sequence[str] | None = None,
    *,
    flip: bool = False,
    shift_seed: int | None = None,
) -> Report:
    """Evaluate a model on validation and test, and on request under other conditions.

    For a multi-label task one threshold per label is fitted on validation first.

    Args:
        model: Keras model that maps raw pixels to probabilities; best the exported file, loaded
            again, so that the figures are those of the file.
        dataset: its validation and test splits are evaluated.
        class_names: names of the model's outputs, in their order; None: those of the data set.
            The evaluations have the names of the data set, in its order.
        flip: also evaluate validation and test with the mean over each image and its mirror image:
            "validation, mirror image" and "test, mirror image" in :attr:`Report.further`.
        shift_seed: random seed of a simulated camera shift of validation (other framing, blur,
            noise, size and compression), evaluated as "validation, shifted". None: not evaluated.

    Raises:
        ValueError: the data set lacks a class of the model.

    Example:
        >>> report = evaluation.report(model, dataset, shift_seed=SEED)  # doctest: +SKIP
        >>> report.table()  # doctest: +SKIP
                               n  accuracy    low   high  balanced accuracy  macro-F1  ...
        validation          3589     0.651  0.636  0.667              0.611     0.622  ...
        test                3589     0.658  0.642  0.673              0.623     0.629  ...
        test without twins  3301     0.649  0.632  0.665              0.611     0.612  ...
        validation, shifted 3589     0.455  0.438  0.471              0.379     0.391  ...
        >>> run = artifacts.save_run(  # doctest: +SKIP
        ...     RUN_NAME, model=model, dataset=dataset, val=report.val, test=report.test,
        ...     further=report.further, history=history, parameters=parameters,
        ... )
    """
    names = dataset.class_names if class_names is None else tuple(class_names)
    label_names = dataset.class_names
    val = evaluate(model, dataset.val, names, label_names=label_names)
    thresholds = None
    if val.multi_label:
        thresholds = fit_thresholds(val)
        val = Evaluation(val.y_true, val.y_score, label_names, thresholds)
    evaluated = partial(
        evaluate, model, class_names=names, label_names=label_names, thresholds=thresholds
    )
    test = evaluated(split=dataset.test)
    further = {}
    if flip:
        further["validation, mirror image"] = evaluated(split=dataset.val, flip=True)
        further["test, mirror image"] = evaluated(split=dataset.test, flip=True)
    if shift_seed is not None:
        further["validation, shifted"] = evaluated(split=shifted(dataset.val, seed=shift_seed))
    return Report(val, test, dataset.test.has_twin, further)


def summary_table(reports: Mapping[str, Report]) -> pd.DataFrame:
    """Return a table of several models' reports with one row per model, rounded for display.

    Columns: accuracy on validation, then n, accuracy, low, high and the other columns of
    :meth:`Report.table` on test, the accuracy on test without twins, and one column with the
    balanced accuracy of each further evaluation.

    Args:
        reports: of models on the same splits, by name.

    Example:
        >>> reports = {}  # doctest: +SKIP
        >>> for name, model in models.items():  # doctest: +SKIP
        ...     reports[name] = evaluation.report(model, dataset)
        >>> evaluation.summary_table(reports)  # doctest: +SKIP
    """
    rows = {}
    for name, model_report in reports.items():
        row = {"validation": model_report.val.accuracy} | _row(model_report.test)
        if model_report.without_twins is not None:
            row["without twins"] = model_report.without_twins.accuracy
        for other, evaluation in model_report.further.items():
            row[f"{other}, balanced"] = evaluation.balanced_accuracy
        rows[name] = row
    return pd.DataFrame.from_dict(rows, orient="index").round(3)


def _row(evaluation: Evaluation) -> dict[str, float]:
    """Return the metrics of one evaluation by the name of their column."""
    low, high = evaluation.accuracy_interval
    row = {
        "n": evaluation.n,
        "accuracy": evaluation.accuracy,
        "low": low,
        "high": high,
        "balanced accuracy": evaluation.balanced_accuracy,
        "macro-F1": evaluation.macro_f1,
    }
    if evaluation.multi_label:
        row["micro-F1"] = evaluation.micro_f1
        row["mAP"] = evaluation.mean_average_precision
    else:
        row["calibration error"] = evaluation.calibration_error
    return row
