"""Tests of emotion_lib.benchmarks.speed."""

import json

import pandas as pd

from emotion_lib.benchmarks import speed, suite
from emotion_lib.benchmarks.keras_subjects import multiply_adds
from emotion_lib.benchmarks.turns import Group


def test_pytorch_is_compared_on_the_same_network_or_not_at_all(monkeypatch):
    monkeypatch.setattr(speed, "available", lambda name: True)
    compared = 0
    for group in speed._groups():
        _, ours = next(iter(group.subjects.values()))
        for subject, options in group.subjects.values():
            if subject == "torch_training":
                compared += 1
                expected = (ours["widths"], ours["dropout"])
                assert (options["widths"], options["dropout"]) == expected
                assert group.multiply_adds == 3 * multiply_adds(ours["widths"])
            elif subject == "torch_inference":  # checks itself that its outputs are the same
                compared += 1
                assert group.network == "shipped"
    assert compared == 5


def test_the_work_of_the_shipped_model_is_its_own():
    from emotion_lib import artifacts
    from emotion_lib.models import cost
    from emotion_lib.paths import best_dir

    model, _ = artifacts.load_model(best_dir() / "model.keras")
    works = [group.multiply_adds for group in speed._groups() if group.network == "shipped"]
    assert works == [cost.multiply_adds(model)] * 2


def test_ratios_are_ours_over_each(fake_workers, monkeypatch, tmp_path, capsys):
    subjects = {"ours": ("a", {"speed": 3}), "other": ("a", {"speed": 2})}
    group = Group("training", subjects, "tiny", multiply_adds=2e9)
    monkeypatch.setattr(speed, "_groups", lambda: [group])
    suite.measure(["speed"], rounds=2, seconds=0)
    folder = tmp_path / "artifacts" / "bench"
    table = pd.read_csv(folder / "speed.csv").set_index("variant")
    assert table["ours_over_this"].to_dict() == {"ours": 1.0, "other": 1.5}
    assert table["gmacs"]["ours"] == 600
    assert table["rounds"].tolist() == [2, 2]
    assert (folder / "speed.webp").stat().st_size > 1000
    circumstances = json.loads((folder / "speed.json").read_text())
    assert {"commit", "device", "versions", "date"} <= set(circumstances)
    assert "other" in capsys.readouterr().out
