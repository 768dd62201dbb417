"""Numbered notebooks: where they are, their parameters, and what their metadata say of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..artifacts import ArtifactError
from ..artifacts.parameters import default_parameters
from ..errors import EmotionError
from ..paths import notebooks_dir
from .needs import PACKAGES, WEIGHTS


class NotebookError(EmotionError, ValueError):
    """Notebook that lacks something every notebook has, or a parameter that it does not have."""


def find(beginning: str = "") -> list[Path]:
    """Return the numbered notebooks whose file names begin with some text, sorted.

    Args:
        beginning: of the names, such as "01"; empty for all notebooks.

    Raises:
        NotebookError: no name begins so.
    """
    known = sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb"))
    found = [path for path in known if path.name.startswith(beginning)]
    if not found:
        names = [path.stem for path in known]
        raise NotebookError(f"Expected the beginning of one of {names}. Received: {beginning!r}.")
    return found


def parameters(path: Path) -> dict[str, Any]:
    """Return the names and default values in the cell tagged ``parameters``.

    Raises:
        NotebookError: the notebook has no such cell or several, or the cell holds more than
            assignments of literals.

    Example:
        >>> parameters(find("01")[0])["EPOCHS"]  # doctest: +SKIP
        60
    """
    try:
        return default_parameters(path)
    except ArtifactError as error:
        raise NotebookError(str(error)) from None


def refuse_unknown(path: Path, changes: Mapping[str, Any]) -> None:
    """Raise a NotebookError if a notebook lacks one of the parameters that are to be changed."""
    known = parameters(path)
    unknown = sorted(set(changes) - set(known))
    if unknown:
        raise NotebookError(
            f"Expected parameters of {path.name}: {sorted(known)}. Received: {unknown}."
        )


def needs_of(path: Path) -> dict[str, dict]:
    """Return the needs that a notebook's metadata state, see :mod:`emotion_lib.experiments.needs`.

    Raises:
        NotebookError: a need is unknown, or names a parameter that the notebook does not have.
    """
    stated = _metadata(path).get("needs", {})
    known = [*PACKAGES, *WEIGHTS]
    for name, condition in stated.items():
        if name not in known:
            raise NotebookError(f"Expected needs of {path.name} among {known}. Received: {name!r}.")
        refuse_unknown(path, condition)
    return stated


def smoke_parameters(path: Path) -> dict[str, Any]:
    """Return the parameters of a small trial run, as the notebook's metadata state them.

    They are beside the needs: ``"emotion": {"smoke": {"DATASET": "synthetic", "EPOCHS": 2}}``.

    Raises:
        NotebookError: there are none, or one that the notebook does not have.
    """
    values = _metadata(path).get("smoke")
    if not values:
        raise NotebookError(
            f"Expected the parameters of a small run in the metadata of {path.name}, as in "
            f'"emotion": {{"smoke": {{"EPOCHS": 2}}}}. Received: {values!r}.'
        )
    refuse_unknown(path, values)
    return values


def _metadata(path: Path) -> dict:
    """Return what a notebook's metadata hold under "emotion"."""
    return json.loads(path.read_text(encoding="utf-8"))["metadata"].get("emotion", {})


def notebook_of(run: str) -> Path:
    """Return the notebook that a run comes from.

    The run's name begins with the notebook's, or with that and a variant's:
    "13_compact_residual_wide/seed-40" is a run of 13_compact_residual.ipynb.

    Raises:
        NotebookError: there is no such notebook.
    """
    first = run.split("/")[0]
    found = []
    for path in find():
        if first == path.stem or first.startswith(f"{path.stem}_"):
            found.append(path)
    if not found:
        names = [path.stem for path in find()]
        raise NotebookError(f"Expected a run of one of {names}. Received: {run!r}.")
    return max(found, key=lambda path: len(path.stem))
