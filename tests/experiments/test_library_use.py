"""The library's files that a notebook's result depends on."""

import re

import pytest

from emotion_lib.experiments import library_use
from emotion_lib.experiments.notebooks import find
from emotion_lib.paths import ROOT

NO_RESULT = {"app", "benchmarks", "cli", "plots", "video"}
RUNNERS = {f"experiments/{name}.py" for name in ("pipeline", "results_pages", "runner", "series")}


@pytest.fixture
def used_by(write_notebook, tmp_path):
    """Return a function that returns the files that a notebook with some code uses."""

    def files(code):
        write_notebook("01_x", code)
        found = library_use.library_files(tmp_path / "notebooks" / "01_x.ipynb")
        return {file.relative_to(ROOT / "emotion_lib").as_posix() for file in found}

    return files


def test_a_notebook_uses_the_modules_that_its_imports_lead_to(used_by):
    networks = used_by(
        "from emotion_lib import artifacts, datasets, training\n"
        "from emotion_lib.models.sequential_cnn import sequential_cnn"
    )
    assert "models/sequential_cnn.py" in networks and "training/fitting.py" in networks
    assert "images/arrays.py" in networks  # not imported by the notebook itself
    assert "artifacts/recording.py" in networks  # of the stub, as artifacts.save_run
    assert "datasets/sources/fer2013/rows.py" in networks  # by name, as the parameter says
    assert "datasets/sources/emoji/emoji_images.zip" in networks
    assert "models/alexnet.py" not in networks
    vectors = used_by("from emotion_lib import plots\nfrom emotion_lib.models import features")
    assert "models/features.py" in vectors
    assert not {file for file in vectors if file.startswith(("training/", "plots/"))}


def test_what_draws_runs_and_serves_changes_no_result():
    for path in find():
        for file in library_use.library_files(path):
            relative = file.relative_to(ROOT / "emotion_lib")
            if relative.name != "__init__.py" and relative.suffix == ".py":
                assert relative.parts[0] not in NO_RESULT, f"{path.name}: {relative}"
            assert relative.as_posix() not in RUNNERS, f"{path.name}: {relative}"


def test_names_of_the_public_namespace_lead_to_their_modules(used_by):
    assert "training/recipe.py" in used_by("from emotion_lib import Recipe")


def test_packages_with_modules_chosen_by_name_are_known():
    """Imports by name cannot be followed; another such place has to be added to BY_NAME."""
    library = ROOT / "emotion_lib"
    found = set()
    for file in library.rglob("*.py"):
        relative = file.relative_to(library)
        chosen = re.search(r'import_module\([^"]', file.read_text(encoding="utf-8"))
        if chosen and relative.parts[0] not in NO_RESULT | {"experiments"}:
            found.add(relative.as_posix())
    # The cache reads the text of modules that its callers import.
    assert found == {"datasets/__init__.py", "datasets/cache.py", "faces/detectors.py"}
    assert library_use.BY_NAME == ("datasets/sources", "faces")


def test_a_notebook_that_holds_more_than_python_uses_everything_but_figures(used_by):
    used = used_by("files = !ls\nfrom emotion_lib import labels")
    assert {"labels.py", "models/alexnet.py", "training/fitting.py"} <= used
    assert not {file for file in used if file.startswith("plots/")}


@pytest.mark.parametrize("code", ["import emotion_lib as lab", "from emotion_lib import *"])
def test_all_public_names_may_be_used(used_by, code):
    assert {"inference/predictor.py", "training/recipe.py"} <= used_by(code)


def test_photographs_of_the_page_count_where_they_are_read(used_by):
    portrait = "app/examples/1_eileen_collins.jpg"
    assert portrait in used_by('folder = ROOT / "emotion_lib" / "app" / "examples"')
    assert portrait not in used_by("plots.examples(images)")
