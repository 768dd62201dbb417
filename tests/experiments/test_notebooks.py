"""The contract every notebook keeps, the runner, and a small run of each."""

import ast
import json
import os
import re
import subprocess
import sys
import time

import nbformat
import numpy as np
import pytest
from conftest import REAL_DATA, record
from PIL import Image

from emotion_lib import artifacts, paths
from emotion_lib.experiments import notebooks

NOTEBOOKS = notebooks.find()
SECTIONS = [
    "Imports",
    "Parameters",
    "Data",
    "Model",
    "Training",
    "Evaluation",
    "Export",
    "Findings",
]


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
    assert all(f"| {row} |" in prose[0] for row in ("Data", "Time", "Command"))
    assert "| Result |" in prose[0] or "| Expected |" in prose[0]
    assert [
        re.match(r"## (.*)", text).group(1) for text in prose if text.startswith("## ")
    ] == SECTIONS


def test_parameters_are_literals_in_upper_case(path):
    values = notebooks.parameters(path)
    assert all(name.isupper() for name in values)
    assert values["RUN_NAME"] == path.stem and {"DATASET", "LIMIT", "SEED"} <= set(values)
    assert values["LIMIT"] is None and values["DATASET"] != "synthetic"  # in full by default


def test_needs_stand_in_the_metadata(path):
    """What reads a frozen graph or begins with weights that others trained says so, and nothing else does."""
    needs = notebooks.needs_of(path)
    used = notebooks.parameters(path)
    pretrained = {"imagenet", "lite0"} & {
        value for value in used.values() if isinstance(value, str)
    }
    assert bool(needs) == bool(pretrained or "facenet" in path.read_text())
    for condition in needs.values():  # of the notebook's own defaults
        assert condition.items() <= used.items()


def test_constants_calls_and_prose_only(path):
    for cell in code_cells(path):
        assert len(cell.source.splitlines()) <= 25
        assert not re.search(r"^\s*!|sys\.path", cell.source, flags=re.MULTILINE)
        for node in ast.walk(python(cell.source)):
            assert not isinstance(node, ast.ClassDef)
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 5


def test_a_model_that_is_not_yet_recorded_is_a_draft(path):
    """Until save_run puts all files in place together, those of the run before stay."""
    for cell in code_cells(path):
        for line in re.findall(r"artifacts\.export\(.*", cell.source):
            assert '/ "checkpoint" / "model.keras"' in line


# ---- the runner -----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of notebooks of our own."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setenv("NOTEBOOKS_DIR", str(folder))

    def write(name, *sources, parameters='RUN_NAME = "x"\nEPOCHS = 3', needs=None):
        cells = [nbformat.v4.new_code_cell(source) for source in (parameters, *sources)]
        cells[0].metadata["tags"] = ["parameters"]
        kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
        metadata = {"kernelspec": kernel} | ({"emotion": {"needs": needs}} if needs else {})
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), folder / name)

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
    folder(
        "01_x.ipynb",
        "print(EPOCHS, NEW, RUN_NAME)",
        parameters='RUN_NAME = "01_x"\nEPOCHS = 3\nNEW = 0',
    )
    run = paths.artifacts_dir() / "01_x" / "EPOCHS=7" / "seed-1"
    run.mkdir(parents=True)
    parameters = {"RUN_NAME": "01_x/EPOCHS=7", "EPOCHS": 7, "OLD": 1}
    (run / "run.json").write_text(json.dumps(record("01_x/EPOCHS=7/seed-1", parameters=parameters)))

    def printed(variant):
        executed = nbformat.read(
            paths.artifacts_dir() / "01_x" / variant / "01_x.ipynb", as_version=4
        )
        return executed.cells[-1].outputs[0].text

    assert notebooks.main(["--again", "01_x/EPOCHS=7/seed-1"]) == 0
    out = capsys.readouterr().out
    assert "gone since commit abc" in out and "['OLD']" in out and "['NEW']" in out
    assert printed("EPOCHS=7") == "7 0 01_x/EPOCHS=7\n"
    assert notebooks.main(["--again", "01_x/EPOCHS=7/seed-1", "-p", "NEW=5"]) == 0
    assert printed("EPOCHS=7/NEW=5") == "7 5 01_x/EPOCHS=7/NEW=5\n"
    assert notebooks.main(["--again", "01_y"]) == 2
    assert "Received: '01_y'" in capsys.readouterr().err


