"""Speed of training, inference and evaluation, compared with plain Keras and PyTorch."""

import json
import shutil
from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..paths import best_dir
from .keras_subjects import NOTEBOOK_01, REFERENCE, WIDE, multiply_adds
from .turns import Group, Say, Subjects, in_turns, rate_columns
from .worker import available

OURS = "ours"
HAS_GPU = shutil.which("nvidia-smi") is not None


def speed(rounds: int, seconds: float, say: Say) -> pd.DataFrame:
    """Return the speed of the lab's parts, the subjects of each group taking turns.

    Args:
        rounds: number of turns of each subject.
        seconds: duration of each turn.
        say: prints progress.

    Returns:
        One row per subject: part, network, variant, batch_size, images_per_second (median over the
        rounds) with quartiles q1 and q3, ours_over_this (median over the rounds of ours / this),
        gmacs (10^9 multiply-adds per second, of convolutions and products alone), peak_mib (memory
        of the process; empty where it holds two frameworks), rounds.
    """
    rows = []
    for group in _groups():
        count = len(group.subjects)
        say(f"{group.part}, {group.network}: {count} subjects, {rounds} rounds of {seconds:g} s")
        rows += _rows(group, rounds, seconds, say)
    return pd.DataFrame(rows)


def _rows(group: Group, rounds: int, seconds: float, say: Say) -> list[dict]:
    answers, rates = in_turns(group, rounds, seconds)
    default_batch_size = 128 if group.part == "training" else 256
    rows = []
    for variant, (subject, options) in group.subjects.items():
        row = {
            "part": group.part,
            "network": group.network,
            "variant": variant,
            "batch_size": options.get("batch_size", default_batch_size),
        }
        row |= rate_columns(rates, variant, "images_per_second")
        rate = row["images_per_second"]
        counts = variant != "augmentation alone"
        row["gmacs"] = rate * group.multiply_adds / 1e9 if counts else np.nan
        # PyTorch's twin takes its weights from Keras, whose memory is not PyTorch's.
        is_mixed = subject == "torch_inference"
        peak = max(answer["peak_mib"] for answer in answers[variant])
        row["peak_mib"] = np.nan if is_mixed else peak
        row["rounds"] = rounds
        rows.append(row)
        say(f"  {variant:34s} {rate:10.1f} /s   first / this {row['ours_over_this']:.2f}")
    return rows


def _groups() -> Iterator[Group]:
    products = {}
    for precision in ("bfloat16", "float32"):
        products[precision] = ("matrix_product", {"precision": precision})
    yield Group("matrix product", products, "2048 x 2048", 2048**3)
    yield _training("reference 32-256", REFERENCE, 0.0)
    yield _training("reference 64-512", WIDE, 0.0)
    notebook_01 = _training("notebook 01, 32-192", NOTEBOOK_01, 0.25)
    name, options = notebook_01.subjects[OURS]
    notebook_01.subjects["ours, all augmentations"] = (name, {**options, "augmented": True})
    notebook_01.subjects["augmentation alone"] = ("augmentation", {})
    yield notebook_01
    shipped = json.loads((best_dir() / "run.json").read_text())["model"]["multiply_adds"]
    inference: Subjects = {
        "Keras, bfloat16": ("keras_inference", {"precision": "mixed_bfloat16"}),
        "Keras, as the file is": ("keras_inference", {"precision": None}),
    }
    if available("torch"):
        for precision in ("bfloat16", "float32"):
            name = f"PyTorch {precision}, channels last"
            inference[name] = ("torch_inference", {"precision": precision})
    yield Group("inference", inference, "shipped", shipped)
    evaluation: Subjects = {
        "evaluate, bfloat16": ("evaluation", {"flip": False, "precision": "mixed_bfloat16"}),
        "evaluate, bfloat16, flip": ("evaluation", {"flip": True, "precision": "mixed_bfloat16"}),
        "evaluate, float32": ("evaluation", {"flip": False, "precision": None}),
        "evaluate, float32, flip": ("evaluation", {"flip": True, "precision": None}),
    }
    yield Group("evaluation of 7,178", evaluation, "shipped", shipped, warm_up=1)


def _training(network: str, widths: tuple[int, ...], dropout: float) -> Group:
    """Return the training of one network by this library, plain Keras and PyTorch."""
    options = {"widths": widths, "dropout": dropout}
    ours = {**options, "precision": "auto", "fast": True}
    plain = {**options, "precision": "float32", "fast": False}
    mixed = {**options, "precision": "mixed_bfloat16", "fast": False}
    subjects: Subjects = {
        OURS: ("keras_training", ours),
        "Keras float32": ("keras_training", plain),
        "Keras mixed_bfloat16": ("keras_training", mixed),
    }
    if available("torch"):
        subjects["PyTorch bfloat16, channels last"] = ("torch_training", options)
        if HAS_GPU:
            compiled = {**options, "compiled": True}
            subjects["PyTorch bfloat16, torch.compile"] = ("torch_training", compiled)
    return Group("training", subjects, network, 3 * multiply_adds(widths))
