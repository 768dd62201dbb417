"""Every data source as one :class:`Dataset`: ``load("fer2013")``, ``load("synthetic")``.

A source is a module of this package with a function ``load(**options) -> Dataset``; adding the file is all it takes.
"""

import importlib
import pkgutil

from .dataset import DataError, Dataset, Split

__all__ = ["DataError", "Dataset", "Split", "load", "module", "names"]

_SUPPORT = ("dataset", "cache", "pictures", "__main__")  # modules of this package that are not sources


def names() -> list[str]:
    """Names that :func:`load` takes."""
    return [m.name for m in pkgutil.iter_modules(__path__) if m.name not in _SUPPORT]


def load(name: str, **options) -> Dataset:
    """Load a data set by its name; ``options`` are those of its module's ``load``.

    Raises:
        DataError: no such source, or its data is missing or damaged.
    """
    return module(name).load(**options)


def module(name: str):
    """The module of a source, which may offer more than ``load``.

    Raises:
        DataError: no such source.
    """
    if name not in names():
        raise DataError(f"Expected one of the data sets {names()}. Received: {name!r}.")
    return importlib.import_module(f"{__name__}.{name}")