def test_a_variants_run_is_run_again_by_its_notebook(folder):
    for stem in ("13_net", "13_net_wide_open", "14_x"):
        folder(f"{stem}.ipynb", parameters=f'RUN_NAME = "{stem}"\nSEEDS = [0]')
    stems = {
        "13_net": "13_net",
        "13_net_wide/seed-40": "13_net",
        "13_net_wide_open/A=1": "13_net_wide_open",
    }
    for name, stem in stems.items():
        assert notebooks.notebook_of(name).stem == stem
    run = paths.artifacts_dir() / "13_net_wide" / "seed-40"
    run.mkdir(parents=True)
    parameters = {"RUN_NAME": "13_net_wide", "SEEDS": [40]}
    (run / "run.json").write_text(json.dumps(record("13_net_wide/seed-40", parameters=parameters)))
    path, before = notebooks.recorded("13_net_wide/seed-40")
    assert path.stem == "13_net" and before == parameters
    for name in ("15_y/seed-0", "13_nets", "own/mine"):
        with pytest.raises(notebooks.NotebookError, match=f"Received: '{name}'"):
            notebooks.notebook_of(name)


def test_all_shipped_runs_have_a_notebook():
    names = [run.name for run in artifacts.runs(paths.ROOT / "artifacts")]
    assert all(name.startswith(notebooks.notebook_of(name).stem) for name in names)


def test_variants_have_folders_of_their_own():
    def name(**changes):
        return notebooks.variant_of("01_x", changes)

    assert name(EPOCHS=5) == "01_x/EPOCHS=5"
    assert name(SEEDS=[0, 1], MEMBERS=[]) == "01_x/SEEDS=_0,_1_,MEMBERS=_"
    sources = ["/a/b", "/a_b", "_a_b", "a:b", "ä", "ö", "x" * 300, "x" * 301, ["y" * 5000]]
    names = {name(SOURCE=source) for source in sources}
    assert len(names) == len(sources)
    assert all(len(part.encode()) <= 255 for variant in names for part in variant.split("/"))
    assert all(artifacts.run_folder(variant) for variant in names)


def test_a_run_is_one_notebooks_at_a_time(folder, monkeypatch, capsys):
    folder("01_x.ipynb", "print('done')")
    monkeypatch.setattr(
        "emotion_lib.files.folder_lock._lock", lambda file: False
    )  # as if another process held the folder
    assert notebooks.main([]) == 1
    err = capsys.readouterr().err
    assert "Wait until it has ended" in err and "01_x: FAILED FolderInUseError: Expected" in err
    assert not (paths.artifacts_dir() / "x" / "01_x.ipynb").exists()  # the copy of the other's
    assert notebooks.main(["-p", "RUN_NAME=../../x"]) == 2
    assert "Received: '../../x'" in capsys.readouterr().err


