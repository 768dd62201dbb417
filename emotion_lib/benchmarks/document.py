"""Tables of docs/benchmarks.md, written from the measurements in artifacts/bench."""

import re
from pathlib import Path

import pandas as pd

from ..errors import EmotionError
from ..experiments import markdown
from ..files import write_text
from ..paths import ROOT, artifacts_dir


class DocumentError(EmotionError, ValueError):
    """A document without the markers of a table."""


def write_document(path: Path = ROOT / "docs" / "benchmarks.md") -> Path:
    """Replace the tables between the markers of a Markdown file by those of the last measurement.

    A table whose part has not been measured stays.

    Args:
        path: file with ``<!-- NAME: ... -->`` and ``<!-- end of NAME -->`` for each of "speed",
            "field", "detectors", "tracking", "peers" and "app".

    Returns:
        The file.

    Raises:
        DocumentError: the markers of a table are missing.
    """
    text = path.read_text(encoding="utf-8")
    for name, table in _TABLES.items():
        if _file(name).is_file():
            text = _replaced(text, name, table(), path)
    write_text(path, text)
    return path


def speed() -> str:
    """Return the speed of training and inference as a Markdown table."""
    rows = []
    for row in pd.read_csv(_file("speed")).itertuples():
        if row.part == "matrix product" or row.variant == "augmentation alone":
            continue
        is_first = row.variant == "ours" or row.ours_over_this == 1
        ratio = "" if is_first else f"{row.ours_over_this:.2f}"
        rate = f"{row.images_per_second:,.0f} ({row.q1:,.0f}–{row.q3:,.0f})"
        rows.append([row.part, row.network, row.variant, rate, ratio])
    header = ["part", "network", "variant", "images per second (quartiles)"]
    return markdown.table([*header, "speed-up of the first row"], rows)


def field() -> str:
    """Return the speed of faces, processes, detectors, videos and engines as a Markdown table."""
    rows = []
    for part in ("field", "engines"):
        if not _file(part).is_file():
            continue
        for row in pd.read_csv(_file(part)).itertuples():
            ratio = "" if row.ours_over_this == 1 else f"{row.ours_over_this:.2f}"
            rate = f"{_short(row.per_second)} ({_short(row.q1)}–{_short(row.q3)})"
            milliseconds = _short(row.milliseconds)
            rows.append([row.part, row.variant, rate, milliseconds, ratio, f"{row.peak_mib:.0f}"])
    header = ["part", "variant", "per second (quartiles)", "ms", "speed-up of the first row", "MiB"]
    return markdown.table(header, rows)


def detectors() -> str:
    """Return what each detector finds as a Markdown table."""
    rows = []
    for row in pd.read_csv(_file("detectors")).itertuples():
        fer_found = ""
        accuracy = ""
        if not pd.isna(row.fer_images):
            fer_found = f"{row.fer_found:.0f} of {row.fer_images:.0f}"
            accuracy = f"{100 * row.fer_accuracy:.1f} % ({100 * row.fer_own_accuracy:.1f} %)"
        cells = {
            "detector": row.detector,
            "faces found": f"{row.found} of {row.faces}",
            "missed": str(row.missed),
            "boxes on no face": str(row.false_faces),
            "pictures without faces with a box (boxes)": (
                f"{row.pictures_with_false} of {row.pictures_without} ({row.false_without})"
            ),
            "faces of FER-2013 found": fer_found,
            "accuracy on its crops (on FER-2013's own)": accuracy,
            "processor ms per photograph": f"{row.cpu_milliseconds:.0f}",
            "times the first": f"{row.times_the_first:.2f}",
        }
        rows.append(cells)
    return _table(rows)


def tracking() -> str:
    """Return how well trackers keep the faces' identities as a Markdown table."""
    rows = []
    for row in pd.read_csv(_file("tracking")).itertuples():
        cells = {
            "tracker": row.tracker,
            "IDF1": f"{row.idf1:.3f}",
            "switches": str(row.switches),
            "missed": f"{row.misses} of {row.faces}",
            "boxes on no face": str(row.false_boxes),
            "frames searched": f"{row.searches} of {row.frames}",
            "processor ms per frame": f"{row.cpu_ms:.1f}",
        }
        rows.append(cells)
    return _table(rows)


def peers() -> str:
    """Return what this library and its peers find as a Markdown table."""
    rows = []
    for row in pd.read_csv(_file("peers")).itertuples():
        cells = {
            "library": row.peer,
            "version": row.version,
            "faces found": f"{row.found} of {row.faces}",
            "missed": str(row.missed),
            "boxes on no face": str(row.false_faces),
            "processor ms per photograph": f"{row.cpu_milliseconds:,.0f}",
            "times the first": f"{row.times_ours:.2f}",
        }
        rows.append(cells)
    return _table(rows)


def app() -> str:
    """Return how the page's server bears many clients as a Markdown table."""
    rows = []
    for row in pd.read_csv(_file("app")).itertuples():
        cells = {
            "server": row.server,
            "pictures": row.scenario,
            "right answers per second": f"{row.per_second:.1f}",
            "p50, p95, p99 in ms": f"{row.p50_ms:,.0f}, {row.p95_ms:,.0f}, {row.p99_ms:,.0f}",
            "wrong": str(row.wrong),
            "refused (503)": str(row.refused),
            "failed": str(row.failed),
            "ready in s": f"{row.ready_s:.1f}",
            "MiB at start, warm, at the end": f"{row.start_mib:.0f}, {row.warm_mib:.0f}, "
            f"{row.end_mib:.0f}",
            "processors (clients')": f"{row.server_cpu:.2f} ({row.client_cpu:.2f})",
        }
        rows.append(cells)
    return _table(rows)


def _table(rows: list[dict[str, str]]) -> str:
    """Return rows of cells by the names of their columns as a Markdown table."""
    return markdown.table(list(rows[0]), [list(cells.values()) for cells in rows])


_TABLES = {
    "speed": speed,
    "field": field,
    "detectors": detectors,
    "tracking": tracking,
    "peers": peers,
    "app": app,
}


def _file(part: str) -> Path:
    return artifacts_dir() / "bench" / f"{part}.csv"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _replaced(text: str, name: str, table: str, path: Path) -> str:
    """Return the text with another table between the markers of a name."""
    section = re.compile(rf"(<!-- {name}: [^>]*-->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    new, count = section.subn(lambda match: f"{match[1]}{table}\n{match[2]}", text)
    if count != 1:
        raise DocumentError(
            f"Expected one <!-- {name}: ... --> and one <!-- end of {name} --> in {path}. "
            f"Received: {count}."
        )
    return new
