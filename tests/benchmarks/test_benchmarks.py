"""The benchmark's machinery on subjects that take no time."""

import json

import keras
import numpy as np
import pandas as pd
import pytest
from conftest import emotion

from emotion_lib.benchmarks import field, field_subjects, subjects, suite, tables, turns
from emotion_lib.benchmarks.worker import Worker
from emotion_lib.faces.detection import Face


def test_multiply_adds_are_those_of_the_network():
    model = subjects.keras_network(subjects.NOTEBOOK_01, 48, fast=True)
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += int(np.prod(layer.output.shape[1:3])) * int(np.prod(layer.kernel.shape))
        elif isinstance(layer, keras.layers.Dense):
            total += int(np.prod(layer.kernel.shape))
    assert subjects.multiply_adds(subjects.NOTEBOOK_01) == total


def test_pytorch_is_compared_on_the_same_network_or_not_at_all(monkeypatch):
    monkeypatch.setattr(tables, "available", lambda name: True)
    compared = 0
    for _, _, work, group in tables._groups():
        (_, ours), *_ = group.values()
        for subject, options in group.values():
            if subject.startswith("torch"):
                compared += 1
                assert (options["widths"], options["dropout"]) == (ours["widths"], ours["dropout"])
                assert work == 3 * subjects.multiply_adds(ours["widths"])
    assert compared == 3


def test_the_work_of_the_shipped_model_is_its_own():
    from emotion_lib import artifacts
    from emotion_lib.models.cost import multiply_adds
    from emotion_lib.paths import best_dir

    model, _ = artifacts.load_model(best_dir() / "model.keras")
    works = [work for _, network, work, _ in tables._groups() if network == "shipped"]
    assert works == [multiply_adds(model)] * 2


def test_plain_network_holds_keras_layers_only_and_as_many_weights():
    fast, plain = (subjects.keras_network((8, 16), 48, fast=fast) for fast in (True, False))
    assert all(type(layer).__module__.startswith("keras.") for layer in plain.layers)
    assert not all(type(layer).__module__.startswith("keras.") for layer in fast.layers)
    assert fast.count_params() == plain.count_params()


def test_a_worker_measures_again_and_again_and_says_what_it_took():
    with Worker("reading", {"n": 3000}, warm_up=1) as worker:
        answers = [worker.measure(0.05) for _ in range(2)]
    for answer in answers:
        assert answer["rate"] == pytest.approx(3000 / answer["step_seconds"])
        assert answer["peak_mib"] >= answer["base_mib"] > 50


def test_a_worker_that_fails_says_why():
    with pytest.raises(RuntimeError, match=r"(?s)reading.*at least one image"):
        Worker("reading", {"n": 0})


def test_exponent():
    assert tables.exponent([1, 2, 4], [3, 12, 48]) == pytest.approx(2)


