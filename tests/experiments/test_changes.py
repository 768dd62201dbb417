"""What makes a notebook run again, and what does not."""

import json

import pytest
from conftest import write_run

from emotion_lib.experiments import changes, library_use


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A small library; returns a function that writes one of its files."""
    root = tmp_path / "checkout"
    for module in (changes, library_use):
        monkeypatch.setattr(module, "ROOT", root)

    def write(name, code):
        file = root / "emotion_lib" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code)

    write("__init__.py", "")
    write("models/__init__.py", '"""Networks."""')
    write("models/small.py", "WIDTH = 8\n")
    write("models/large.py", "WIDTH = 80\n")
    write("plots/__init__.py", "COLOR = 'blue'\n")
    write("cli/__init__.py", "x = 1\n")
    return write


@pytest.fixture
def write(write_notebook, quick_runner, library, monkeypatch, tmp_path):
    """Return a function that writes notebook 01, of a title and code."""
    monkeypatch.setattr(changes, "data_identity", lambda name: "data")

    def write(code="print(WIDTH, 'is wide')", title="A title", extra="EPOCHS = 1"):
        # The quick runner knows no library.
        imports = "if False:\n    from emotion_lib import plots\n"
        imports += "    from emotion_lib.models.small import WIDTH\nWIDTH = 8"
        write_notebook("01_a", imports, code, extra=extra)
        file = tmp_path / "notebooks" / "01_a.ipynb"
        content = json.loads(file.read_text())
        content["cells"][0]["source"] = [title]
        file.write_text(json.dumps(content))

    return write


@pytest.fixture
def again(run_series, capsys, monkeypatch):
    """Return a function that runs the series and returns the line about notebook 01."""
    monkeypatch.setattr("emotion_lib.environment.gpus", lambda: [])
    monkeypatch.setattr(
        "emotion_lib.experiments.pipeline.backend_and_devices", lambda: ("tensorflow", ["cpu:0"])
    )

    def run():
        assert run_series() == 0
        (line,) = [line for line in capsys.readouterr().out.splitlines() if line[:4] == "1 of"][-1:]
        return line

    return run


OLDER = "unchanged: its text changed, not its code: not run again"


def test_prose_comments_and_format_are_no_change(write, again):
    write()
    assert "done" in again()
    write(title="A title, with a comma")
    assert OLDER in again()
    assert OLDER in again()  # until it has been run again
    write(code="# Why it is printed.\nprint(WIDTH,\n      'is wide')")
    assert OLDER in again()
    write(extra="EPOCHS = 1  # enough")
    assert OLDER in again()
    write()
    assert "unchanged · " in again()


def test_code_and_parameters_are_changes(write, again):
    write()
    again()
    write(code="print(WIDTH, 'is narrow')")
    assert "done" in again()
    write(code="print(WIDTH, 'is narrow')", extra="EPOCHS = 2")
    assert "done" in again()
    assert "unchanged · " in again()


def test_only_the_library_that_results_depend_on_counts(write, again, library):
    write()
    again()
    library("cli/__init__.py", "x = 2\n")
    library("models/large.py", "WIDTH = 81\n")
    library("models/small.py", '"""A small network."""\n\nWIDTH = 8  # enough\n')
    assert "unchanged · " in again()
    library("plots/__init__.py", "COLOR = 'red'\n")
    assert "unchanged: the code of figures changed, not its results: not run again" in again()
    library("models/small.py", "WIDTH = 9\n")
    assert "done" in again()
    library("models/__init__.py", "x = 1\n")
    assert "done" in again()
    assert "unchanged · " in again()


def test_missing_data_has_an_empty_identity(write_tree, monkeypatch):
    monkeypatch.setenv("FER2013_PATH", str(write_tree()))
    monkeypatch.delenv("FERPLUS_PATH", raising=False)
    monkeypatch.delenv("EMOTIC_PATH", raising=False)
    for name in ("fer2013", "ferplus", "emotic"):  # a few pictures are not FER-2013
        assert changes.data_identity(name) == ""


def test_other_votes_and_other_people_are_other_data(tmp_path, monkeypatch):
    votes = tmp_path / "fer2013new.csv"
    monkeypatch.setenv("FERPLUS_PATH", str(votes))
    people = tmp_path / "emotic"
    people.mkdir()
    for name in ("train", "val", "test"):
        (people / f"{name}.csv").write_text("Folder\n")
    monkeypatch.setenv("EMOTIC_PATH", str(people))
    votes.write_text("Usage\n")
    before = [changes.data_identity(name) for name in ("ferplus", "emotic")]
    votes.write_text("Usage,Image name\n")
    (people / "val.csv").write_text("Folder,Filename\n")
    after = [changes.data_identity(name) for name in ("ferplus", "emotic")]
    assert all(before) and not set(before) & set(after)


def test_a_file_that_a_parameter_names_is_a_change(write, again, tmp_path):
    photograph = tmp_path / "photograph.jpg"
    folder = tmp_path / "pictures"
    folder.mkdir()
    photograph.write_bytes(b"one")
    write(extra=f"PICTURE = {str(photograph)!r}\nSOURCE = {str(folder)!r}")
    again()
    assert "unchanged · " in again()
    photograph.write_bytes(b"two")
    assert "done" in again()
    (folder / "one.png").write_bytes(b"one")
    assert "done" in again()
    assert "unchanged · " in again()


def test_a_notebook_reads_the_served_model_if_its_code_says_so(write_notebook, tmp_path):
    file = tmp_path / "notebooks" / "01_a.ipynb"
    for code, reads in (("print(best_dir())", True), ("Predictor.load()", True), ("pass", False)):
        write_notebook("01_a", code)
        assert bool(changes.served_identity(file)) == reads


def test_the_record_of_the_served_model_counts(write_notebook, tmp_path, monkeypatch):
    monkeypatch.setattr(changes, "best_dir", lambda: tmp_path)
    write_notebook("01_a", "print(best_dir())")
    file = tmp_path / "notebooks" / "01_a.ipynb"
    (tmp_path / "model.keras").write_bytes(b"a model")
    (tmp_path / "run.json").write_text("temperature 1")
    before = changes.served_identity(file)
    (tmp_path / "run.json").write_text("temperature 2")
    assert changes.served_identity(file) != before


def test_records_of_the_repository_count_for_a_notebook_that_names_runs(
    write_notebook, tmp_path, monkeypatch
):
    monkeypatch.setattr(changes, "ROOT", tmp_path / "checkout")
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "mine"))
    file = tmp_path / "notebooks" / "18_a.ipynb"
    used = {"RUNS": ["01_a"]}
    write_run(tmp_path / "checkout/artifacts", "01_a")
    of_repository = changes.runs_identity(file, used)
    write_run(tmp_path / "mine", "01_a", class_names=["fear", "angry"])
    of_this_folder = changes.runs_identity(file, used)
    assert "01_a" in of_repository and "01_a" in of_this_folder
    assert of_repository != of_this_folder
    write_run(tmp_path / "mine", "02_not_named")
    assert changes.runs_identity(file, used) == of_this_folder
    assert changes.runs_identity(file, {}) == ""
