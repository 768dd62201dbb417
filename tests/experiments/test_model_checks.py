"""A record against its model file."""

from collections import Counter
from dataclasses import replace

import pytest
from conftest import change_record

from emotion_lib import artifacts
from emotion_lib.experiments import model_checks, verified


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
