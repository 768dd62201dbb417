"""The line of the house: a module imports only what stands above it, and the field never imports the lab."""

import ast

from emotion_lib.paths import ROOT

LIBRARY = ROOT / "emotion_lib"
# From top to bottom; a package counts as one.
LINE = [
    "paths",
    "files",
    "locks",
    "machine",
    "provenance",
    "labels",
    "picture_files",
    "images",
    "datasets",
    "transforms",
    "batches",
    "models",
    "features",
    "losses",
    "training",
    "recipe",
    "finetuning",
    "evaluation",
    "calibration",
    "distillation",
    "plots",
    "artifacts",
    "runtime",
    "promotion",
    "detectors",
    "faces",
    "predictor",
    "records",
    "distributed",
    "drawing",
    "tracking",
    "ffmpeg_log",
    "capture",
    "video",
    "timeline",
    "app",
    "minutes",
    "placement",
    "needs",
    "notebooks",
    "series",
    "pipeline",
    "report",
    "cli",
    "bench",
    "bundle",
]
LAB = {
    "datasets",
    "features",
    "transforms",
    "batches",
    "models",
    "losses",
    "training",
    "recipe",
    "finetuning",
    "evaluation",
    "calibration",
    "distillation",
    "plots",
}
FIELD = {
    "runtime",
    "detectors",
    "faces",
    "predictor",
    "records",
    "distributed",
    "drawing",
    "tracking",
    "ffmpeg_log",
    "capture",
    "video",
    "timeline",
    "app",
}
# The hall exports models in their portable form, and recomputes figures from scores; when asked, not when imported.
EXCEPTIONS = {("artifacts", "models"), ("artifacts", "evaluation")}
ONLY_TENSORFLOW = {
    "models/normalization.py",
    "models/compiled.py",
    "models/facenet.py",
}  # and there behind a fallback


def imports(file):
    """Names of modules of this package, and of others, that a file imports, wherever in the file."""
    own, others = set(), set()
    package = file.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            own |= {name[1] for name in names if name[0] == "emotion_lib" and len(name) > 1}
            others |= {name[0] for name in names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            full = (*base, *(node.module or "").split(".")) if node.module else base
            if full[:1] == ("emotion_lib",):
                own |= {full[1]} if len(full) > 1 else {alias.name for alias in node.names}
            else:
                others.add(full[0])
    return own, others


def modules():
    for file in sorted(LIBRARY.rglob("*.py")):
        relative = file.relative_to(LIBRARY)
        if relative.name != "__init__.py" or len(relative.parts) > 1:
            yield relative.parts[0].removesuffix(".py"), file


def test_every_module_has_its_place():
    assert {name for name, _ in modules()} == set(LINE)


def test_a_module_imports_only_what_stands_above_it():
    for name, file in modules():
        for other in imports(file)[0] - {name, "__version__"}:
            assert LINE.index(other) < LINE.index(name), f"{file.name} imports {other}"


def test_the_field_never_imports_the_lab():
    for name, file in modules():
        if name in FIELD:
            assert not imports(file)[0] & LAB, file


def test_the_hall_keeps_to_its_exceptions():
    found = {
        (name, other)
        for name, file in modules()
        if name == "artifacts"
        for other in imports(file)[0] & LAB
    }
    assert found == EXCEPTIONS


def test_only_their_owners_know_where_data_and_artifacts_lie():
    """datasets writes data/; artifacts and promotion write artifacts/, where the series also keeps its hashes and minutes,
    and the benchmark its tables."""
    owners = {
        "data_dir": {"datasets"},
        "artifacts_dir": {"artifacts", "series", "pipeline", "report", "cli", "bench"},
        "best_dir": {"promotion", "predictor", "distributed", "series", "report", "bench", "cli"},
    }
    for function, allowed in owners.items():
        users = {
            name for name, file in modules() if name != "paths" and function in file.read_text()
        }
        assert users == allowed, function


def test_the_lab_is_backend_neutral():
    for name, file in modules():
        if name in LAB and str(file.relative_to(LIBRARY)) not in ONLY_TENSORFLOW:
            assert not imports(file)[1] & {"tensorflow", "jax", "torch"}, file


def test_every_module_has_its_tests():
    """test_<module>.py, one to one; a package's tests may stand together in one file or in one a module."""
    tests = {file.stem.removeprefix("test_") for file in (ROOT / "tests").glob("test_*.py")}
    assert {name for name, _ in modules()} <= tests
