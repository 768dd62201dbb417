"""Python code of notebooks and of the library, read without running it.

This module uses the standard library alone: the bundle's check runs where packages are missing.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# "%matplotlib inline", "%%time", "!ls"; a line that begins with "% width" goes on with a division.
_IPYTHON = re.compile(r"\s*(%{1,2}\w|!)")
_MAY_HAVE_DOCSTRING = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def cells_of(notebook: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook, as its file holds them."""
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def notebook_code(notebook: Path, *, with_parameters: bool = True) -> str:
    """Return the Python code of a notebook, without IPython's own lines.

    Args:
        notebook: its file.
        with_parameters: include the cell that is tagged ``parameters``.
    """
    lines = []
    for cell in cells_of(notebook):
        is_parameters = "parameters" in cell.get("metadata", {}).get("tags", ())
        if cell["cell_type"] == "code" and (with_parameters or not is_parameters):
            lines += "".join(cell["source"]).splitlines()
    python = [line for line in lines if not _IPYTHON.match(line)]
    return "\n".join(python)


def normalised(code: str) -> str:
    """Return Python code without comments, docstrings and format.

    Two texts that do the same, statement by statement, have the same result.

    Example:
        >>> normalised("x = f( 1 )  # why")
        'x = f(1)'
    """
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, _MAY_HAVE_DOCSTRING) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def imported_names(code: str, package: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the full names that code imports; of ``from a import b`` both ``a`` and ``a.b``.

    Of ``import a``, whose names are used as ``a.b``, they are ``a`` and ``a.*``. Imports inside
    functions count.

    Args:
        code: of a module or a notebook.
        package: names of the module's package and those around it, for relative imports.
    """
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
                yield f"{alias.name}.*"
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            for alias in node.names:
                yield f"{base}.{alias.name}"


def public_modules(library: Path) -> dict[str, str]:
    """Return the module that each public name of a package comes from, as its stub lists them.

    These names are imported when they are first used.

    Args:
        library: folder of the package, beside whose ``__init__.py`` the stub stands.

    Returns:
        Name -> module, relative to the package. Empty without a stub.
    """
    stub = library / "__init__.pyi"
    modules = {}
    code = stub.read_text(encoding="utf-8") if stub.is_file() else ""
    for node in ast.parse(code).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                modules[alias.asname or alias.name] = node.module
    return modules
