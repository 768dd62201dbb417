"""Tables of the field: how fast faces, processes and videos are, how that grows, and what the detectors find."""

import csv
import statistics
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import EmotionError
from ..faces.detection import DetectorError, iou
from ..faces.detectors import DETECTORS, load_detector
from ..files import sha256
from ..images import read_image
from .tables import Say, exponent
from .turns import in_turns
from .worker import Worker, available

MARKS = Path(__file__).with_name("marked_faces.csv")


class PhotographsError(EmotionError, RuntimeError):
    """The photographs to measure detectors on are not there, or not the marked ones."""


def speed(rounds: int, seconds: float, say: Say) -> pd.DataFrame:
    """Faces, processes, detectors and videos: the subjects of each part taking turns.

    Returns:
        A row a subject: part, variant, per_second (median over the rounds) with quartiles q1 and q3, milliseconds (of one),
        ours_over_this (median over the rounds of the first variant / this), peak_mib (of the process at work).
    """
    return _compare(_groups(), rounds, seconds, say)


def engines(rounds: int, say: Say) -> pd.DataFrame:
    """As :func:`speed`, of the local engine and Ray's on a folder of pictures, the start of its actors included."""
    return _compare(_engine_groups(), rounds, 0.0, say)


def _compare(groups, rounds: int, seconds: float, say: Say) -> pd.DataFrame:
    rows = []
    for part, warm_up, subjects in groups:
        say(f"{part}: {len(subjects)} subjects, {rounds} rounds")
        answers, rates = in_turns(subjects, rounds, seconds, warm_up)
        for variant, rate in rates.items():
            memory = [
                (a["value"] or {}).get("children_mib", a["peak_mib"]) for a in answers[variant]
            ]
            rows.append(
                {
                    "part": part, "variant": variant, "per_second": rate.median(), "q1": rate.quantile(0.25),
                    "q3": rate.quantile(0.75), "milliseconds": 1000 / rate.median(),
                    "ours_over_this": (rates.iloc[:, 0] / rate).median(), "peak_mib": max(memory), "rounds": rounds,
                }
            )  # fmt: skip
            say(
                f"  {variant:36s} {rate.median():9.2f} /s   first / this {rows[-1]['ours_over_this']:.2f}"
            )
    return pd.DataFrame(rows)


def _groups() -> Iterable[tuple[str, int, dict[str, tuple[str, dict]]]]:
    """Part, warm-up steps, and the subjects by variant; the first is ours."""
    for batch_size in (1, 64):
        subjects = {
            runtime: ("faces", {"runtime": runtime, "batch_size": batch_size})
            for runtime in ("litert", "int8", "keras", "keras.Model.predict")
        }
        yield f"faces in batches of {batch_size}", 3, subjects
    yield (
        "a new process",
        1,
        {how: ("first_result", {"how": how}) for how in ("emotion predict", "plain Keras")},
    )
    yield "the command", 1, {"emotion --help": ("first_result", {"how": "emotion --help"})}
    yield (
        "detectors, one face at 640x480",
        2,
        {name: ("detection", {"detector": name}) for name in DETECTORS},
    )
    for people, name in ((1, "one face"), (6, "six faces")):
        kinds = {
            "faces followed": ("yunet", 0.4),
            "every frame searched": ("yunet", 0),
            "every frame searched by Haar": ("haar", 0),
        }
        yield (
            f"video of 640x480, {name}",
            1,
            {
                kind: ("video", {"people": people, "detector": detector, "search_every": every})
                for kind, (detector, every) in kinds.items()
            },
        )


def _engine_groups() -> Iterable[tuple[str, int, dict[str, tuple[str, dict]]]]:
    subjects = {"local": ("engine", {"kind": "local", "workers": 1, "n": 600})}
    if available("ray"):
        for workers, name in ((1, "ray, 1 worker"), (2, "ray, 2 workers")):
            subjects[name] = ("engine", {"kind": "ray", "workers": workers, "n": 600})
    yield "engines, 600 pictures of 640x480", 0, subjects


