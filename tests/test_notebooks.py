"""The contract every notebook keeps, the runner, and a small run of each."""

import ast
import json
import re

import nbformat
import numpy as np
import pytest
from conftest import REAL_DATA, record
from PIL import Image

from emotion_lib import notebooks, paths

NOTEBOOKS = notebooks.find()
SECTIONS = ["Imports", "Parameters", "Data", "Model", "Training", "Evaluation", "Export", "Findings"]


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def path(request):
    return request.param


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def python(source):
    """A cell without IPython's magics, parsed."""
    return ast.parse(re.sub(r"^%.*$", "", source, flags=re.MULTILINE))


# ---- the contract ---------------------------------------------------------------------------------------------------


def test_committed_without_outputs(path):
    nbformat.validate(nbformat.read(path, as_version=4))
    assert all(not cell.outputs and cell.execution_count is None for cell in code_cells(path))


def test_title_cell_and_sections_in_order(path):
    prose = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown"]
    assert prose[0].startswith(f"# {path.stem[:2]} · ")
    assert all(f"| {row} |" in prose[0] for row in ("Data", "Expected", "Time", "Command"))
    assert [re.match(r"## (.*)", text).group(1) for text in prose if text.startswith("## ")] == SECTIONS


def test_parameters_are_literals_in_upper_case(path):
    values = notebooks.parameters(path)
    assert all(name.isupper() for name in values)
    assert values["RUN_NAME"] == path.stem and {"DATASET", "LIMIT", "SEED"} <= set(values)
    assert values["LIMIT"] is None and values["DATASET"] != "synthetic"  # in full by default


def test_constants_calls_and_prose_only(path):
    for cell in code_cells(path):
        assert len(cell.source.splitlines()) <= 25
        assert not re.search(r"^\s*!|sys\.path", cell.source, flags=re.MULTILINE)
        for node in ast.walk(python(cell.source)):
            assert not isinstance(node, ast.ClassDef)
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 5


# ---- the runner -----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of notebooks of our own."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setenv("NOTEBOOKS_DIR", str(folder))

    def write(name, *sources, parameters='RUN_NAME = "x"\nEPOCHS = 3'):
        cells = [nbformat.v4.new_code_cell(source) for source in (parameters, *sources)]
        cells[0].metadata["tags"] = ["parameters"]
        kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / name)

    return write


def test_unknown_parameters_are_refused(folder, capsys):
    folder("01_x.ipynb")
    assert notebooks.main(["-p", "EPOCH=5"]) == 2
    assert "['EPOCHS', 'RUN_NAME']. Received: ['EPOCH']" in capsys.readouterr().err


def test_parameters_are_checked_before_the_first_notebook_runs(folder, capsys):
    folder("01_has.ipynb")
    folder("02_has_not.ipynb", parameters='RUN_NAME = "02_has_not"')
    assert notebooks.main(["-p", "EPOCHS=1"]) == 2
    assert "running" not in capsys.readouterr().out
    with pytest.raises(SystemExit):
        notebooks.main(["-p", "EPOCHS"])


