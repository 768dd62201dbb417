"""Names of runs: which ones a pattern stands for, and how figures abbreviate them."""

from collections import Counter
from collections.abc import Iterable
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
    """Return the abbreviation of each run for tables and figures: notebook number and parts.

    "04_vgg16/from-scratch/none" becomes "04 from-scratch none", and "01_cnn", which has no parts,
    "01 cnn". An abbreviation depends on the run alone, so that it is the same in every table; only
    runs of two notebooks that share number and parts are written with their whole names.

    Raises:
        ArtifactError: two names are the same, or differ only in "_", "/" and blanks.

    Example:
        >>> list(short_names(["16_a/no-votes/seed-0", "16_a/whole/seed-0", "01_cnn"]).values())
        ['16 no-votes seed-0', '16 whole seed-0', '01 cnn']
    """
    names = list(names)
    counts = Counter(map(_abbreviated, names))
    found = {}
    for name in names:
        short = _abbreviated(name)
        found[name] = short if counts[short] == 1 else name.replace("_", " ")
    if len(set(found.values())) < len(names):
        written = Counter(found[name] for name in names)
        shared = [name for name in names if written[found[name]] > 1]
        raise ArtifactError(
            f"Expected names that differ in more than _ and blanks. Received: {shared}. Rename one "
            "of these runs."
        )
    return found


def _abbreviated(name: str) -> str:
    notebook, *parts = name.split("/")
    number, _, title = notebook.partition("_")
    return " ".join([number, *(parts or [title])]).replace("_", " ").strip()
