import pytest
from conftest import write_run

from emotion_lib import artifacts
from emotion_lib.experiments.run_texts import accuracy_text, number_text, share_text, training_time


@pytest.mark.parametrize(
    ("epochs", "seconds", "text"),
    [
        (24, 867, "14 min, 24 epochs, a CPU (tensorflow)"),
        (0, 480, "8 min, a CPU (tensorflow)"),
        (0, 20, "20 s, a CPU (tensorflow)"),
        (0, 0, "–"),
    ],
)
def test_training_time(tmp_path, monkeypatch, epochs, seconds, text):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    training = {"epochs": epochs, "seconds": seconds, "precision": "float32"}
    write_run(tmp_path, "01_x", training=training)
    assert training_time([artifacts.load_run("01_x")]) == text


def test_training_time_of_seeds_on_several_machines(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    gpu = {"backend": "jax", "device": "NVIDIA H100 80GB HBM3"}
    cpu = {"backend": "tensorflow", "device": "AMD EPYC, 2 cores"}
    for seed, machine in enumerate((gpu, cpu)):
        training = {"epochs": 10 + seed, "seconds": 60 + 120 * seed, "precision": "float32"}
        write_run(tmp_path, f"01_x/seed-{seed}", training=training | machine)
    text = training_time(artifacts.runs())
    assert text == "2 min, 10 to 11 epochs, H100 (jax) or EPYC, 2 cores (tensorflow)"


def test_a_missing_figure_is_a_dash():
    assert share_text(0.5, None) == number_text(None) == accuracy_text(None) == "–"
    assert number_text(0.1, 0.2) == "0.150"
