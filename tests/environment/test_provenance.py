"""The commit and the package versions of a result."""

import re
import subprocess

from emotion_lib.environment import commit, provenance, versions


def git(*arguments, cwd):
    author = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *author, *arguments], cwd=cwd, check=True, capture_output=True)


def test_commit_shows_if_the_code_differs_from_it(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    assert commit() == "unknown"
    (tmp_path / "emotion_lib").mkdir()
    (tmp_path / "emotion_lib" / "a.py").write_text("1")
    git("init", cwd=tmp_path)
    git("add", ".", cwd=tmp_path)
    git("commit", "-m", "first", cwd=tmp_path)
    assert re.fullmatch(r"[0-9a-f]{10}", commit())
    (tmp_path / "notes.txt").write_text("not a part of the library")
    assert not commit().endswith("+")
    (tmp_path / "emotion_lib" / "a.py").write_text("2")
    assert commit().endswith("+")


def test_versions_of_installed_packages(monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGES", ("keras", "no-such-package"))
    assert list(versions()) == ["keras"]
