"""Class names of every source, and the maps between them.

An integer label means nothing without its list of names, and the lists differ between sources: the
original ``fer2013.csv`` puts neutral last, every folder-based copy sorts alphabetically. So arrays
are always passed with their names, and :func:`remap` is the only way from one order to another.
"""

from collections.abc import Sequence

import numpy as np

# The seven expressions in alphabetical order: the order of every array and model in this project.
SEVEN_EXPRESSIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")

# The integer codes of the column `emotion` in the original fer2013.csv and icml_face_data.csv
# (Goodfellow et al., 2013).
FER2013_CSV = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

# The columns of votes in fer2013new.csv (FER+, Barsoum et al., 2016) by the project's names; the
# last two are no expressions.
FERPLUS_CSV = (
    "neutral",
    "happy",
    "surprise",
    "sad",
    "angry",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "not a face",
)

# The eight expressions of FER+: the seven in their order, then contempt.
EIGHT_EXPRESSIONS = (*SEVEN_EXPRESSIONS, "contempt")

# One colour per expression, wherever it is drawn: boxes, bars, lanes and figures. On white and on
# the page's dark paper each has a contrast of at least 3. Under normal colour vision and simulated
# protanopia, deuteranopia and tritanopia any two are at least 19 units of CIELAB apart. They were
# found by simulated annealing with a range of hues for each; more contrast would leave too few
# lightnesses to tell eight colours apart.
EXPRESSION_COLORS = {
    "angry": "#D62A26",
    "disgust": "#6CA153",
    "fear": "#9552FE",
    "happy": "#D97B03",
    "neutral": "#949494",
    "sad": "#4367C4",
    "surprise": "#319FC1",
    "contempt": "#C1335D",
}

# Colour of faces whose expression is not sure or not read, and of other classes.
UNREAD_COLOR = "#6B7280"

# The names of the seven in other sources, in lower case.
ALIASES = {
    "angry": {"angry", "anger", "an", "mad"},
    "disgust": {"disgust", "disgusted", "di"},
    "fear": {"fear", "fearful", "afraid", "scared", "fe"},
    "happy": {"happy", "happiness", "joy", "joyful", "ha"},
    "neutral": {"neutral", "neutrality", "calm", "ne", "nu"},
    "sad": {"sad", "sadness", "sa"},
    "surprise": {"surprise", "surprised", "su"},
}


def color_of(class_name: str) -> str:
    """Return the colour of a class: the expression's own, or a gray for other classes.

    Example:
        >>> color_of("bored")
        '#6B7280'
    """
    return EXPRESSION_COLORS.get(class_name, UNREAD_COLOR)


def canonical(names: Sequence[str]) -> tuple[str, ...] | None:
    """Return the project's names for class names of another source.

    Args:
        names: class names, in any case.

    Returns:
        The names, or None if not *all* of them are among the seven expressions.

    Raises:
        ValueError: two of the names mean the same expression.

    Example:
        >>> canonical(["Anger", "Happiness"])
        ('angry', 'happy')
        >>> canonical(["Anger", "bored"])
    """
    known = {}
    for name, aliases in ALIASES.items():
        known |= dict.fromkeys(aliases, name)
    found = [known.get(name.strip().lower()) for name in names]
    if None in found:
        return None
    for name in set(found):
        if found.count(name) > 1:
            same = [names[index] for index, other in enumerate(found) if other == name]
            raise ValueError(
                f"Expected each expression once. Received: {same}, which all mean {name!r}. "
                "Merge them."
            )
    return tuple(found)


def remap(labels: np.ndarray, source: Sequence[str], target: Sequence[str]) -> np.ndarray:
    """Translate integer labels from the order ``source`` to the order ``target``.

    Args:
        labels: integers in ``[0, len(source))``, of any shape.
        source: class names in the order that ``labels`` index.
        target: class names in the order wanted; must hold every name of ``source``.

    Returns:
        int64 array of the same shape, indexing ``target``.

    Raises:
        ValueError: a name of ``source`` is missing in ``target``, or a label is outside ``source``.

    Example:
        >>> remap(np.array([6, 4]), FER2013_CSV, SEVEN_EXPRESSIONS)
        array([4, 5])
    """
    missing = [name for name in source if name not in target]
    if missing:
        raise ValueError(
            f"Expected every source class among {list(target)}. Received: {missing}. "
            "Rename or drop them first."
        )
    labels = np.asarray(labels)
    if labels.size and (labels.min() < 0 or labels.max() >= len(source)):
        raise ValueError(
            f"Expected labels from 0 to {len(source) - 1} (classes {list(source)}). "
            f"Received: labels from {labels.min()} to {labels.max()}. "
            "Check which class order the file uses."
        )
    table = np.array([list(target).index(name) for name in source], dtype=np.int64)
    return table[labels]
