"""Every data source as one :class:`Dataset`: ``load("fer2013")``, ``load("synthetic")``.

A source is a module or package in ``sources`` with a function ``load(**options) -> Dataset``; a new
one needs no registration.
"""

import importlib
import inspect
import pkgutil
from types import ModuleType
from typing import Any

from ..environment import require

require("pandas")

from . import sources
from .dataset import DataError, Dataset, Split

__all__ = [
    "DataError",
    "Dataset",
    "Split",
    "is_available",
    "load",
    "load_dataset",
    "module",
    "names",
    "needs_source",
]


def names() -> list[str]:
    """Return the names that :func:`load` takes."""
    return [module.name for module in pkgutil.iter_modules(sources.__path__)]


def load(name: str, **options: Any) -> Dataset:
    """Load a data set by its name.

    Args:
        name: one of :func:`emotion_lib.datasets.names`, as `emotion data` lists them, or a name
            that a record gives to such a set with other targets, such as "ferplus perceived".
        options: those of the source's own ``load``, such as ``source``, the file or folder to read.

    Raises:
        DataError: there is no such data set, its data is missing or damaged, or it needs a
            ``source`` or takes none.

    Example:
        >>> load("synthetic", n_train=70, n_val=7, n_test=7).num_classes
        7
    """
    source, _, targets = name.partition(" ")
    if targets and "targets" in _options(source):
        name = source
        options["targets"] = targets.replace("-", "_")
    if options.get("source") is None:
        options.pop("source", None)
        if needs_source(name):
            raise DataError(
                f"Expected the folder of your pictures for {name}. Received: none. Name it: "
                "--source PATH on the command line, source=PATH in Python, SOURCE in a notebook."
            )
    elif "source" not in _options(name):
        raise DataError(
            f"Expected no source for {name}, whose pictures are drawn here. "
            f"Received: {options['source']}."
        )
    return module(name).load(**options)


load_dataset = load  # its name in the public namespace, where "load" alone says too little


def needs_source(name: str) -> bool:
    """Return whether a data set is read from a folder that the caller must name."""
    source = _options(name).get("source")
    return source is not None and source.default is inspect.Parameter.empty


def is_available(name: str) -> bool:
    """Return whether a data set can be loaded without a ``source`` and without a download.

    A source that may be missing has a function ``is_available``; the others come with the library.
    """
    if needs_source(name):
        return False
    source = module(name)
    return not hasattr(source, "is_available") or source.is_available()


def module(name: str) -> ModuleType:
    """Return the module of a source, which may offer more than ``load``.

    Raises:
        DataError: there is no such source.
    """
    if name not in names():
        raise DataError(f"Expected one of the data sets {names()}. Received: {name!r}.")
    return importlib.import_module(f"{sources.__name__}.{name}")


def _options(name: str) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(module(name).load).parameters)
