"""The library's files that a notebook's result depends on."""

import re

from emotion_lib.experiments import library_use
from emotion_lib.experiments.notebooks import find
from emotion_lib.paths import ROOT


def used_by(beginning):
    (path,) = find(beginning)
    files = library_use.library_files(path)
    return {file.relative_to(ROOT / "emotion_lib").as_posix() for file in files}


def test_a_notebook_uses_the_modules_that_its_imports_lead_to():
    networks = used_by("01")
    assert "models/sequential_cnn.py" in networks and "training/fitting.py" in networks
    assert "images/arrays.py" in networks  # not imported by the notebook itself
    assert "artifacts/recording.py" in networks  # of the stub, as artifacts.save_run
    assert "datasets/sources/fer2013/rows.py" in networks  # by name, as the parameter says
    assert "datasets/sources/emoji/emoji_images.zip" in networks
    assert "models/alexnet.py" not in networks and "models/alexnet.py" in used_by("12")
    assert not {file for file in used_by("09") if file.startswith("training/")}


def test_what_draws_runs_and_serves_changes_no_result():
    for path in find():
        for file in library_use.library_files(path):
            package = file.relative_to(ROOT / "emotion_lib").parts[0]
            assert package not in library_use.NO_RESULT, f"{path.name}: {file}"


def test_names_of_the_public_namespace_lead_to_their_modules(write_notebook, tmp_path):
    write_notebook("01_x", "from emotion_lib import Recipe")
    files = library_use.library_files(tmp_path / "notebooks" / "01_x.ipynb")
    assert ROOT / "emotion_lib" / "training" / "recipe.py" in files


def test_packages_with_modules_chosen_by_name_are_known():
    """Imports by name cannot be followed; another such place has to be added to BY_NAME."""
    library = ROOT / "emotion_lib"
    found = set()
    for file in library.rglob("*.py"):
        relative = file.relative_to(library)
        chosen = re.search(r'import_module\([^"]', file.read_text(encoding="utf-8"))
        if chosen and relative.parts[0] not in library_use.NO_RESULT:
            found.add(relative.as_posix())
    # The cache reads the text of modules that its callers import.
    assert found == {"datasets/__init__.py", "datasets/cache.py", "faces/detectors.py"}
    assert library_use.BY_NAME == ("datasets/sources", "faces")


def test_a_notebook_that_cannot_be_read_as_python_uses_nothing(write_notebook, tmp_path):
    write_notebook("01_x", "import emotion_lib\nx = (")
    assert library_use.library_files(tmp_path / "notebooks" / "01_x.ipynb") == []
