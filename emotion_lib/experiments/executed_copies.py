"""Executed copies of notebooks among the artifacts, without what training wrote into its log."""

import re
from pathlib import Path

from ..environment import require
from ..paths import artifacts_dir
from .runner import SMOKE_FOLDER

# Lines of progress bars, epochs, warnings and the logs of TensorFlow and XLA.
_LOG = re.compile(
    r"^\s*Epoch \d+(?:/\d+|:)|━|[█▏▎▍▌▋▊▉]|\d+/\d+ .*\b(?:step|it/s|s/it)\b|^[IWEF]\d{4} "
    r"|^WARNING|Warning:|^\s*warnings\.warn|^\s*super\(\)\.__init__\(|computation_placer|cuda_",
)
_WIDGET = "application/vnd.jupyter.widget-view+json"


def executed_copies() -> dict[str, Path]:
    """Return the executed copies by the name of their run; none of smoke runs.

    A series writes one into the folder of the run. The name is that of the folder, such as
    "04_vgg16_class_weights/from-scratch".
    """
    root = artifacts_dir()
    found = {}
    for path in sorted(root.rglob("[0-9][0-9]_*.ipynb")):
        folder = path.relative_to(root).parent
        if path.is_file() and folder.parts[:1] not in ((SMOKE_FOLDER,), ()):
            found[folder.as_posix()] = path
    return found


def notebook_html(path: Path) -> str:
    """Return an executed notebook as HTML without a page around it, and without log lines."""
    require("nbconvert")
    import nbformat
    from nbconvert import HTMLExporter

    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            outputs = [_cleaned(output) for output in cell.outputs]
            cell.outputs = [output for output in outputs if output is not None]
    # The basic template has no page around it, and so none of the scripts that nbconvert would
    # load from other servers.
    return HTMLExporter(template_name="basic", embed_images=True).from_notebook_node(notebook)[0]


def _cleaned(output: dict) -> dict | None:
    """Return an output without log lines; None if nothing else is in it."""
    if output["output_type"] != "stream":
        return None if _WIDGET in output.get("data", {}) else output
    if output["name"] == "stderr":
        return None
    output["text"] = without_log(output["text"])
    return output if output["text"].strip() else None


def without_log(text: str) -> str:
    r"""Return the lines of a cell's output that say something, as a terminal would show them.

    Example:
        >>> without_log("Epoch 1/2\n1/9 ━━━━ 2s 1ms/step\r9/9 ━━━━ 1s\nkept\n")
        'kept\n'
    """
    lines = []
    for line in text.split("\n"):
        shown = line.rstrip("\r").split("\r")[-1].replace("\b", "")
        if not _LOG.search(shown):
            lines.append(shown)
    return "\n".join(lines)
