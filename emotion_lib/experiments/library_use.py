"""Files of the library that a notebook's result depends on, found by following imports.

Imports are followed module by module, so that a change of ``models/alexnet.py`` concerns the
notebooks that use AlexNet alone. What is reached in other ways:

- Names of the lazy packages (``emotion_lib`` and ``emotion_lib.artifacts``) come from the stubs
  ``__init__.pyi``.
- Sources of data and face detectors are chosen by name, at run time: their packages count whole.
- The photographs of the page lie beside its code; a notebook that reads them says "examples".
- ``plots`` draws what others compute and is not followed. What runs, reports or serves is reached
  by no import: it lies above what notebooks use.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ..paths import ROOT
from .source_code import imported_names, notebook_code, public_modules

LIBRARY = "emotion_lib"
DRAWS = "plots"
# Packages whose modules are imported by a name that is known at run time only.
BY_NAME = ("datasets/sources", "faces")
EXAMPLES = "app/examples"  # photographs
_IGNORED = (".pyc", ".pyi")


def library_files(notebook: Path) -> list[Path]:
    """Return the library's files that a notebook's result can depend on, sorted.

    They are Python modules, and what lies beside those that are chosen by name, such as pictures.
    Of a notebook that holds more than Python, as in ``files = !ls``, they are all modules.

    Args:
        notebook: its file.
    """
    code = notebook_code(notebook)
    found: set[Path] = set(_below(EXAMPLES)) if '"examples"' in code else set()
    try:
        waiting = list(imported_names(code))
    except SyntaxError:
        drawn = figure_files()
        everything = (ROOT / LIBRARY).rglob("*.py")
        return sorted(found | {file for file in everything if file not in drawn})
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for file in _files(name):
            if file not in found:
                found.add(file)
                waiting += _names(file)
    return sorted(found)


def figure_files() -> list[Path]:
    """Return the library's files that draw figures, sorted."""
    return sorted((ROOT / LIBRARY / DRAWS).rglob("*.py"))


def _files(name: str) -> Iterator[Path]:
    """Yield the files that importing a name loads: a module, and the packages around it."""
    first, *rest = name.split(".")
    if first != LIBRARY:
        return
    folder = ROOT / LIBRARY
    yield folder / "__init__.py"
    if not rest or rest[0] == DRAWS:
        return
    public = public_modules(folder)
    if rest == ["*"]:
        for module in sorted(set(public.values())):
            yield from _files(f"{LIBRARY}.{module}")
        return
    if rest[0] in public:
        yield from _files(f"{LIBRARY}.{public[rest[0]]}")
        return
    for part in rest:
        if (folder / f"{part}.py").is_file():
            yield folder / f"{part}.py"
            return
        folder = folder / part
        if not folder.is_dir():  # a function or a class of the package above
            return
        yield folder / "__init__.py"
        relative = folder.relative_to(ROOT / LIBRARY).as_posix()
        if relative in BY_NAME:
            yield from _below(relative)


def _below(folder: str) -> Iterator[Path]:
    """Yield the files of a folder of the library, but those that no result depends on."""
    for file in sorted((ROOT / LIBRARY / folder).rglob("*")):
        if file.is_file() and file.suffix not in _IGNORED:
            yield file


def _names(file: Path) -> list[str]:
    """Return the names that a file of the library imports, those of its stub included."""
    if file.suffix != ".py":
        return []
    package = file.relative_to(ROOT).parts[:-1]
    names = list(_imported(file.read_text(encoding="utf-8"), package))
    stub = file.with_suffix(".pyi")
    if stub.is_file() and package != (LIBRARY,):
        names += _imported(stub.read_text(encoding="utf-8"), package)
    return names


@cache  # by the text: most files are read for every notebook, and parsing takes ten times as long
def _imported(code: str, package: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(imported_names(code, package))
