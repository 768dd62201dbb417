"""Python code read without running it."""

import json

import pytest

from emotion_lib.experiments import source_code


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x = f(1)", "x = f( 1, )  # why"),
        ("def f():\n    return 1", 'def f():\n    """Return one."""\n    return 1'),
        ('"""A module."""\nx = 1', '"""Another one."""\n\n\nx = 1'),
        ("def f():\n    pass", 'def f():\n    """Do nothing."""'),
    ],
)
def test_comments_docstrings_and_format_do_not_count(first, second):
    assert source_code.normalised(first) == source_code.normalised(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [("x = 1", "x = 2"), ("f(1)", "g(1)"), ("x = 'a'", "x = 'b'"), ("print('a')", "print('b')")],
)
def test_everything_else_counts(first, second):
    assert source_code.normalised(first) != source_code.normalised(second)


def test_a_notebooks_code_is_its_code_cells_without_lines_of_ipython(tmp_path):
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title"]},
        {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ["EPOCHS = 1"]},
        {"cell_type": "code", "metadata": {}, "source": ["%matplotlib inline\n", "import keras"]},
    ]
    path = tmp_path / "01_x.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    assert source_code.notebook_code(path) == "EPOCHS = 1\nimport keras"
    assert source_code.notebook_code(path, with_parameters=False) == "import keras"


def test_a_line_that_goes_on_with_a_remainder_is_python(tmp_path):
    code = "%matplotlib inline\n%%time\n!ls\nx = (\n    5\n    % 3\n)"
    path = tmp_path / "01_x.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": code}]}))
    assert source_code.notebook_code(path) == "x = (\n    5\n    % 3\n)"


def test_imported_names_are_full():
    code = "import a.b\nfrom c import d\ndef f():\n    from .. import e\n    from ..g import h"
    found = list(source_code.imported_names(code, ("library", "package", "inner")))
    assert sorted(found) == [
        "a.b",
        "a.b.*",
        "c",
        "c.d",
        "library.package",
        "library.package.e",
        "library.package.g",
        "library.package.g.h",
    ]
