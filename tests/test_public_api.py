"""Public namespace: ``from emotion_lib import Predictor, load_dataset, ...``."""

import ast
import inspect
import subprocess
import sys

import pytest

import emotion_lib
from emotion_lib.paths import ROOT

STUB = ROOT / "emotion_lib" / "__init__.pyi"
HEAVY = ("keras", "tensorflow", "numpy", "pandas", "matplotlib")


def names_of_the_stub():
    for node in ast.parse(STUB.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            return ast.literal_eval(node.value)
    raise AssertionError("Expected __all__ in the stub. Received: none.")


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, emotion_lib; print([m for m in {HEAVY} if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_reading_a_picture_needs_no_tensorflow():
    code = (
        "import sys; from emotion_lib import Predictor; "
        "print([m for m in ('keras', 'tensorflow', 'pandas') if m in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_the_stub_names_what_can_be_imported():
    assert sorted(names_of_the_stub()) == sorted([*emotion_lib.__all__, "__version__"])
    assert set(emotion_lib.__all__) <= set(dir(emotion_lib))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = emotion_lib.no_such_name


@pytest.mark.parametrize("name", [name for name in names_of_the_stub() if name != "__version__"])
def test_a_public_name_is_documented_with_an_example(name):
    documentation = inspect.getdoc(getattr(emotion_lib, name))
    assert documentation and "Example" in documentation, f"{name} has no example"
