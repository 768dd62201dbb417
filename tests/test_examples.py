"""Examples in docstrings: those that need no data are run."""

import doctest
import importlib

import pytest

from emotion_lib.paths import ROOT

LIBRARY = ROOT / "emotion_lib"
WITH_EXAMPLES = [file for file in sorted(LIBRARY.rglob("*.py")) if ">>> " in file.read_text()]


def module_of(file):
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


@pytest.mark.parametrize("name", [module_of(file) for file in WITH_EXAMPLES])
def test_the_examples_of_a_module_are_right(name, capsys):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0, capsys.readouterr().out
