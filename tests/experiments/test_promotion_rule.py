"""The rule by which a model of perceived expression may replace the served one."""

from dataclasses import replace

import numpy as np
import pytest

from emotion_lib import artifacts
from emotion_lib.artifacts import ArtifactError
from emotion_lib.artifacts.record import CompiledFile, Int8File
from emotion_lib.datasets.sources.ferplus import PERCEIVED_NAME
from emotion_lib.datasets.transforms import shifted
from emotion_lib.evaluation import evaluate
from emotion_lib.experiments import promotion_rule, served_files
from emotion_lib.experiments.model_card import model_card
from emotion_lib.experiments.promotion_rule import NotBetterError, refuse_worse
from emotion_lib.experiments.served_files import LABEL_HEAD_BY_VIEWERS, PUBLISHED, SHIFTED
from emotion_lib.training.second_head import LABEL_HEAD, OWN_LABELS


@pytest.fixture
def own(save, dataset, small_model):
    """A run on FER-2013's labels, with the figure on shifted validation of a served model."""
    run = save("01_own", full=True)
    shift = evaluate(small_model, shifted(dataset.val), dataset.class_names)
    return with_figures(run, {SHIFTED: artifacts.metrics(dataset, shift, shift).val})


def with_figures(run, further, data=None):
    """Return a run whose record has further figures, and the name of another data set."""
    record = run.record
    metrics = replace(record.metrics, further=record.metrics.further | further)
    data_record = replace(record.data, name=data or record.data.name)
    record = replace(record, metrics=metrics, data=data_record)
    artifacts.write_record(run.folder / "run.json", record)
    return replace(run, record=record)


@pytest.fixture
def perceived(own):
    """The record of a model of perceived expression, in all figures as good as ``own``."""
    label_head = {name: own.record.metrics.val for name in LABEL_HEAD.values()}
    metrics = replace(own.record.metrics, further=own.record.metrics.further | label_head)
    data = replace(own.record.data, name=PERCEIVED_NAME)
    return replace(own.record, name="02_perceived", metrics=metrics, data=data)


def lowered(record, evaluation, figure):
    """Return a record with one lower figure of "val" or of a further evaluation."""
    metrics = record.metrics
    figures = metrics.val if evaluation == "val" else metrics.further[evaluation]
    changed = replace(figures, **{figure: getattr(figures, figure) - 0.001})
    if evaluation == "val":
        return replace(record, metrics=replace(metrics, val=changed))
    return replace(
        record, metrics=replace(metrics, further=metrics.further | {evaluation: changed})
    )


DECIDING = [
    ("val", "accuracy", "with accuracy of"),
    ("val", "balanced_accuracy", "with balanced accuracy of"),
    (SHIFTED, "balanced_accuracy", "shifted validation of"),
    (LABEL_HEAD["val"], "accuracy", r"own labels \(label head\) of"),
]


def test_a_model_that_is_as_good_may_replace_one_of_own_labels(own, perceived, dataset):
    """The served file is evaluated on the new model's data, which here have the same labels."""
    refuse_worse(perceived, own.folder, dataset)


@pytest.mark.parametrize(("evaluation", "figure", "message"), DECIDING)
def test_each_of_four_figures_decides(
    own, perceived, dataset, monkeypatch, evaluation, figure, message
):
    worse = lowered(perceived, evaluation, figure)
    with pytest.raises(NotBetterError, match=message):
        refuse_worse(worse, own.folder, dataset)
    # Against a served model of perceived expression the records are compared.
    monkeypatch.setattr(promotion_rule, "evaluate", None)
    artifacts.write_record(own.folder / "run.json", perceived)
    refuse_worse(perceived, own.folder, dataset)
    with pytest.raises(NotBetterError, match=message):
        refuse_worse(worse, own.folder, dataset)


