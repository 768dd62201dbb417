"""The series: what has changed is run, what fails stops nothing, comparisons come last."""

import json
import re
import time

import nbformat
import pytest
from conftest import record

from emotion_lib import notebooks, pipeline
from emotion_lib.paths import artifacts_dir


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "_data_identity", lambda: "data")
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setenv("NOTEBOOKS_DIR", str(folder))

    def write(stem, *sources, extra=""):
        parameters = nbformat.v4.new_code_cell(f'RUN_NAME = "{stem}"\n{extra}')
        parameters.metadata["tags"] = ["parameters"]
        title = nbformat.v4.new_markdown_cell(f"# {stem}\n\n| | |\n| --- | --- |\n| Time | a second |")
        cells = [title, parameters, *map(nbformat.v4.new_code_cell, sources)]
        kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / f"{stem}.ipynb")

    return write


def states(capsys):
    return dict(re.findall(r"^(\d\d_\w+) +(\w+) +\d+$", capsys.readouterr().out, flags=re.MULTILINE))


def test_only_what_failed_or_changed_is_run_again(write, capsys, monkeypatch):
    write("01_works", "print('one')")
    write("02_fails", "1 / 0")
    write("99_last", "print('last')")
    assert pipeline.main([]) == 1
    assert states(capsys) == {"01_works": "done", "02_fails": "FAILED", "99_last": "done"}
    write("02_fails", "print('mended')")
    assert pipeline.main([]) == 0
    assert states(capsys) == {"01_works": "unchanged", "02_fails": "done", "99_last": "unchanged"}
    start = time.perf_counter()
    assert pipeline.main([]) == 0
    assert set(states(capsys).values()) == {"unchanged"} and time.perf_counter() - start < 20
    monkeypatch.setattr(pipeline, "_data_identity", lambda: "other data")
    assert pipeline.main(["01"]) == 0
    assert states(capsys) == {"01_works": "done"}
    assert pipeline.main(["01", "--always"]) == 0
    assert states(capsys) == {"01_works": "done"}


def test_parameters_of_its_own_make_a_run_of_its_own(write, capsys):
    write("01_a", "print('hours', HOURS)", extra="HOURS = None")
    own = ["01", "-p", "HOURS=0.5", "-p", "RUN_NAME=01_a/HOURS=0.5"]
    for arguments, state in (([], "done"), (own, "done"), ([], "unchanged"), (own, "unchanged")):
        assert pipeline.main(arguments) == 0
        assert states(capsys) == {"01_a": state}
    cell = nbformat.read(artifacts_dir() / "01_a" / "HOURS=0.5" / "01_a.ipynb", as_version=4).cells[-1]
    assert cell.outputs[0].text == "hours 0.5\n"
    assert pipeline.main(["01", "-p", "HOUR=1"]) == 2
    assert "Received: ['HOUR']" in capsys.readouterr().err


def test_what_reads_some_runs_comes_after_them(write, capsys):
    place = "import json, os, pathlib\nf = pathlib.Path(os.environ['ARTIFACTS_DIR'], RUN_NAME, 'run.json')"
    place += f"\nrecord = {record('?')!r} | {{'name': RUN_NAME, 'commit': str(os.getpid())}}"
    place += "\nf.parent.mkdir(exist_ok=True)\nf.write_text(json.dumps(record))"
    write("02_reads", place, extra='MEMBER_RUNS = ["03_trains"]')
    write("03_trains", place)
    assert pipeline.main([]) == 0
    assert list(states(capsys)) == ["02_reads", "03_trains"]
    kept, later = (artifacts_dir() / name / "run.json" for name in ("03_trains", "02_reads"))
    assert kept.stat().st_mtime_ns < later.stat().st_mtime_ns
    assert pipeline.main([]) == 0
    assert set(states(capsys).values()) == {"unchanged"}
    assert pipeline.main(["03", "--always"]) == 0
    capsys.readouterr()
    assert pipeline.main([]) == 0
    assert states(capsys) == {"02_reads": "done", "03_trains": "unchanged"}


def test_a_notebook_runs_again_for_another_served_model_but_not_for_its_own(write, capsys, tmp_path, monkeypatch):
    best = tmp_path / "best"
    best.mkdir()
    monkeypatch.setattr(pipeline, "best_dir", lambda: best)
    write("01_other")
    write("02_trains", "print('best_dir')")
    served = ["01_other", "02_trains/student", "02_trains/HOURS=3/student", "01_other/EPOCHS=9"]
    found = []
    for name in served:
        (best / "model.keras").write_text(name)
        (best / "run.json").write_text(json.dumps(record(name)))
        assert pipeline.main(["02"]) == 0
        found.append(states(capsys)["02_trains"])
    assert found == ["done", "unchanged", "unchanged", "done"]


def test_smoke_runs_are_small_apart_and_several_at_a_time(write, capsys):
    for stem in ("01_a", "02_b"):
        write(stem, "print('epochs', EPOCHS)", extra="EPOCHS = 30")
    assert pipeline.main(["--smoke", "--jobs", "2"]) == 0
    out = capsys.readouterr().out
    assert "[01] " in out and "[02] " in out
    executed = artifacts_dir() / "01_a" / "01_a.ipynb"  # the pipeline has moved ARTIFACTS_DIR to smoke/
    assert artifacts_dir().name == "smoke"
    cell = nbformat.read(executed, as_version=4).cells[-1]
    assert cell.outputs[0].text == f"epochs {notebooks.SMOKE['EPOCHS']}\n"


def test_no_such_notebook(write, capsys):
    write("01_a")
    assert pipeline.main(["07"]) == 2
    assert "Received: '07'" in capsys.readouterr().err


def test_how_long_it_takes_is_said_first(write, capsys, monkeypatch):
    monkeypatch.setattr(pipeline, "_gpus", lambda: [])
    write("01_a")
    pipeline.main([])
    assert "01_a                       a second" in capsys.readouterr().out


def test_the_datas_identity_is_its_fingerprint(write_tree, monkeypatch):
    monkeypatch.setenv("FER2013_PATH", str(write_tree()))
    assert pipeline._data_identity() == ""  # a few pictures are not FER-2013
