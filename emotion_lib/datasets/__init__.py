"""Every data source as one :class:`Dataset`: ``load("fer2013")``, ``load("synthetic")``.

A source is a module of ``sources`` with a function ``load(**options) -> Dataset``; adding the file is all it takes.
"""

import importlib
import inspect
import pkgutil

from . import sources
from .dataset import DataError, Dataset, Split

__all__ = [
    "DataError",
    "Dataset",
    "Split",
    "load",
    "load_dataset",
    "module",
    "names",
    "needs_source",
]


def names() -> list[str]:
    """Names that :func:`load` takes."""
    return [module.name for module in pkgutil.iter_modules(sources.__path__)]


def load(name: str, **options) -> Dataset:
    """Load a data set by its name; ``options`` are those of its module's ``load``.

    Raises:
        DataError: no such data set, its data is missing or damaged, or it needs a ``source`` or has none.
    """
    if options.get("source") is None:
        options.pop("source", None)
        if needs_source(name):
            raise DataError(
                f"Expected the folder of your pictures for {name}. Received: none. Name it: --source PATH on the command "
                "line, source=PATH in Python, SOURCE in a notebook."
            )
    elif "source" not in _options(name):
        raise DataError(
            f"Expected no source for {name}, which is made here. Received: {options['source']}."
        )
    return module(name).load(**options)


load_dataset = load  # its name in the public namespace, where "load" alone says too little


def needs_source(name: str) -> bool:
    """Return whether a data set is a kind of folder, which the caller must name."""
    source = _options(name).get("source")
    return source is not None and source.default is inspect.Parameter.empty


def _options(name: str) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(module(name).load).parameters)


def module(name: str):
    """The module of a source, which may offer more than ``load``.

    Raises:
        DataError: no such source.
    """
    if name not in names():
        raise DataError(f"Expected one of the data sets {names()}. Received: {name!r}.")
    return importlib.import_module(f"{sources.__name__}.{name}")
