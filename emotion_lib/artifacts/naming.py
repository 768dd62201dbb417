"""Names of runs: which ones a pattern stands for, and how figures abbreviate them."""

from collections import Counter
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from .writing import ArtifactError


def belongs(name: str, patterns: Iterable[str]) -> bool:
    """Return True if a run's name is one of the given names, or matches one of the patterns.

    A name stands for itself alone. The parts of a run are named by a pattern, in which ``*``
    stands for any characters but the slash.

    Example:
        >>> belongs("13_compact_residual/seed-0", ["13_compact_residual"])
        False
        >>> belongs("13_compact_residual/seed-0", ["13_compact_residual/seed-*"])
        True
    """
    return any(_matches(name, pattern) for pattern in patterns)


def _matches(name: str, pattern: str) -> bool:
    if name == pattern:  # a name may itself hold a character that patterns give a meaning
        return True
    parts = name.split("/")
    part_patterns = pattern.split("/")
    if len(parts) != len(part_patterns):
        return False
    return all(map(fnmatchcase, parts, part_patterns))


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Return the abbreviation of each run for tables and figures: notebook number and last part.

    "04_vgg16/from-scratch/none" becomes "04 none", and "01_cnn", which has no parts, "01 cnn".
    Runs that would share an abbreviation keep all their parts, or else their whole names.

    Raises:
        ArtifactError: two names are the same, or differ only in "_" and blanks.

    Example:
        >>> list(short_names(["16_a/no-votes/seed-0", "16_a/whole/seed-0", "01_cnn"]).values())
        ['16 no-votes seed-0', '16 whole seed-0', '01 cnn']
    """
    names = list(names)
    found = {name: _last_part(name) for name in names}
    for longer_form in (_all_parts, str):
        _lengthen_shared(found, longer_form)
    if len(set(found.values())) < len(names):
        raise ArtifactError(
            f"Expected names that differ in more than _ and blanks. Received: {names}."
        )
    return found


def _last_part(name: str) -> str:
    notebook, *parts = name.split("/")
    number, _, title = notebook.partition("_")
    last = parts[-1] if parts else title
    return f"{number} {last}".replace("_", " ")


def _all_parts(name: str) -> str:
    notebook, *parts = name.split("/")
    number, _, title = notebook.partition("_")
    return " ".join([number, *(parts or [title])]).replace("_", " ")


def _lengthen_shared(found: dict[str, str], longer_form: Callable[[str], str]) -> None:
    """Replace the abbreviations that several names have by a longer form of each."""
    counts = Counter(found.values())
    for name, short in found.items():
        if counts[short] > 1:
            found[name] = longer_form(name).replace("_", " ")