def test_a_parameter_reaches_the_notebook_and_the_copy_is_kept(folder):
    folder("01_x.ipynb", "print(EPOCHS * 2, RUN_NAME)")
    assert notebooks.main(["01", "-p", "EPOCHS=21"]) == 0
    executed = nbformat.read(paths.artifacts_dir() / "x" / "EPOCHS=21" / "01_x.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text == "42 x/EPOCHS=21\n"


def test_a_recorded_run_is_run_again_as_it_was(folder, capsys):
    folder("01_x.ipynb", "print(EPOCHS, NEW, RUN_NAME)", parameters='RUN_NAME = "01_x"\nEPOCHS = 3\nNEW = 0')
    run = paths.artifacts_dir() / "01_x" / "EPOCHS=7" / "seed-1"
    run.mkdir(parents=True)
    parameters = {"RUN_NAME": "01_x/EPOCHS=7", "EPOCHS": 7, "OLD": 1}
    (run / "run.json").write_text(json.dumps(record("01_x/EPOCHS=7/seed-1", parameters=parameters)))

    def printed(variant):
        executed = nbformat.read(paths.artifacts_dir() / "01_x" / variant / "01_x.ipynb", as_version=4)
        return executed.cells[-1].outputs[0].text

    assert notebooks.main(["--again", "01_x/EPOCHS=7/seed-1"]) == 0
    out = capsys.readouterr().out
    assert "gone since commit abc" in out and "['OLD']" in out and "['NEW']" in out
    assert printed("EPOCHS=7") == "7 0 01_x/EPOCHS=7\n"
    assert notebooks.main(["--again", "01_x/EPOCHS=7/seed-1", "-p", "NEW=5"]) == 0
    assert printed("EPOCHS=7/NEW=5") == "7 5 01_x/EPOCHS=7/NEW=5\n"
    assert notebooks.main(["--again", "01_y"]) == 2
    assert "Received: '01_y'" in capsys.readouterr().err


def test_relative_folders_mean_the_same_in_the_kernel(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARTIFACTS_DIR", "runs")
    monkeypatch.setenv("FER2013_PATH", "fer2013.zip")
    folder("01_x.ipynb", "import os", "print(os.environ['ARTIFACTS_DIR'], os.environ['FER2013_PATH'])")
    assert notebooks.main([]) == 0
    executed = nbformat.read(tmp_path / "runs" / "x" / "01_x.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text.split() == [str(tmp_path / "runs"), str(tmp_path / "fer2013.zip")]


def test_a_failed_notebook_does_not_stop_the_others(folder, capsys):
    folder("01_fails.ipynb", "1 / 0", parameters='RUN_NAME = "01_fails"')
    folder("02_works.ipynb", "print('done')", parameters='RUN_NAME = "02_works"')
    assert notebooks.main([]) == 1
    output = capsys.readouterr()
    assert "1 done, 1 failed: 01_fails" in output.out and "ZeroDivisionError" in output.err
    assert (paths.artifacts_dir() / "02_works" / "02_works.ipynb").exists()
    assert "ZeroDivisionError" in (paths.artifacts_dir() / "01_fails" / "01_fails.ipynb").read_text()


def test_parameters_that_are_no_literals(folder, tmp_path):
    folder("01_x.ipynb", parameters="EPOCHS = 3 * len(x)")
    with pytest.raises(notebooks.NotebookError, match="NAME = literal"):
        notebooks.parameters(tmp_path / "notebooks" / "01_x.ipynb")


def test_no_such_notebook(folder, capsys):
    folder("01_x.ipynb")
    assert notebooks.main(["07"]) == 2
    assert "['01_x']. Received: '07'" in capsys.readouterr().err


# ---- every notebook, small ------------------------------------------------------------------------------------------


def run_small(path, tmp_path, monkeypatch, changes):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    output = tmp_path / "artifacts" / notebooks.parameters(path)["RUN_NAME"] / path.name
    notebooks.execute(path, changes, output)
    records = [json.loads(file.read_text()) for file in output.parent.rglob("run.json")]
    assert not any(record["full"] for record in records) and not (tmp_path / "artifacts" / "leaderboard.csv").exists()
    pictures = [o for cell in nbformat.read(output, as_version=4).cells for o in cell.get("outputs", ()) if "data" in o]
    assert sum("image/png" in o["data"] for o in pictures) >= 4
    assert records or path.name >= "90"  # those compare, and train nothing
    return records


def test_runs_on_drawn_faces(path, tmp_path, monkeypatch):
    for record in run_small(path, tmp_path, monkeypatch, notebooks.small(path)):
        assert record["data"]["name"] in ("synthetic", *notebooks.EMBEDDED)


@pytest.mark.skipif(not REAL_DATA, reason="FER2013_PATH does not name the real data")
def test_runs_on_a_slice_of_the_real_data(path, tmp_path, monkeypatch):
    monkeypatch.setenv("FER2013_PATH", REAL_DATA)
    known = notebooks.parameters(path)
    real = {name: known[name] for name in ("DATASET", "FACES") if name in known} | (
        {"EPOCHS": 1} if "EPOCHS" in known else {}
    )
    for record in run_small(path, tmp_path, monkeypatch, notebooks.small(path) | real):
        assert record["data"]["name"].split()[0] == known["DATASET"] and record["data"]["images"]["test"] <= 256


def test_epochs_are_fitted_into_the_hours_there_are(tmp_path, monkeypatch):
    (path,) = notebooks.find("13")
    (record,) = run_small(path, tmp_path, monkeypatch, notebooks.small(path) | {"HOURS": 1e-6})
    assert record["training"]["epochs"] == 1 and record["parameters"]["HOURS"] == 1e-6


def test_emoji_need_no_photographed_faces(tmp_path, monkeypatch):
    """Without FER-2013 the notebook runs, under a name of its own and as no full run."""
    (path,) = notebooks.find("07")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):  # no download
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    changes = {"FACES": "fer2013", "FOLDS": 3, "EPOCHS": 1}
    (record,) = run_small(path, tmp_path, monkeypatch, changes)
    assert record["name"] == "07_emoji_happy_sad/without_fer2013" and "no photographed faces" in str(record["data"])
    assert "Ways to get it" in (tmp_path / "artifacts" / "07_emoji_happy_sad" / path.name).read_text()


def test_labels_of_pictures_of_ones_own(tmp_path, monkeypatch):
    """`-p SOURCE=folder` is all that it takes."""
    (path,) = notebooks.find("11")
    mine = tmp_path / "mine"
    mine.mkdir()
    rng = np.random.default_rng(0)
    lines = ["image,labels"]
    for index in range(24):
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save(mine / f"{index}.png")
        lines.append(f"{index}.png,{('boat', 'bus', 'boat|bus')[index % 3]}")
    (mine / "labels.csv").write_text("\n".join(lines))
    changes = notebooks.small(path) | {"SOURCE": str(mine), "EPOCHS": 1, "LOSSES": ["asymmetric"], "WIDTHS": [4, 8]}
    (record,) = run_small(path, tmp_path, monkeypatch, changes)
    assert record["data"]["name"] == "multilabel_csv" and record["class_names"] == ["boat", "bus"]


@pytest.mark.parametrize("path", NOTEBOOKS[:1], ids=lambda p: p.stem)
def test_without_data_a_full_run_stops_with_the_data_error(path, tmp_path, monkeypatch):
    """Never on drawn faces instead."""
    import papermill

    # The kernel is a process of its own: a proxy that nobody answers stands for a machine without a network.
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(papermill.PapermillExecutionError, match="Ways to get it"):
        notebooks.execute(path, {"EPOCHS": 1}, tmp_path / "out.ipynb")