def growth(say: Say) -> pd.DataFrame:
    """How time and memory grow with a video's length and with the number of pictures: each value in its own process.

    Returns:
        A row a value: quantity, value, seconds, memory_mib (at most, of the whole process), and the fitted exponents.
    """
    options = {"people": 1, "detector": "yunet", "search_every": 0.4}
    plan = {
        "seconds of video": [("video", {**options, "seconds": n}, n) for n in (60, 150, 300, 600)],
        "pictures": [("pictures", {"n": n}, n) for n in (100, 1000, 10_000)],
    }
    rows = []
    for quantity, subjects in plan.items():
        for subject, arguments, value in subjects:
            with Worker(subject, arguments, warm_up=0) as worker:
                answer = worker.measure(0)
            row = {
                "quantity": quantity,
                "value": value,
                "seconds": answer["step_seconds"],
                "memory_mib": answer["peak_mib"],
            }
            rows.append(row)
            say(f"  {quantity} {value:>7,}: {row['seconds']:8.1f} s, {row['memory_mib']:6.0f} MiB")
    table = pd.DataFrame(rows)
    for name, column in (("seconds", "time_exponent"), ("memory_mib", "memory_exponent")):
        exponents = {q: exponent(g["value"], g[name]) for q, g in table.groupby("quantity")}
        table[column] = table["quantity"].map(exponents)
    return table


def detectors(photographs: Path, say: Say) -> pd.DataFrame:
    """What each detector finds in photographs whose faces are marked, and in pictures without any.

    Args:
        photographs: folder with the pictures that ``marked_faces.csv`` names; told by their content.
        say: where progress goes.

    Returns:
        A row a detector: detector, photographs, faces, found, missed, false_faces (boxes on no face), pictures_without,
        false_without (boxes in those), milliseconds (median over the photographs), times_the_first.

    Raises:
        PhotographsError: a photograph is missing or another one.
    """
    marked = _marked(photographs)
    without = _without_faces()
    rows, every = [], {}
    for name in DETECTORS:
        try:
            detector = load_detector(name)
        except DetectorError as error:
            say(f"  {name}: left out. {error}")
            continue
        found = false_faces = total = 0
        milliseconds = []
        for image, marks in marked.values():
            detector.detect(image)
            start = time.perf_counter()
            boxes = [face.box for face in detector.detect(image)]
            milliseconds.append(1000 * (time.perf_counter() - start))
            matched = _matched(boxes, marks)
            total, found, false_faces = (
                total + len(marks),
                found + matched,
                false_faces + len(boxes) - matched,
            )
        every[name] = np.array(milliseconds)
        rows.append(
            {
                "detector": name, "photographs": len(marked), "faces": total, "found": found, "missed": total - found,
                "false_faces": false_faces, "pictures_without": len(without),
                "false_without": sum(len(detector.detect(image)) for image in without),
                "milliseconds": statistics.median(milliseconds),
                "times_the_first": float(np.median(every[name] / next(iter(every.values())))),
            }
        )  # fmt: skip
        say(
            f"  {name:10s} found {found} of {total}, false {false_faces} + {rows[-1]['false_without']}"
        )
    return pd.DataFrame(rows)


def _matched(boxes: list[tuple], marks: list[tuple], least: float = 0.3) -> int:
    """How many marks have a box of their own that overlaps by at least so much (intersection over union)."""
    from scipy.optimize import linear_sum_assignment

    overlaps = np.array([[iou(box, mark) for mark in marks] for box in boxes])
    if not overlaps.size:
        return 0
    rows, columns = linear_sum_assignment(overlaps, maximize=True)
    return int((overlaps[rows, columns] >= least).sum())


def _marked(folder: Path) -> dict[str, tuple[np.ndarray, list[tuple]]]:
    with MARKS.open() as file:
        marks = list(csv.DictReader(file))
    there = {sha256(p)[:16]: p for p in folder.iterdir() if p.is_file()} if folder.is_dir() else {}
    pictures = {}
    for mark in marks:
        if mark["sha256"] not in there:
            raise PhotographsError(
                f"Expected the photograph {mark['file']} (SHA-256 {mark['sha256']}...) in {folder}. Received: none of this "
                f"content. PHOTOS=folder names where the photographs of {MARKS.name} lie."
            )
        if mark["file"] not in pictures:
            pictures[mark["file"]] = (read_image(there[mark["sha256"]]), [])
        pictures[mark["file"]][1].append(
            tuple(float(mark[key]) for key in ("x", "y", "width", "height"))
        )
    return pictures


def _without_faces() -> list[np.ndarray]:
    """scikit-learn's two photographs without people, and plain textures."""
    from PIL import Image
    from sklearn.datasets import load_sample_images

    rng = np.random.default_rng(0)
    blobs = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)).resize((640, 480))
    ramp = np.linspace(0, 255, 640).astype(np.uint8)
    textures = [
        rng.integers(0, 256, (480, 640, 3), dtype=np.uint8),
        np.asarray(blobs),
        np.repeat(np.tile(ramp, (480, 1))[..., None], 3, 2),
        np.repeat(
            (np.indices((480, 640)).sum(0) // 40 % 2 * 255).astype(np.uint8)[..., None], 3, 2
        ),
    ]
    return [*load_sample_images().images, *textures]
