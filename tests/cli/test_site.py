"""Tests of ``emotion site``; tests/app/site has those of the files."""

from conftest import emotion


def test_a_folder_of_another_origin_is_one_message(monkeypatch, capsys, tmp_path):
    from emotion_lib.app.site import write

    monkeypatch.setattr(write, "site_files", lambda: {"index.html": b"ours"})
    assert emotion(monkeypatch, "site", "--out", tmp_path / "new") == 0
    assert "http.server" in capsys.readouterr().out
    (tmp_path / "index.html").write_text("mine")
    assert emotion(monkeypatch, "site", "--out", tmp_path) == 2
    assert "index.html is of another origin" in capsys.readouterr().err
    assert (tmp_path / "index.html").read_text() == "mine"