def test_relative_paths_mean_the_same_in_the_kernel(folder, tmp_path, monkeypatch):
    """In the environment and in parameters: what is there where the user stands is there."""
    stand = tmp_path / "stand"
    (stand / "pictures").mkdir(parents=True)
    monkeypatch.chdir(stand)
    monkeypatch.setenv("ARTIFACTS_DIR", "runs")
    code = "import os, pathlib\nfrom emotion_lib.paths import artifacts_dir\nprint(pathlib.Path(SOURCE).is_dir())"
    folder(
        "01_x.ipynb",
        f"{code}\nprint(artifacts_dir().absolute())",
        parameters='RUN_NAME = "x"\nSOURCE = None',
    )
    assert notebooks.main(["-p", "SOURCE=pictures"]) == 0
    executed = nbformat.read(stand / "runs" / "x" / "SOURCE=pictures" / "01_x.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text.split() == ["True", str(stand / "runs")]


def test_a_failed_notebook_does_not_stop_the_others(folder, capsys):
    folder("01_fails.ipynb", "1 / 0", parameters='RUN_NAME = "01_fails"')
    folder("02_works.ipynb", "print('done')", parameters='RUN_NAME = "02_works"')
    assert notebooks.main([]) == 1
    output = capsys.readouterr()
    assert "1 done, 1 failed: 01_fails" in output.out
    copy = paths.artifacts_dir() / "01_fails" / "01_fails.ipynb"
    failure = f"01_fails: FAILED ZeroDivisionError: division by zero (executed copy: {copy})"
    assert "----> 1 1 / 0" in output.err and output.err.splitlines()[-1] == failure
    assert (paths.artifacts_dir() / "02_works" / "02_works.ipynb").exists()
    assert (
        "ZeroDivisionError" in (paths.artifacts_dir() / "01_fails" / "01_fails.ipynb").read_text()
    )


def test_a_reason_is_one_line():
    def reason(message):
        return notebooks.reason_of(RuntimeError(message))

    assert (
        reason("Expected x. Received: y.\n\nWays to get it ...")
        == "RuntimeError: Expected x. Received: y."
    )
    assert (
        reason("Graph execution error:\n\nat node 7\nOut of memory\n")
        == "RuntimeError: Graph execution error: Out of memory"
    )
    assert reason("") == "RuntimeError" and len(reason("x" * 5000)) < 400


def test_a_notebook_that_is_stopped_ends_its_kernel_and_keeps_its_copy(folder, tmp_path):
    """The cell is interrupted as by Ctrl-C, so that what it writes is not cut in the middle."""
    started = tmp_path / "started"
    folder(
        "01_x.ipynb",
        f"""import os, pathlib, time
new = pathlib.Path({str(started)!r} + ".new")
new.write_text(str(os.getpid()))
new.rename({str(started)!r})
while True:
    time.sleep(0.1)""",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "emotion_lib.experiments.notebooks"],
        stdout=subprocess.PIPE,
        text=True,
    )
    while not started.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.terminate()
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and "01_x: stopped after" in output
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)
    (stopped,) = (
        nbformat.read(paths.artifacts_dir() / "x" / "01_x.ipynb", as_version=4).cells[-1].outputs
    )
    assert stopped.ename == "KeyboardInterrupt"


def test_needs_that_nobody_knows_or_of_parameters_that_are_not_there(folder, tmp_path):
    path = tmp_path / "notebooks" / "01_x.ipynb"
    folder("01_x.ipynb")
    assert notebooks.needs_of(path) == {}
    folder("01_x.ipynb", needs={"TensorFlow": {"EPOCHS": 3}})
    assert notebooks.needs_of(path) == {"TensorFlow": {"EPOCHS": 3}}
    folder("01_x.ipynb", needs={"Tensorflow": {}})
    with pytest.raises(notebooks.NotebookError, match="Received: 'Tensorflow'"):
        notebooks.needs_of(path)
    folder("01_x.ipynb", needs={"TensorFlow": {"EPOCH": 3}})
    with pytest.raises(notebooks.NotebookError, match=r"Received: \['EPOCH'\]"):
        notebooks.needs_of(path)


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
    assert (
        not any(record["full"] for record in records)
        and not (tmp_path / "artifacts" / "leaderboard.csv").exists()
    )
    pictures = [
        o
        for cell in nbformat.read(output, as_version=4).cells
        for o in cell.get("outputs", ())
        if "data" in o
    ]
    assert sum("image/png" in o["data"] for o in pictures) >= 4
    assert records or path.name >= "90"  # those compare, and train nothing
    return records


def test_runs_on_drawn_faces(path, tmp_path, monkeypatch):
    for made in run_small(path, tmp_path, monkeypatch, notebooks.small(path)):
        assert made["data"]["name"] in ("synthetic", *notebooks.EMBEDDED)


@pytest.mark.skipif(not REAL_DATA, reason="FER2013_PATH does not name the real data")
def test_runs_on_a_slice_of_the_real_data(path, tmp_path, monkeypatch):
    monkeypatch.setenv("FER2013_PATH", REAL_DATA)
    known = notebooks.parameters(path)
    real = {name: known[name] for name in ("DATASET", "FACES") if name in known} | (
        {"EPOCHS": 1} if "EPOCHS" in known else {}
    )
    for made in run_small(path, tmp_path, monkeypatch, notebooks.small(path) | real):
        assert (
            made["data"]["name"].split()[0] == known["DATASET"]
            and made["data"]["images"]["test"] <= 256
        )


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
    assert record[
        "name"
    ] == "07_emoji_happy_sad/without_fer2013" and "no photographed faces" in str(record["data"])
    assert (
        "Ways to get it" in (tmp_path / "artifacts" / "07_emoji_happy_sad" / path.name).read_text()
    )


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
    changes = notebooks.small(path) | {
        "SOURCE": str(mine),
        "EPOCHS": 1,
        "LOSSES": ["asymmetric"],
        "WIDTHS": [4, 8],
    }
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
