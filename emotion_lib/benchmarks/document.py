"""Tables of docs/benchmarks.md, written from the measurements in artifacts/bench."""

import re
from pathlib import Path

import pandas as pd

from ..errors import EmotionError
from ..files import write_text
from ..paths import ROOT, artifacts_dir


class DocumentError(EmotionError, ValueError):
    """A document without the markers of a table."""


def write_document(path: Path = ROOT / "docs" / "benchmarks.md") -> Path:
    """Replace the tables between the markers of a Markdown file by those of the last measurement.

    A table whose part has not been measured stays.

    Args:
        path: file with ``<!-- NAME: ... -->`` and ``<!-- end of NAME -->`` for each of "speed",
            "field", "detectors", "tracking" and "peers".

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
    lines = [
        "| part | network | variant | images per second (quartiles) | speed-up of the first row |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in pd.read_csv(_file("speed")).itertuples():
        if row.part == "matrix product" or row.variant == "augmentation alone":
            continue
        is_first = row.variant == "ours" or row.ours_over_this == 1
        ratio = "" if is_first else f"{row.ours_over_this:.2f}"
        rate = f"{row.images_per_second:,.0f} ({row.q1:,.0f}–{row.q3:,.0f})"
        lines.append(f"| {row.part} | {row.network} | {row.variant} | {rate} | {ratio} |")
    return "\n".join(lines)


def field() -> str:
    """Return the speed of faces, processes, detectors, videos and engines as a Markdown table."""
    lines = [
        "| part | variant | per second (quartiles) | ms | speed-up of the first row | MiB |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for part in ("field", "engines"):
        if not _file(part).is_file():
            continue
        for row in pd.read_csv(_file(part)).itertuples():
            ratio = "" if row.ours_over_this == 1 else f"{row.ours_over_this:.2f}"
            rate = f"{_short(row.per_second)} ({_short(row.q1)}–{_short(row.q3)})"
            lines.append(
                f"| {row.part} | {row.variant} | {rate} | {_short(row.milliseconds)} | {ratio} "
                f"| {row.peak_mib:.0f} |"
            )
    return "\n".join(lines)


def detectors() -> str:
    """Return what each detector finds as a Markdown table."""
    lines = [
        "| detector | faces found | missed | boxes on no face "
        "| pictures without faces with a box (boxes) "
        "| faces of FER-2013 found | accuracy on its crops (on FER-2013's own) "
        "| processor ms per photograph | times the first |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in pd.read_csv(_file("detectors")).itertuples():
        fer_found = ""
        accuracy = ""
        if not pd.isna(row.fer_images):
            fer_found = f"{row.fer_found:.0f} of {row.fer_images:.0f}"
            accuracy = f"{100 * row.fer_accuracy:.1f} % ({100 * row.fer_own_accuracy:.1f} %)"
        lines.append(
            f"| {row.detector} | {row.found} of {row.faces} | {row.missed} | {row.false_faces} "
            f"| {row.pictures_with_false} of {row.pictures_without} ({row.false_without}) "
            f"| {fer_found} | {accuracy} | {row.cpu_milliseconds:.0f} "
            f"| {row.times_the_first:.2f} |"
        )
    return "\n".join(lines)


def tracking() -> str:
    """Return how well trackers keep the faces' identities as a Markdown table."""
    lines = [
        "| tracker | IDF1 | switches | missed | boxes on no face | frames searched | processor ms "
        "per frame |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in pd.read_csv(_file("tracking")).itertuples():
        lines.append(
            f"| {row.tracker} | {row.idf1:.3f} | {row.switches} | {row.misses} of {row.faces} "
            f"| {row.false_boxes} | {row.searches} of {row.frames} | {row.cpu_ms:.1f} |"
        )
    return "\n".join(lines)


def peers() -> str:
    """Return what this library and its peers find as a Markdown table."""
    lines = [
        "| | version | faces found | missed | boxes on no face | processor ms per photograph "
        "| times the first |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in pd.read_csv(_file("peers")).itertuples():
        lines.append(
            f"| {row.peer} | {row.version} | {row.found} of {row.faces} | {row.missed} "
            f"| {row.false_faces} | {row.cpu_milliseconds:,.0f} | {row.times_ours:.2f} |"
        )
    return "\n".join(lines)


_TABLES = {
    "speed": speed,
    "field": field,
    "detectors": detectors,
    "tracking": tracking,
    "peers": peers,
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
