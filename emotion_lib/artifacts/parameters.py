"""Parameters of notebooks: what a run was made with, and how that differs from the defaults."""

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..paths import notebooks_dir
from .writing import ArtifactError

_PLAIN = (bool, int, float, str, list, tuple, dict, type(None))
# Names whose difference from the default is no change of the run: its own name, and the precision,
# which the default "auto" leaves to the machine and the record keeps under "training".
_NO_CHANGE = {"RUN_NAME", "PRECISION"}


def parameters_of(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a notebook: its variables in UPPER_CASE that hold plain values.

    Args:
        namespace: the notebook's variables, ``globals()``.

    Example:
        >>> parameters_of({"EPOCHS": 3, "model": None, "_": 1})
        {'EPOCHS': 3}
    """
    found = {}
    for name, value in namespace.items():
        if name.isupper() and not name.startswith("_") and isinstance(value, _PLAIN):
            found[name] = value
    return found


def default_parameters(notebook: Path) -> dict[str, Any]:
    """Return names and default values of a notebook's cell that is tagged ``parameters``.

    Raises:
        ArtifactError: there is not exactly one such cell, or it holds more than plain values.
    """
    cells = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if "parameters" in cell["metadata"].get("tags", ()):
            cells.append("".join(cell["source"]))
    if len(cells) != 1:
        raise ArtifactError(
            f"Expected one cell tagged 'parameters' in {notebook.name}. Received: {len(cells)}."
        )
    values = {}
    for statement in ast.parse(cells[0]).body:
        try:
            name, value = _assigned(statement)
        except ValueError:
            raise ArtifactError(
                f"Expected NAME = literal in the parameters of {notebook.name}. "
                f"Received: {ast.unparse(statement)!r}."
            ) from None
        values[name] = value
    return values


def _assigned(statement: ast.stmt) -> tuple[str, Any]:
    """Return name and value of NAME = literal; raise a ValueError for another statement."""
    if not isinstance(statement, ast.Assign):
        raise ValueError("not an assignment")
    (target,) = statement.targets  # a ValueError for a = b = 1
    if not isinstance(target, ast.Name):
        raise ValueError("not the assignment of a name")
    return target.id, ast.literal_eval(statement.value)


def changed_parameters(run_name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a run that differ from the defaults of its notebook.

    Args:
        run_name: the run's name, whose first part is the notebook's.
        parameters: all of the run.

    Returns:
        Name -> the run's value. Empty where there is no such notebook, as for own pictures.
    """
    notebook = notebooks_dir() / f"{run_name.partition('/')[0]}.ipynb"
    if not notebook.is_file():
        return {}
    changed = {}
    for name, default in default_parameters(notebook).items():
        if name not in _NO_CHANGE and name in parameters and parameters[name] != default:
            changed[name] = parameters[name]
    return changed
