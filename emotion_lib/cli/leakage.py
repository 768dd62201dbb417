"""``emotion leakage``: find copies of an image within and across the splits of a data set."""

import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..files import atomic_file, printable
from .output_folder import OutputError, check_is_folder
from .terminal import say, text_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..datasets import Dataset
    from ..evaluation import Leakage

_SHOWN = 48  # pairs in the picture
_COLUMNS = "kind,correlation,down,right,mirrored,group,first_split,first_row"


def leakage(
    data: Annotated[
        str,
        typer.Argument(
            help="Folder of class folders, or of train, val and test with class folders; or the "
            "name of a data set: fer2013, ferplus ..."
        ),
    ],
    correlation: Annotated[
        float,
        typer.Option(
            min=0.85,
            max=1,
            help="Lowest correlation of a near copy. Of FER-2013's pairs above 0.92, 266 of 267 "
            "that were looked at show one photograph; from 0.86 to 0.88 two thirds do.",
        ),
    ] = 0.92,
    out: Annotated[Path, typer.Option(help="Folder for pairs.csv and pairs.png.")] = Path(
        "leakage"
    ),
) -> None:
    """Find copies of an image within and across splits: the same pixels, or nearly so.

    Near copies show one photograph, cropped, toned, marked or mirrored. pairs.csv lists all pairs,
    with the files' names; pairs.png shows some of them. Nothing is changed or deleted.

    The exit status is 0 with or without copies: in a pipeline, count the lines of pairs.csv.

    For example: emotion leakage mine/ --out copies
    """
    from ..evaluation import find_leakage

    check_leakage(out)
    dataset, names = _load(data)
    for note in dataset.notes:
        say(f"note: {note}")
    out.mkdir(parents=True, exist_ok=True)  # before the work, not after it
    found = find_leakage(dataset, correlation, names)
    pairs = found.pair_table()
    with atomic_file(out / "pairs.csv") as temporary:
        pairs.to_csv(temporary, index=False, float_format="%.4f")
    written = [out / "pairs.csv"]
    (out / "pairs.png").unlink(missing_ok=True)
    if len(pairs):
        with atomic_file(out / "pairs.png") as temporary:
            _picture(found, dataset).savefig(temporary, dpi=110)
        written.append(out / "pairs.png")
    print_leakage(found)
    print(f"written: {', '.join(printable(path) for path in written)}")


def print_leakage(found: "Leakage") -> None:
    """Print the counts of pairs by splits, and those of test images by class."""
    table = found.table()
    rows = []
    leaves_out = bool(found.left_out.any())
    for row in table[table["pairs"] > 0].to_dict("records"):
        first, *other = str(row["splits"]).removeprefix("within ").split(" and ")
        images = f"{row['first']:,} of {first}"
        if other:
            images += f", {row['second']:,} of {other[0]}"
        share = row["other label"] / row["pairs"]
        cells = {
            "splits": row["splits"],
            "kind": row["kind"],
            "pairs": f"{row['pairs']:,}",
            "images": images,
            "two labels": f"{row['other label']:,} ({share:.0%})",
            "remain by default": f"{row['after default']:,}" if leaves_out else "",
        }
        rows.append(cells)
    images = found.images
    print(f"{len(images):,} images, {(images['group'] >= 0).sum():,} of them with a copy")
    one_color = int(images["one_color"].sum())
    if one_color:
        print(f"not compared, as they have a single colour: {one_color} images")
    if not rows:
        print("no copies found")
        return
    print(f"\n{text_table(rows)}")
    for split in ("val", "test"):
        counts = found.per_class(split, "train") if (images["split"] == split).any() else None
        if counts is not None and counts[["exact", "near only"]].to_numpy().any():
            print(f"\nimages of {split} with a copy in train:\n{counts.to_string()}")
    if leaves_out:
        print(f"\n{_default_sentence(found)}")


def _default_sentence(found: "Leakage") -> str:
    """Return what the data set's default leaves out, and which copies stay."""
    parts = []
    for split in ("val", "test"):
        before = int(found.has_copy(split, "train").sum())
        after = int(found.has_copy(split, "train", after_default=True).sum())
        parts.append(f"{before:,} images of {split} have a copy in train, then {after:,}")
    return (
        f"By default {found.left_out.sum():,} training images are left out, as their pixels equal "
        f"an image of validation or test: {'; '.join(parts)}."
    )


def _load(data: str) -> tuple["Dataset", dict[str, list[str]] | None]:
    """Load all images of a data set or folder, and the names of their files if they are known."""
    from .. import datasets
    from ..datasets.sources import fer2013
    from ..datasets.sources.image_folder.undivided import load_all

    if data not in datasets.names():
        return load_all(data)
    if Path(data).is_dir():
        raise ValueError(
            f"Expected a folder or a data set. Received: {data}, which is the name of both. Write "
            f"./{data} for the folder; for the data set, run this in another folder."
        )
    if datasets.needs_source(data):
        raise ValueError(
            f"Expected a folder of class folders, or the name of a data set. Received: {data}, "
            "which is a kind of folder. Name the folder itself."
        )
    options = {}
    if "drop_twins" in inspect.signature(datasets.module(data).load).parameters:
        options["drop_twins"] = False  # they are what is looked for
    dataset = datasets.load(data, **options)
    return dataset, fer2013.file_names(dataset) if data == "fer2013" else None


def _picture(found: "Leakage", dataset: "Dataset") -> "Figure":
    """Draw pairs from the lowest to the highest correlation, those across splits first.

    Of each group one pair is drawn, so that a photograph with many copies does not fill the page.
    """
    import numpy as np

    from .. import plots

    pairs = found.pair_table().drop_duplicates("group")
    within = pairs["first_split"] == pairs["second_split"]
    near = pairs["kind"] == "near"
    pairs = pairs.assign(within=within, exact=~near).sort_values(
        ["within", "exact", "correlation"], kind="stable"
    )
    candidates = pairs[~pairs["within"] & near]
    if len(candidates) <= _SHOWN:
        chosen = pairs.iloc[:_SHOWN]
    else:
        chosen = candidates.iloc[np.linspace(0, len(candidates) - 1, _SHOWN).astype(int)]
    left = []
    right = []
    titles = []
    for pair in chosen.to_dict("records"):
        first = getattr(dataset, pair["first_split"]).images[pair["first_row"]]
        second = getattr(dataset, pair["second_split"]).images[pair["second_row"]]
        left.append(first[:, ::-1] if pair["mirrored"] else first)
        right.append(second)
        labels = f"{pair['first_label']}, {pair['second_label']}"
        mirrored = ", mirrored" if pair["mirrored"] else ""
        titles.append(f"{labels}\n{pair['kind']} {pair['correlation']:.3f}{mirrored}")
    return plots.pairs(np.stack(left), np.stack(right), titles, columns=6)


def check_leakage(folder: Path) -> None:
    """Check that pairs.csv and pairs.png may be written to a folder.

    Raises:
        OutputError: a file of one of these names was not written by an earlier
            ``emotion leakage``; or the folder is a file.
    """
    check_is_folder(folder)
    try:
        with open(folder / "pairs.csv", encoding="utf-8") as file:
            is_ours = file.readline().startswith(_COLUMNS)
    except (OSError, ValueError):
        is_ours = False
    for path in (folder / "pairs.csv", folder / "pairs.png"):
        if os.path.lexists(path) and not is_ours:
            raise OutputError(
                "Expected a new folder for --out, or that of an earlier emotion leakage, which is "
                f"replaced. Received: {printable(folder)}, whose {path.name} is of another origin. "
                "Choose another --out."
            )