class FakeWorker:
    """Answers at once; rates depend on the subject's first option."""

    made: list[dict] = []  # noqa: RUF012

    def __init__(self, subject, options, warm_up=3):
        self.made.append(options)
        self.rate = 100.0 * options.get("speed", 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def measure(self, seconds):
        value = {"test_accuracy": 0.5, "n_test": 10, "seconds": 1.0}
        memory = {"peak_mib": 90.0, "base_mib": 40.0, "private_mib": 30.0, "base_private_mib": 20.0}
        return {"rate": self.rate, "step_seconds": 1 / self.rate, "value": value, **memory}


def test_ratios_are_ours_over_each(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(turns, "Worker", FakeWorker)
    group = ("training", "tiny", 2e9, {"ours": ("a", {"speed": 3}), "other": ("a", {"speed": 2})})
    monkeypatch.setattr(tables, "_groups", lambda: [group])
    suite.measure(["speed"], rounds=2, seconds=0)
    folder = tmp_path / "artifacts" / "bench"
    table = pd.read_csv(folder / "speed.csv").set_index("variant")
    assert table["ours_over_this"].to_dict() == {"ours": 1.0, "other": 1.5}
    assert table["gmacs"]["ours"] == 600 and table["rounds"].tolist() == [2, 2]
    assert (folder / "speed.png").stat().st_size > 1000
    assert {"commit", "device", "versions", "date"} <= set(
        json.loads((folder / "speed.json").read_text())
    )
    assert "other" in capsys.readouterr().out


def test_growth_gives_each_quantity_its_exponents(monkeypatch, tmp_path):
    monkeypatch.setattr(tables, "Worker", FakeWorker)
    suite.measure(["growth"])
    table = pd.read_csv(tmp_path / "artifacts" / "bench" / "growth.csv")
    assert set(table["quantity"]) == {"image size", "batch size", "training images", "rows read"}
    assert table["time_exponent"].abs().max() < 1e-9  # the fake takes as long for everything
    assert table.set_index("quantity").loc["rows read", "memory_mib"].tolist() == [10.0] * 4


def test_parity_goes_on_after_an_interruption(monkeypatch, tmp_path):
    monkeypatch.setattr(tables, "Worker", FakeWorker)
    monkeypatch.setattr(tables.datasets, "load", lambda name: None)
    FakeWorker.made = []
    file = tmp_path / "partial.csv"
    tables.parity(file, lambda text: None, seeds=1)
    assert len(FakeWorker.made) == 2
    assert len(tables.parity(file, lambda text: None, seeds=2)) == 4 and len(FakeWorker.made) == 4


def test_parity_without_data_says_what_to_do(capsys, monkeypatch):
    import kagglehub

    def no_network(*_, **__):
        raise ConnectionError("no network")

    monkeypatch.setattr(kagglehub, "dataset_download", no_network)
    assert emotion(monkeypatch, "bench", "parity") == 2
    assert "FER" in capsys.readouterr().err


def test_an_unknown_part_is_refused(monkeypatch, capsys):
    assert emotion(monkeypatch, "bench", "sped") == 2
    assert "Received: sped" in capsys.readouterr().err


# ---- the field ------------------------------------------------------------------------------------------------------


def test_field_ratios_are_the_first_over_each(monkeypatch, tmp_path):
    monkeypatch.setattr(turns, "Worker", FakeWorker)
    monkeypatch.setattr(
        field, "_groups", lambda: [("faces", 1, {"ours": ("a", {"speed": 4}), "other": ("a", {})})]
    )
    suite.measure(["field"], rounds=2, seconds=0)
    table = pd.read_csv(tmp_path / "artifacts" / "bench" / "field.csv").set_index("variant")
    assert (
        table["ours_over_this"].to_dict() == {"ours": 1.0, "other": 4.0}
        and table["milliseconds"]["ours"] == 2.5
    )


def test_every_subject_of_the_field_exists():
    for _, _, group in field._groups():
        assert all(
            hasattr(field_subjects, name) or hasattr(subjects, name) for name, _ in group.values()
        )


def test_a_short_video_through_a_worker():
    with Worker(
        "video", {"people": 6, "detector": "yunet", "search_every": 0.4, "seconds": 0.4}, warm_up=0
    ) as worker:
        value = worker.measure(0)["value"]
    assert value == {"frames": 10, "faces": 60}


def test_one_answer_of_a_new_process_and_its_memory():
    step, amount = field_subjects.first_result("emotion predict")
    assert amount == 1 and step()["children_mib"] > 30


def test_detectors_are_judged_by_the_marks(monkeypatch, tmp_path, photograph):
    """One face of two is found, one box is on no face."""
    import hashlib

    content = photograph.read_bytes()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "renamed.jpg").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()[:16]
    marks = tmp_path / "marks.csv"
    marks.write_text(
        f"file,sha256,x,y,width,height\na.jpg,{digest},10,10,40,40\na.jpg,{digest},200,10,40,40\n"
    )

    class Fixed:
        def detect(self, image):
            return (
                [Face((12, 12, 40, 40), 0.9), Face((100, 100, 30, 30), 0.8)]
                if image.shape[:2] == (512, 512)
                else []
            )

    monkeypatch.setattr(field, "MARKS", marks)
    monkeypatch.setattr(field, "DETECTORS", {"fixed": Fixed})
    monkeypatch.setattr(field, "load_detector", lambda name: Fixed())
    suite.measure(["detectors"], photographs=tmp_path / "photos")
    (row,) = pd.read_csv(tmp_path / "artifacts" / "bench" / "detectors.csv").to_dict("records")
    assert (
        row["faces"],
        row["found"],
        row["missed"],
        row["false_faces"],
        row["false_without"],
    ) == (2, 1, 1, 1, 0)
    assert row["pictures_without"] == 6


def test_photographs_that_are_missing_are_named(monkeypatch, tmp_path, capsys):
    assert emotion(monkeypatch, "bench", "detectors", "--photos", tmp_path / "none") == 2
    assert "Expected the photograph six_steps.jpg" in capsys.readouterr().err
