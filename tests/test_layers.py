"""Tests of the layers: a package imports only from rows below its own, serving never the lab."""

import ast

from emotion_lib.paths import ROOT

LIBRARY = ROOT / "emotion_lib"

# From top to bottom. Packages of one row do not import each other.
ROWS = [
    {"cli"},
    {"benchmarks"},
    {"app"},
    {"experiments", "video"},
    {"training", "plots", "inference"},
    {"evaluation", "artifacts"},
    {"models", "faces"},
    {"datasets"},
    {"images", "litert"},
    {"files", "environment"},
    {"errors", "paths", "labels"},
]
LAB = {"datasets", "models", "training", "evaluation", "plots", "experiments"}
SERVING = {"faces", "inference", "video", "app"}
# Exporting a model converts it, when it is called: serving alone never loads the converter.
LAZY_EXCEPTIONS = {("artifacts", "models")}
# Files that belong to TensorFlow alone, each behind a fallback.
ONLY_TENSORFLOW = {"models/normalization.py", "models/frozen_graph.py", "models/litert.py"}


def imports(file):
    """Return the parts of this library, and the other packages, that a file imports anywhere."""
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
    return own - {"__version__"}, others


def part_of(file):
    """Return the name at the library's first level: a package, or a single module."""
    return file.relative_to(LIBRARY).parts[0].removesuffix(".py")


def files():
    """Return all files of the library but its public namespace."""
    return [
        file
        for file in sorted(LIBRARY.rglob("*.py"))
        if file.parent != LIBRARY or file.stem != "__init__"
    ]


def row_of(part):
    return next(index for index, row in enumerate(ROWS) if part in row)


def test_every_part_has_a_row_and_there_are_at_most_twenty():
    parts = {part_of(file) for file in files()}
    assert parts == set.union(*ROWS)
    assert len(parts) <= 20


def test_a_part_imports_only_from_rows_below_its_own():
    for file in files():
        part = part_of(file)
        for other in imports(file)[0] - {part}:
            assert row_of(other) > row_of(part), f"{file.relative_to(ROOT)} imports {other}"


def test_serving_never_imports_the_lab():
    for file in files():
        part = part_of(file)
        if part in SERVING | {"artifacts"}:
            for other in imports(file)[0] & LAB:
                assert (part, other) in LAZY_EXCEPTIONS, f"{file.relative_to(ROOT)} imports {other}"


def test_the_lab_is_backend_neutral():
    for file in files():
        backends = imports(file)[1] & {"tensorflow", "jax", "torch"}
        if part_of(file) in LAB and file.relative_to(LIBRARY).as_posix() not in ONLY_TENSORFLOW:
            assert not backends, f"{file.relative_to(ROOT)} imports {backends}"


def test_only_datasets_know_where_data_lies():
    for file in files():
        if part_of(file) not in {"paths", "datasets"}:
            assert "data_dir" not in file.read_text(), file


def test_every_part_has_its_tests():
    tests = ROOT / "tests"
    for part in {part_of(file) for file in files()}:
        if (LIBRARY / part).is_dir():
            assert list((tests / part).glob("test_*.py")), f"no tests/{part}/test_*.py"
        elif part != "errors":
            assert (tests / f"test_{part}.py").is_file(), f"no tests/test_{part}.py"
