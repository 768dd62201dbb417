"""Tests of emotion_lib.benchmarks.peers.comparison and of the worker of this library."""

import hashlib

import pandas as pd
import pytest
from conftest import emotion

from emotion_lib.benchmarks import marked, suite
from emotion_lib.benchmarks.peers import comparison

# A peer that finds one face in the middle of the portrait, in ten times the time.
PEER = """
import json, sys
photographs = [{"boxes": [[160, 50, 130, 160]], "cpu_milliseconds": 1e5} for _ in sys.argv[2:]]
print("noise of a library")
print(json.dumps({"version": "9.9", "photographs": photographs}))
"""


@pytest.fixture
def photographs(tmp_path, photograph, monkeypatch):
    """Write the portrait as the only marked photograph, and return its folder."""
    folder = tmp_path / "photos"
    folder.mkdir()
    content = photograph.read_bytes()
    (folder / "a.jpg").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()[:16]
    marks = tmp_path / "marks.csv"
    marks.write_text(f"file,sha256,x,y,width,height\na.jpg,{digest},172,62,102,128\n")
    monkeypatch.setattr(marked, "MARKS", marks)
    return folder


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """Return a folder with a Python in which one peer runs, and another fails."""
    import sys

    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "peer.py").write_text(PEER)
    (scripts / "broken.py").write_text("import no_such_package")
    folder = tmp_path / "environment"
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "python"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(comparison, "_FOLDER", scripts)
    table = {
        "peer": ("fer", "peer.py", "{}"),
        "broken": ("fer", "broken.py", ""),
        "elsewhere": ("human", "x", ""),
    }
    monkeypatch.setattr(comparison, "PEERS", table)
    monkeypatch.setattr(comparison, "_OURS", {"ours": "default"})
    return folder


def test_peers_that_run_are_compared_and_others_are_named(
    photographs, environment, capsys, tmp_path
):
    suite.measure(["peers"], photographs=photographs, environments={"fer": environment})
    table = pd.read_csv(tmp_path / "artifacts" / "bench" / "peers.csv").set_index("peer")
    assert table["found"].to_dict() == {"ours": 1, "peer": 1}
    assert table["false_faces"].to_dict() == {"ours": 0, "peer": 0}
    assert table["version"]["peer"] == "9.9" and table["times_ours"]["peer"] > 10
    messages = capsys.readouterr().err
    assert "broken: left out. ModuleNotFoundError" in messages
    assert "elsewhere: left out. Name its environment: --peer human=FOLDER" in messages


def test_an_environment_that_does_not_exist_is_refused(monkeypatch, capsys, photographs):
    arguments = ("bench", "peers", "--photos", photographs, "--peer", "fer=/none")
    assert emotion(monkeypatch, *arguments) == 2
    assert "Received: fer=/none" in capsys.readouterr().err
