"""FER-2013 and the votes of FER+: which notebooks need them, and what to do without.

All other data comes with the library, or a parameter names it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import artifacts
from ..paths import best_dir
from .source_code import notebook_code

TITLES = {"fer2013": "FER-2013", "ferplus": "the votes of FER+"}
_LOADS = ("datasets.load(", "load_dataset(")


def parameter_of(path: Path, used: Mapping[str, Any]) -> str | None:
    """Return the name of the parameter by which a notebook loads FER-2013 or FER+; None if none.

    A DATASET that is None stands for the data that the served model was trained on. A notebook
    that reads recorded scores alone loads no data.

    Args:
        path: the notebook.
        used: the parameters that it runs with.

    Example:
        >>> (notebook,) = find("07")  # doctest: +SKIP
        >>> parameter_of(notebook, {"DATASET": "emoji", "FACES": "fer2013"})  # doctest: +SKIP
        'FACES'
    """
    code = notebook_code(path)
    if not any(call in code for call in _LOADS):
        return None
    for name, value in used.items():
        if name == "DATASET" and value is None:
            value = _served_data()
        if isinstance(value, str) and value.startswith(tuple(TITLES)):
            return name
    return None


def needed(path: Path, used: Mapping[str, Any]) -> list[str]:
    """Return which of "fer2013" and "ferplus" a notebook cannot do without.

    Its parameter DATASET says so. A second data set, such as the FACES beside notebook 07's emoji,
    may be missing. The votes of FER+ are of use with the images of FER-2013 alone.

    Args:
        path: the notebook.
        used: the parameters that it runs with.
    """
    if parameter_of(path, used) != "DATASET":
        return []
    return [name for name in read_by(path, used) if name in TITLES]


def read_by(path: Path, used: Mapping[str, Any]) -> list[str]:
    """Return which of "fer2013", "ferplus" and "emotic" a notebook reads if they are here.

    Args:
        path: the notebook.
        used: the parameters that it runs with.
    """
    dataset = used.get("DATASET")
    found = ["emotic"] if dataset == "emotic" else []
    if parameter_of(path, used):
        found.append("fer2013")
        # VOTES is the share of FER+'s votes in labels that are blended.
        if used.get("VOTES") or "ferplus" in f"{dataset} {notebook_code(path)}":
            found.append("ferplus")
    return found


def problem(name: str) -> str:
    """Return the message about data that is missing or damaged; an empty text if it is here.

    FER-2013 is imported or downloaded first if need be.

    Args:
        name: "fer2013" or "ferplus".
    """
    from ..datasets import DataError, load
    from ..datasets.sources import ferplus

    try:
        if name == "fer2013":
            load("fer2013")
        else:
            ferplus.find_votes()
    except DataError as error:
        return str(error)
    return ""


def without(path: Path, used: Mapping[str, Any]) -> str:
    """Return how to run a notebook without FER-2013, on drawn faces; empty if it loads none.

    Args:
        path: the notebook.
        used: the parameters that it runs with.
    """
    name = parameter_of(path, used)
    if name is None:
        return ""
    number = path.stem[:2]
    return (
        f"On drawn faces instead: emotion run {number} --smoke, "
        f"or in full: emotion run {number} -p {name}=synthetic --name drawn"
    )


def _served_data() -> str:
    """Return the name of the data that the served model was trained on."""
    try:
        return artifacts.read_record(best_dir() / "run.json").data.name
    except artifacts.ArtifactError:
        return ""
