"""Running notebooks headlessly: names of runs, parameters, failures, interruptions."""

import json
import os
import subprocess
import sys
import time

import nbformat
import pytest
from conftest import emotion, record

from emotion_lib import artifacts
from emotion_lib.experiments import runner
from emotion_lib.experiments.notebooks import NotebookError
from emotion_lib.paths import artifacts_dir


@pytest.fixture
def run(monkeypatch):
    """Return a function that calls ``emotion run`` and returns its exit status."""
    return lambda *arguments: emotion(monkeypatch, "run", *arguments)


def executed(run_name: str, stem: str) -> nbformat.NotebookNode:
    """Return the executed copy of a notebook."""
    return nbformat.read(artifacts_dir() / run_name / f"{stem}.ipynb", as_version=4)


def printed(run_name: str, stem: str) -> str:
    """Return what the last cell of an executed notebook printed."""
    return executed(run_name, stem).cells[-1].outputs[0].text


def test_unknown_parameters_are_refused(write_notebook, run, capsys):
    write_notebook("01_x", extra="EPOCHS = 3")
    assert run("-p", "EPOCH=5") == 2
    assert "['EPOCHS', 'RUN_NAME']. Received: ['EPOCH']" in capsys.readouterr().err


def test_parameters_are_checked_before_the_first_notebook_runs(write_notebook, run, capsys):
    write_notebook("01_has", extra="EPOCHS = 3")
    write_notebook("02_has_not")
    assert run("-p", "EPOCHS=1") == 2
    assert "running" not in capsys.readouterr().out
    assert run("-p", "EPOCHS") == 2
    assert "Expected NAME=VALUE. Received: 'EPOCHS'" in capsys.readouterr().err


def test_a_run_with_changed_parameters_is_named_by_a_word(write_notebook, run, capsys):
    write_notebook("01_x", "print(EPOCHS * 2, RUN_NAME)", extra="EPOCHS = 3")
    assert run("01", "-p", "EPOCHS=21", "--name", "long") == 0
    assert printed("01_x/long", "01_x") == "42 01_x/long\n"
    assert run("01", "--name", "../long") == 2
    assert "Expected a word of letters" in capsys.readouterr().err
    assert run("01", "--name", "long", "-p", "RUN_NAME=x") == 2
    assert "Received: both" in capsys.readouterr().err


def test_the_name_of_a_variant_depends_on_its_changes_alone(write_notebook, tmp_path):
    write_notebook("01_x", extra="EPOCHS = 3\nSOURCE = None")
    path = tmp_path / "notebooks" / "01_x.ipynb"
    assert runner.run_name(path, {}) == "01_x"
    name = runner.run_name(path, {"EPOCHS": 5, "SOURCE": "a"})
    assert name == runner.run_name(path, {"SOURCE": "a", "EPOCHS": 5})
    assert name.startswith("01_x/variant-") and len(name) == len("01_x/variant-") + 6
    sources = ["/a/b", "/a_b", "a:b", "ä", "x" * 300, "x" * 301, ["y" * 5000]]
    names = {runner.run_name(path, {"SOURCE": source}) for source in sources}
    assert len(names) == len(sources)
    for name in names:
        assert artifacts.run_folder(name)


