"""The files of ``emotion evaluate``, which replaces only those of an earlier evaluation."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..files import atomic_file, printable, same_file, write_text
from .output_folder import OutputError, check_is_folder

if TYPE_CHECKING:
    from ..evaluation import Evaluation
    from ..evaluation.groups import Breakdown

# The first of each tuple tells whether the files were written by this command.
FIGURES = ("metrics.json", "confusion.png")
GROUPS = ("groups.json", "groups.csv", "groups.png")
_TABLE = b"column,group,n,"  # how groups.csv begins
_KEYS = {"metrics.json": {"model", "data", "accuracy", "n"}, "groups.json": {"groups", "pairs"}}


def check_evaluation(folder: Path, groups: Path | None = None) -> None:
    """Check that the files of an evaluation may be written to a folder.

    Args:
        folder: need not exist.
        groups: the user's table of groups; None: none is used.

    Raises:
        OutputError: a file of one of these names was not written by an earlier
            ``emotion evaluate``, or is the table of groups; or the folder is a file.
    """
    check_is_folder(folder)
    _check_files(folder, FIGURES)
    if groups is None:
        return
    if same_file(folder / "groups.csv", groups):
        raise OutputError(
            "Expected --out to be a folder in which no output replaces the input. Received: "
            f"{printable(folder)}, whose groups.csv is the table of groups. Choose another --out."
        )
    _check_files(folder, GROUPS)


def _check_files(folder: Path, names: tuple[str, ...]) -> None:
    are_ours = _are_ours(folder, names)
    for name in names:
        is_ours = are_ours and not _is_foreign_table(folder / name)
        if os.path.lexists(folder / name) and not is_ours:
            raise OutputError(
                "Expected a new folder for --out, or that of an earlier evaluation, which is "
                f"replaced. Received: {printable(folder)}, whose {name} is of another origin. "
                "Choose another --out."
            )


def _are_ours(folder: Path, names: tuple[str, ...]) -> bool:
    """Return whether the JSON file among these names is one of this command."""
    try:
        content = json.loads((folder / names[0]).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and _KEYS[names[0]] <= set(content)


def _is_foreign_table(file: Path) -> bool:
    """Return whether a groups.csv is not of this command: users may call theirs the same."""
    if file.name != "groups.csv" or not os.path.lexists(file):
        return False
    try:
        return not file.read_bytes().startswith(_TABLE)
    except OSError:
        return True


def write_evaluation(result: "Evaluation", folder: Path, model: str, data: str) -> list[Path]:
    """Write metrics.json and confusion.png, each whole or not at all, and return their paths."""
    from .. import plots

    metrics = {"model": printable(model), "data": printable(data), **result.summary()}
    write_text(folder / "metrics.json", json.dumps(metrics, indent=1) + "\n")
    if result.multi_label:
        figure = plots.label_confusions(result)
    else:
        title = Path(model).name if Path(model).is_file() else model
        figure = plots.confusion_matrix(result, f"{title}, n = {result.n}")
    with atomic_file(folder / "confusion.png") as temporary:
        figure.savefig(temporary, dpi=110)
    return [folder / name for name in FIGURES]


def write_groups(
    found: "Breakdown | None", sentences: list[str], folder: Path, names: dict[str, Any]
) -> list[Path]:
    """Write groups.json, groups.csv and groups.png, and return their paths.

    Args:
        found: the figures by groups; None: those of an earlier evaluation are removed, so that
            they do not stand beside other metrics.
        sentences: on them.
        folder: to write to.
        names: of model, data and table, for groups.json.
    """
    from .. import plots

    if found is None:
        if _are_ours(folder, GROUPS):
            for name in GROUPS:
                if not _is_foreign_table(folder / name):
                    (folder / name).unlink(missing_ok=True)
        return []
    content = names | {"sentences": sentences}
    frames = {"groups": found.table, "pairs": found.pairs, "tests": found.tests}
    for name, frame in frames.items():
        content[name] = json.loads(frame.to_json(orient="records"))
    write_text(folder / "groups.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    write_text(folder / "groups.csv", found.table.to_csv(index=False, lineterminator="\n"))
    with atomic_file(folder / "groups.png") as temporary:
        plots.groups(found.table).savefig(temporary, dpi=110)
    return [folder / name for name in GROUPS]
