"""A record against its model file."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from conftest import change_record

from emotion_lib import artifacts, paths
from emotion_lib.evaluation import Evaluation
from emotion_lib.experiments import model_checks, verified
from emotion_lib.files import sha256


def checks_of(run, dataset) -> dict[str, list]:
    """Return the checks of a run by their result."""
    found: dict[str, list] = {}
    again = artifacts.Run(run.folder, artifacts.read_record(run.folder / "run.json"))
    subject = verified.Subject(again, run.model_file)
    for check in verified.checks_of(subject, lambda name: dataset):
        found.setdefault(check.result, []).append(check)
    return found


@pytest.fixture
def run(save):
    return save("01_x")


def test_the_model_gives_the_figures_of_its_record(run, dataset):
    found = checks_of(run, dataset)
    assert set(found) == {"equal", "within", "not checked"}
    (half,) = found["not checked"]
    assert half.part == "test, half" and "other pictures" in half.reason
    scores = [check for check in found["within"] if "scores of model.keras" in check.part]
    assert len(scores) == 2 and scores[0].high < 0.0011


def test_without_kept_scores_the_model_gives_them(run, dataset):
    for split in ("val", "test"):
        (run.folder / f"{split}_scores.npz").unlink()
    found = checks_of(run, dataset)
    assert "differs" not in found
    parts = Counter(check.part for check in found["equal"])
    assert parts["test"] == parts["val"] == 14
    change_record(run.folder, **{"metrics.test.accuracy": run.record.metrics.test.accuracy + 1e-3})
    (wrong,) = checks_of(run, dataset)["differs"]
    assert wrong.name == "test.accuracy"
    change_record(run.folder, **{"model.parameters": 1})
    assert len(checks_of(run, dataset)["differs"]) == 2


def test_scores_of_another_model_differ(run, dataset, monkeypatch):
    kept = model_checks.evaluation_by_scores(run, "test")
    scores = kept.y_score.copy()
    scores[0] = scores[0][::-1] + 0.1
    monkeypatch.setattr(
        model_checks, "evaluation_by_scores", lambda run, split: replace(kept, y_score=scores)
    )
    parts = {check.part for check in checks_of(run, dataset)["differs"]}
    assert "test scores of model.keras" in parts


def test_without_data_the_kept_scores_are_verified(run):
    found = checks_of(run, None)
    assert "differs" not in found
    parts = {check.part for check in found["not checked"]}
    assert parts == {"test, half", "test_without_twins"}
    assert "test" in {check.part for check in found["equal"]}


def test_a_file_is_found_by_its_digest(run, tmp_path, monkeypatch):
    monkeypatch.setattr(verified.artifacts, "runs", lambda: [run])
    other = tmp_path / "renamed.keras"
    other.write_bytes(run.model_file.read_bytes())
    subject = verified.subject_of(str(other))
    assert subject.run.name == "01_x" and subject.model == other
    assert verified.subject_of(str(run.folder)).model == run.model_file
    run.model_file.write_bytes(b"another")
    assert verified.subject_of(str(run.folder)).model is None


@pytest.mark.parametrize("has_scores", [True, False])
def test_another_model_file_in_the_place_of_the_recorded_one_differs(run, has_scores):
    run.model_file.write_bytes(b"another")
    if not has_scores:
        (run.folder / "test_scores.npz").unlink()
    checks = list(verified.checks_of(verified.subject_of(str(run.folder)), lambda name: None))
    (wrong,) = [check for check in checks if check.result == "differs"]
    assert wrong.name == "model.keras.sha256" and wrong.low == sha256(run.model_file)


def test_other_classes_than_those_of_the_model_file_differ(run, dataset):
    first, second, *others = run.record.class_names
    change_record(run.folder, class_names=[second, first, *others])
    wrong = {check.name for check in checks_of(run, dataset)["differs"]}
    assert {"model.keras.class_names.0", "model.keras.class_names.1"} <= wrong


def test_other_numbers_of_images_differ(run, dataset):
    change_record(run.folder, **{"data.images.test": 1})
    (wrong,) = checks_of(run, dataset)["differs"]
    assert wrong.name == "data.images.test"


def test_data_with_another_fingerprint_is_said_to_be_another(run, dataset):
    found = checks_of(run, replace(dataset, fingerprint="another"))
    reasons = {check.reason for check in found["not checked"]}
    assert any("has another fingerprint here, another" in reason for reason in reasons)


def test_the_curves_of_a_promoted_model_are_those_of_its_run(run, tmp_path):
    """Its folder has no curves; a later training of the same name has other ones."""
    history = run.folder / "history.csv"
    history.write_text("epoch,val_accuracy\n0,0.5\n1,0.6\n")
    training = {"training.epochs": 2, "training.chosen_epoch": 2}
    training["training.chosen_by"] = "highest validation accuracy"
    change_record(run.folder, **training)
    record = artifacts.read_record(run.folder / "run.json")
    promoted = artifacts.Run(tmp_path, replace(record, name=run.name))
    results = {check.figure: check.result for check in verified.training_checks(promoted)}
    assert results == {"epochs": "equal", "chosen_epoch": "equal"}
    wrong = replace(record, training=replace(record.training, chosen_epoch=1))
    by_figure = {
        check.figure: check for check in verified.training_checks(replace(promoted, record=wrong))
    }
    assert by_figure["chosen_epoch"].result == "differs"
    later = replace(promoted, record=replace(record, date="2000-01-01T00:00:00+00:00"))
    (unknown,) = verified.training_checks(later)
    assert unknown.result == "not checked"
    history.write_text("epoch,val_f1\n0,0.5\n1,0.6\n")
    by_figure = {check.figure: check for check in verified.training_checks(promoted)}
    assert "no val_accuracy" in by_figure["chosen_epoch"].reason


def compiled_checks(record, file) -> list:
    """Return the checks of compiled files that are refused before any data is used."""
    return list(model_checks._compiled_checks(record, file, None, None, None))


def test_compiled_files_that_are_not_those_of_the_record_are_not_evaluated(tmp_path):
    served = paths.ROOT / "artifacts" / "best"
    record = artifacts.read_record(served / "run.json")
    model = record.model
    compiled = replace(model.compiled, sha256="0" * 64)
    small = replace(model.int8, sha256="0" * 64)
    wrong = replace(record, model=replace(model, compiled=compiled, int8=small))
    by_name = {check.name: check.result for check in compiled_checks(wrong, served / "model.keras")}
    assert by_name["model.tflite.sha256"] == by_name["model.int8.tflite.sha256"] == "differs"
    assert by_name["model.int8.tflite"] == "not checked"
    missing = compiled_checks(record, tmp_path / "model.keras")
    assert {check.result for check in missing} == {"not checked"}


@pytest.mark.parametrize(("recorded", "result"), [(1e-6, "within"), (0.5, "differs")])
def test_a_recorded_difference_of_the_compiled_file_must_be_allowed_too(
    monkeypatch, dataset, recorded, result
):
    served = paths.ROOT / "artifacts" / "best"
    record = artifacts.read_record(served / "run.json")
    described = replace(record.model.compiled, difference=recorded, faces=2)
    record = replace(record, model=replace(record.model, compiled=described))
    same = Evaluation(np.zeros(2, int), np.full((2, 7), 1 / 7), record.class_names)
    monkeypatch.setattr(model_checks, "evaluate_network", lambda network, faces, names: same)
    monkeypatch.setattr(model_checks, "KerasNetwork", lambda model: None)
    check = model_checks._difference_check(record, served / "model.keras", None, dataset)
    assert check.result == result