def test_a_recorded_run_is_run_again_with_its_parameters(write_notebook, run, capsys):
    write_notebook("01_x", "print(EPOCHS, NEW, RUN_NAME)", extra="EPOCHS = 3\nNEW = 0")
    folder = artifacts_dir() / "01_x" / "seven" / "seed-1"
    folder.mkdir(parents=True)
    parameters = {"RUN_NAME": "01_x/seven", "EPOCHS": 7, "OLD": 1}
    content = record("01_x/seven/seed-1", parameters=parameters)
    (folder / "run.json").write_text(json.dumps(content))
    assert run("--again", "01_x/seven/seed-1") == 0
    out = capsys.readouterr().out
    assert "Recorded at commit abc, but not parameters of" in out
    assert "['OLD']" in out and "['NEW']" in out
    assert printed("01_x/seven", "01_x") == "7 0 01_x/seven\n"
    assert run("--again", "01_x/seven/seed-1", "-p", "NEW=5", "--name", "new") == 0
    assert printed("01_x/new", "01_x") == "7 5 01_x/new\n"
    path = runner.recorded_parameters("01_x/seven/seed-1")[0]
    variant = runner.run_name(path, {"EPOCHS": 7, "NEW": 5})
    assert run("--again", "01_x/seven/seed-1", "-p", "NEW=5") == 0
    assert printed(variant, "01_x") == f"7 5 {variant}\n"


def test_a_run_that_is_not_recorded_cannot_be_run_again(write_notebook, run, capsys):
    write_notebook("01_x")
    assert run("--again", "01_y") == 2
    assert "Received: '01_y'" in capsys.readouterr().err
    assert run("01", "--again", "01_x") == 2
    assert "Received: both" in capsys.readouterr().err


def test_the_notebook_of_a_variant_is_the_one_with_the_longest_name(write_notebook):
    for stem in ("13_net", "13_net_wide_open", "14_x"):
        write_notebook(stem, extra="SEEDS = [0]")
    folder = artifacts_dir() / "13_net_wide" / "seed-40"
    folder.mkdir(parents=True)
    parameters = {"RUN_NAME": "13_net_wide", "SEEDS": [40]}
    content = record("13_net_wide/seed-40", parameters=parameters)
    (folder / "run.json").write_text(json.dumps(content))
    path, recorded = runner.recorded_parameters("13_net_wide/seed-40")
    assert path.stem == "13_net" and recorded == parameters


def test_a_smoke_run_takes_the_values_of_the_metadata(write_notebook, run):
    write_notebook("01_x", "print(EPOCHS)", extra="EPOCHS = 30", smoke={"EPOCHS": 2})
    assert run("--smoke") == 0
    assert artifacts_dir().name == "smoke"
    assert printed("01_x", "01_x") == "2\n"


def test_a_smoke_run_says_that_its_numbers_mean_nothing(write_notebook, run, capsys):
    write_notebook("01_x", "1 / 0", smoke={"RUN_NAME": "01_x"})
    assert run() == 1
    assert executed("01_x", "01_x").cells[0].source.startswith("<span")  # papermill's own
    assert runner.SMOKE_NOTE not in capsys.readouterr().out
    assert run("--smoke") == 1
    assert executed("01_x", "01_x").cells[0].source == f"**{runner.SMOKE_NOTE}**"
    assert capsys.readouterr().out.rstrip().endswith(runner.SMOKE_NOTE)


def test_only_one_process_at_a_time_runs_into_a_folder(write_notebook, run, monkeypatch, capsys):
    write_notebook("01_x", "print('done')")
    # As if another process held the folder.
    monkeypatch.setattr("emotion_lib.files.folder_lock._lock", lambda file: False)
    assert run() == 1
    err = capsys.readouterr().err
    assert "Wait until it has ended" in err
    assert "01_x: FAILED FolderInUseError: Expected" in err
    assert not (artifacts_dir() / "01_x" / "01_x.ipynb").exists()  # the other's copy
    assert run("-p", "RUN_NAME=../../x") == 2
    assert "Received: '../../x'" in capsys.readouterr().err


def test_relative_paths_mean_the_same_in_the_kernel(write_notebook, run, tmp_path, monkeypatch):
    """In the environment and in parameters they are relative to the user's folder."""
    folder = tmp_path / "here"
    (folder / "pictures").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ARTIFACTS_DIR", "runs")
    code = """import os, pathlib
from emotion_lib.paths import artifacts_dir
print(pathlib.Path(SOURCE).is_dir())
print(artifacts_dir().absolute())"""
    write_notebook("01_x", code, extra="SOURCE = None")
    assert run("-p", "SOURCE=pictures", "--name", "mine") == 0
    assert printed("01_x/mine", "01_x").split() == ["True", str(folder / "runs")]