def test_a_sum_in_another_order_is_no_lower(own, perceived, dataset):
    """Figures of one model that was recorded twice differ in the last digits."""
    artifacts.write_record(own.folder / "run.json", perceived)
    val = perceived.metrics.val
    rounded = replace(val, balanced_accuracy=val.balanced_accuracy - 1e-15)
    refuse_worse(
        replace(perceived, metrics=replace(perceived.metrics, val=rounded)), own.folder, dataset
    )


def test_the_models_are_compared_on_the_same_images(own, perceived, dataset):
    """The figures of a model that was recorded on other data are no measure: its file is."""
    data = replace(perceived.data, fingerprint="of another copy")
    served = replace(lowered(perceived, "val", "accuracy"), data=data)
    artifacts.write_record(own.folder / "run.json", served)
    refuse_worse(perceived, own.folder, dataset)
    with pytest.raises(NotBetterError, match="with accuracy of"):
        refuse_worse(lowered(perceived, "val", "accuracy"), own.folder, dataset)


def test_a_served_model_without_label_head_is_compared_by_the_other_figures(
    own, perceived, dataset
):
    further = {SHIFTED: perceived.metrics.further[SHIFTED]}
    single = replace(perceived, metrics=replace(perceived.metrics, further=further))
    artifacts.write_record(own.folder / "run.json", single)
    refuse_worse(lowered(perceived, LABEL_HEAD["val"], "accuracy"), own.folder, dataset)
    with pytest.raises(NotBetterError, match="with accuracy of"):
        refuse_worse(lowered(perceived, "val", "accuracy"), own.folder, dataset)


def test_balanced_accuracy_does_not_decide_among_models_of_own_labels(own, dataset):
    refuse_worse(lowered(own.record, "val", "balanced_accuracy"), own.folder, dataset)
    with pytest.raises(NotBetterError, match="with accuracy of"):
        refuse_worse(lowered(own.record, "val", "accuracy"), own.folder, dataset)


def test_own_labels_never_replace_perceived_expression(own, perceived, dataset):
    artifacts.write_record(own.folder / "run.json", perceived)
    with pytest.raises(NotBetterError, match="model of perceived expression"):
        refuse_worse(own.record, own.folder, dataset)


def test_the_served_record_has_figures_by_both_conventions(
    own, perceived, dataset, tmp_path, monkeypatch
):
    artifacts.write_record(own.folder / "run.json", perceived)
    viewers = replace(dataset, name=PERCEIVED_NAME, full=True)
    compiled = CompiledFile(1, "a", 1e-6, 9)
    monkeypatch.setattr(served_files, "_check_plain_keras", lambda *_: None)
    monkeypatch.setattr(served_files, "compile_float", lambda *_: compiled)
    monkeypatch.setattr(
        served_files, "compile_int8", lambda *_: Int8File(1, "b", 1.0, perceived.metrics)
    )
    monkeypatch.setattr(served_files.datasets, "load", lambda name: dataset)
    labels = np.stack([np.eye(7)[dataset.val.labels]] * 2, axis=1)
    both = replace(dataset, val=replace(dataset.val, labels=labels))
    monkeypatch.setattr(served_files.ferplus, "two_headed", lambda *_: both)
    run = replace(own, record=perceived)
    record = served_files.write_served_files(run, viewers, tmp_path)
    further = record.metrics.further
    measured = {SHIFTED, PUBLISHED, LABEL_HEAD_BY_VIEWERS, *OWN_LABELS.values()}
    assert set(further) == measured | set(LABEL_HEAD.values())
    assert further[LABEL_HEAD["test"]] == perceived.metrics.further[LABEL_HEAD["test"]]
    # The run is its own label head: the network with the scores as they were before.
    before = evaluate(artifacts.load_model(own.model_file)[0], dataset.test, dataset.class_names)
    assert further[LABEL_HEAD_BY_VIEWERS].accuracy == before.accuracy
    # The second head of a network: its label head is the run that it belongs to.
    with pytest.raises(ArtifactError, match="Received: '01_gone'"):
        served_files.write_served_files(
            replace(run, record=replace(perceived, name="01_gone/perceived")), viewers, tmp_path
        )
    card = model_card(record)
    assert "label head (not served)" in card
