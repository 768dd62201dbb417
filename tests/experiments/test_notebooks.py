"""Rules that every numbered notebook keeps, and reading their parameters and metadata."""

import ast
import importlib
import re
from types import SimpleNamespace

import keras
import nbformat
import pytest

from emotion_lib import artifacts, paths
from emotion_lib.experiments import notebooks
from emotion_lib.experiments.notebooks import NotebookError
from emotion_lib.models.normalization import BatchNormalization
from emotion_lib.models.sequential_cnn import sequential_cnn

NOTEBOOKS = notebooks.find()


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def makes_runs(path):
    """Return whether a notebook trains something, or evaluates a model, and records it."""
    return "save_run(" in path.read_text(encoding="utf-8")


def parsed(source):
    """Return a cell's syntax tree, without IPython's magics."""
    return ast.parse(re.sub(r"^%.*$", "", source, flags=re.MULTILINE))


# ---- rules of every notebook ----------------------------------------------------------------


def test_a_notebook_is_committed_without_outputs(path):
    nbformat.validate(nbformat.read(path, as_version=4))
    for cell in code_cells(path):
        assert not cell.outputs and cell.execution_count is None


def test_parameters_are_literals_in_upper_case(path):
    values = notebooks.parameters(path)
    assert all(name.isupper() for name in values)
    assert values["RUN_NAME"] == path.stem
    assert not makes_runs(path) or {"DATASET", "LIMIT", "SEED"} <= set(values)
    # In full by default.
    assert values.get("LIMIT") is None and values.get("DATASET") != "synthetic"


def test_no_constant_of_the_library_is_taken_for_a_parameter(path):
    """Every plain value in upper case goes into the record as a parameter of the run."""
    for cell in code_cells(path):
        for node in ast.walk(parsed(cell.source)):
            if isinstance(node, ast.ImportFrom):
                module = importlib.import_module(node.module)
                names = [alias.name for alias in node.names if alias.name.isupper()]
                imported = {name: getattr(module, name) for name in names}
                assert artifacts.parameters_of(imported) == {}


def test_needs_stand_in_the_metadata(path):
    """A notebook that reads a frozen graph or pre-trained weights, or searches, says so."""
    needs = notebooks.needs_of(path)
    used = notebooks.parameters(path)
    texts = {value for value in used.values() if isinstance(value, str)}
    code = "\n".join(cell.source for cell in code_cells(path))
    has_needs = {"imagenet", "lite0"} & texts or "facenet" in code or "training.search" in code
    assert bool(needs) == bool(has_needs)
    for condition in needs.values():  # of the notebook's own defaults
        assert condition.items() <= used.items()


def test_the_parameters_of_a_small_run_stand_in_the_metadata(path):
    small = notebooks.smoke_parameters(path)
    assert not makes_runs(path) or small["LIMIT"] <= 256
    # A data set that comes with the library is small enough.
    dataset = notebooks.parameters(path).get("DATASET")
    assert dataset in (None, "emoji", "emoji_scenes") or small["DATASET"] == "synthetic"


def test_a_notebook_holds_constants_calls_and_prose_only(path):
    for cell in code_cells(path):
        # Parameters are a list, explained line by line in the cell above.
        is_list = "parameters" in cell.metadata.get("tags", [])
        assert len(cell.source.splitlines()) <= (30 if is_list else 25)
        assert not re.search(r"^\s*!|sys\.path", cell.source, flags=re.MULTILINE)


def test_a_model_that_is_not_yet_recorded_is_a_draft(path):
    """Until save_run puts all files in place together, the files of the earlier run stay."""
    for cell in code_cells(path):
        for node in ast.walk(parsed(cell.source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "artifacts.export":
                assert "/ 'checkpoint' / 'model.keras'" in ast.unparse(node)


def test_the_first_notebook_writes_out_the_network_that_others_call():
    """Layer by layer it is ``sequential_cnn``, so its records hold for both."""
    (path,) = notebooks.find("01")
    variables = notebooks.parameters(path) | {
        "keras": keras,
        "layers": keras.layers,
        "BatchNormalization": BatchNormalization,
        "training": SimpleNamespace(set_precision=lambda precision: "float32"),
        "dataset": SimpleNamespace(input_shape=(48, 48, 1), num_classes=7),
    }
    for cell in code_cells(path):
        if "keras.Sequential" in cell.source or "model.add(" in cell.source:
            exec(cell.source.replace("model.summary()", ""), variables)
    written_out = layer_settings(variables["model"])
    assert written_out == layer_settings(sequential_cnn())
    assert variables["model"].count_params() == 843_623


def layer_settings(model):
    """Return class and arguments of each layer, without its name."""
    found = []
    for layer in model.layers:
        settings = {key: value for key, value in layer.get_config().items() if key != "name"}
        found.append((type(layer).__name__, settings))
    return found


# ---- reading notebooks ----------------------------------------------------------------------


@pytest.fixture
def notebook(write_notebook, tmp_path):
    """Return a function that writes the notebook 01_x and returns its path."""

    def write(**options):
        write_notebook("01_x", **options)
        return tmp_path / "notebooks" / "01_x.ipynb"

    return write


def test_no_notebook_begins_so(notebook):
    path = notebook()
    assert notebooks.find("01") == [path]
    with pytest.raises(NotebookError, match=r"\['01_x'\]. Received: '07'"):
        notebooks.find("07")


def test_parameters_that_are_not_literals_are_refused(notebook):
    with pytest.raises(NotebookError, match="NAME = literal"):
        notebooks.parameters(notebook(extra="EPOCHS = 3 * len(x)"))


def test_unknown_needs_and_needs_of_unknown_parameters_are_refused(notebook):
    assert notebooks.needs_of(notebook()) == {}
    needs = {"TensorFlow": {"EPOCHS": 3}}
    assert notebooks.needs_of(notebook(extra="EPOCHS = 3", needs=needs)) == needs
    with pytest.raises(NotebookError, match="Received: 'Tensorflow'"):
        notebooks.needs_of(notebook(needs={"Tensorflow": {}}))
    with pytest.raises(NotebookError, match=r"Received: \['EPOCH'\]"):
        notebooks.needs_of(notebook(needs={"TensorFlow": {"EPOCH": 3}}))


def test_a_notebook_without_parameters_of_a_small_run_is_refused(notebook):
    path = notebook(extra="SIZES = [1, 2]", smoke={"SIZES": [1]})
    assert notebooks.smoke_parameters(path) == {"SIZES": [1]}
    with pytest.raises(NotebookError, match=r"in the metadata of 01_x\.ipynb"):
        notebooks.smoke_parameters(notebook())
    with pytest.raises(NotebookError, match=r"Received: \['EPOCH'\]"):
        notebooks.smoke_parameters(notebook(smoke={"EPOCH": 1}))


def test_the_notebook_of_a_run_begins_the_runs_name(write_notebook):
    for stem in ("13_net", "13_net_wide_open", "14_x"):
        write_notebook(stem)
    stems = {
        "13_net": "13_net",
        "13_net_wide/seed-40": "13_net",
        "13_net_wide_open/long": "13_net_wide_open",
    }
    for run, stem in stems.items():
        assert notebooks.notebook_of(run).stem == stem
    for run in ("15_y/seed-0", "13_nets", "own/mine"):
        with pytest.raises(NotebookError, match=f"Received: '{run}'"):
            notebooks.notebook_of(run)


def test_all_tracked_runs_have_a_notebook():
    for run in artifacts.runs(paths.ROOT / "artifacts"):
        assert run.name.startswith(notebooks.notebook_of(run.name).stem)