def test_a_failed_notebook_does_not_stop_the_others(write_notebook, run, capsys):
    write_notebook("01_fails", "1 / 0")
    write_notebook("02_works", "print('done')")
    assert run() == 1
    output = capsys.readouterr()
    assert "1 done, 1 failed: 01_fails" in output.out
    copy = artifacts_dir() / "01_fails" / "01_fails.ipynb"
    reason = "cell [2]: ZeroDivisionError: division by zero"
    failure = f"01_fails: FAILED {reason} (executed copy: {copy})"
    assert "----> 1 1 / 0" in output.err and output.err.splitlines()[-1] == failure
    assert "ZeroDivisionError" in copy.read_text()
    assert (artifacts_dir() / "02_works" / "02_works.ipynb").exists()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Expected x. Received: y.\n\nWays to get it", "RuntimeError: Expected x. Received: y."),
        ("Graph error:\n\nat node 7\nNo memory\n", "RuntimeError: Graph error: No memory"),
        ("", "RuntimeError"),
    ],
)
def test_the_reason_of_a_failure_is_one_line(message, reason):
    assert runner.reason_of(RuntimeError(message)) == reason


def test_the_reason_of_a_failure_is_short():
    assert len(runner.reason_of(RuntimeError("x" * 5000))) < 400


MISSING = """from emotion_lib.datasets import DataError

def download():
    raise ConnectionError("no network")

try:
    download()
except ConnectionError as error:
    raise DataError("Expected FER-2013. Received: none.\\nHow to get it") from error
datasets.load(FACES)"""


def test_missing_data_is_a_message_without_a_traceback(write_notebook, run, capsys):
    write_notebook("07_x", MISSING, extra='DATASET = "emoji"\nFACES = "fer2013"')
    assert run() == 1
    *_, message, how, advice, failure = capsys.readouterr().err.splitlines()
    assert [message, how] == ["Expected FER-2013. Received: none.", "How to get it"]
    assert "emotion run 07 --smoke" in advice and "-p FACES=synthetic --name drawn" in advice
    copy = artifacts_dir() / "07_x" / "07_x.ipynb"
    reason = "FAILED cell [2]: DataError: Expected FER-2013. Received: none."
    assert failure == f"07_x: {reason} (executed copy: {copy})"
    (shown,) = executed("07_x", "07_x").cells[-1].outputs  # as JupyterLab shows it
    assert shown.traceback == ["DataError: Expected FER-2013. Received: none.\nHow to get it"]


def test_an_interrupted_notebook_ends_its_kernel_and_keeps_its_copy(write_notebook, tmp_path):
    """The cell is interrupted as by Ctrl-C, so that no file is cut in the middle."""
    started = tmp_path / "started"
    code = f"""import os, pathlib, time
new = pathlib.Path({str(started)!r} + ".new")
new.write_text(str(os.getpid()))
new.rename({str(started)!r})
while True:
    time.sleep(0.1)"""
    write_notebook("01_x", code)
    command = [sys.executable, "-m", "emotion_lib.cli", "run"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while not started.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.terminate()
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and "01_x: stopped after" in output
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)
    (stopped,) = executed("01_x", "01_x").cells[-1].outputs
    assert stopped.ename == "KeyboardInterrupt"


def test_a_parameter_that_the_notebook_lacks_is_refused(write_notebook, tmp_path):
    write_notebook("01_x")
    path = tmp_path / "notebooks" / "01_x.ipynb"
    with pytest.raises(NotebookError, match=r"Received: \['EPOCHS'\]"):
        runner.execute(path, {"EPOCHS": 1}, tmp_path / "out.ipynb")
