"""Figures by groups of the user's own pictures: from a table to text."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import say, text_table

if TYPE_CHECKING:
    import pandas as pd

    from ..datasets import Dataset


def groups_of(file: Path, names: Sequence[str] | None, n: int) -> dict[str, list[str]]:
    """Return the groups of each picture, and say which rows and pictures have no partner.

    Args:
        file, names, n: see :func:`emotion_lib.datasets.picture_groups.read_groups`.
    """
    from ..datasets.picture_groups import read_groups

    columns, notes = read_groups(file, names, n)
    for note in notes:
        say(f"note: {note}")
    return columns


def names_in_folder(files: Sequence[Path], folder: str) -> list[str]:
    """Return the path of each file below a folder, with slashes."""
    root = Path(folder).expanduser()
    return [file.relative_to(root).as_posix() for file in files]


def names_in_dataset(name: str, dataset: "Dataset") -> list[str] | None:
    """Return the file name of each test image in Kaggle's copy; None: its images have no files."""
    from ..datasets.sources import fer2013, ferplus
    from ..datasets.sources.ferplus.votes_file import votes_by_split

    if name == "fer2013":
        return fer2013.file_names(dataset)["test"]
    if name != "ferplus":
        return None
    faces = fer2013.load()
    votes = votes_by_split(faces, ["test"])["test"]
    _, has_majority = ferplus.to_targets(votes, "majority")
    of_faces = zip(fer2013.file_names(faces)["test"], has_majority.tolist(), strict=True)
    return [file for file, kept in of_faces if kept]


def print_groups(table: "pd.DataFrame", sentences: Sequence[str]) -> None:
    """Print the figures of each group, the recall of each class, and what they say.

    Args:
        table: see :class:`emotion_lib.evaluation.groups.Breakdown`.
        sentences: see :func:`emotion_lib.evaluation.group_sentences.group_sentences`.
    """
    classes = [name.removeprefix("recall_") for name in table if name.startswith("recall_")]
    for column, rows in table.groupby("column", sort=False):
        figures = []
        recalls = []
        for row in rows.to_dict("records"):
            figures.append({str(column): row["group"]} | _figures(row))
            cells = {str(column): row["group"]}
            for name in classes:
                n = row[f"n_{name}"]
                cells[name] = f"{row[f'recall_{name}']:.2f} ({n})" if n else ""
            recalls.append(cells)
        print(f"\n{text_table(figures)}\n\nrecall (n)\n{text_table(recalls)}")
    print()
    for sentence in sentences:
        print(f"- {sentence}")


def _figures(row: dict) -> dict[str, str]:
    """Return the figures of a group as text, by their heading."""
    cells = {
        "n": str(row["n"]),
        "accuracy": _interval(row["accuracy"], row["low"], row["high"]),
        "at equal classes": _interval(
            row["standardised"], row["standardised_low"], row["standardised_high"]
        ),
        "balanced": f"{row['balanced_accuracy']:.3f}",
        "macro-F1": f"{row['macro_f1']:.3f}",
        "confidence": f"{row['mean_confidence']:.3f}",
        "calibration error": f"{row['calibration_error']:.3f}",
    }
    for heading, name in (("face found", "face_found"), ("not sure", "not_sure")):
        if name in row:
            cells[heading] = f"{row[name]:.0%}"
    return cells


def _interval(value: float, low: float, high: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f} [{low:.3f}, {high:.3f}]"
