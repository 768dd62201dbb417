"""Tests of ``emotion space``; tests/app has those of the files."""

from conftest import emotion


def test_a_kind_that_does_not_exist_is_refused(monkeypatch, capsys, tmp_path):
    assert emotion(monkeypatch, "space", "--kind", "docker", "--out", tmp_path / "new") == 2
    assert not (tmp_path / "new").exists()


def test_the_kind_and_the_folder_reach_the_writer(monkeypatch, capsys, tmp_path):
    from emotion_lib.app.site import space

    monkeypatch.setattr(space, "write_space", lambda folder, kind: len(f"{folder.name} {kind}"))
    assert emotion(monkeypatch, "space", "--kind", "gradio", "--out", tmp_path / "new") == 0
    assert "0.0 MB" in capsys.readouterr().out
