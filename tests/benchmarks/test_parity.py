"""Tests of emotion_lib.benchmarks.parity."""

from conftest import emotion

from emotion_lib.benchmarks import parity


def test_an_interrupted_run_continues(fake_workers, monkeypatch, tmp_path):
    monkeypatch.setattr(parity.datasets, "load", lambda name: None)
    file = tmp_path / "partial.csv"
    parity.parity(file, print, seeds=1)
    assert len(fake_workers) == 2
    assert len(parity.parity(file, print, seeds=2)) == 4
    assert len(fake_workers) == 4


def test_missing_data_is_explained(capsys, monkeypatch):
    import kagglehub

    def no_network(*arguments, **options):
        raise ConnectionError("no network")

    monkeypatch.setattr(kagglehub, "dataset_download", no_network)
    assert emotion(monkeypatch, "bench", "parity") == 2
    assert "FER" in capsys.readouterr().err
