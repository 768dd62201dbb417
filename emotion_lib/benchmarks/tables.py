"""The tables: which subjects are compared, in turns, and what their figures say."""

import itertools
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from .. import datasets
from ..paths import best_dir
from .subjects import NOTEBOOK_01, REFERENCE, WIDE, multiply_adds
from .turns import in_turns
from .worker import Worker, available

Say = Callable[[str], None]
OURS = "ours"
GPU = shutil.which("nvidia-smi") is not None


def speed(rounds: int, seconds: float, say: Say) -> pd.DataFrame:
    """Training, augmentation, inference and evaluation, each group's subjects taking turns.

    Args:
        rounds: how often each subject is measured.
        seconds: how long each time.
        say: where progress goes.

    Returns:
        A row a subject: part, network, variant, batch_size, images_per_second (median over the rounds) with quartiles
        q1 and q3, ours_over_this (median over the rounds of ours / this, so that a busy minute hits both), gmacs
        (10^9 multiply-adds a second, of convolutions and products alone), peak_mib (memory of the process), rounds.
    """
    rows = []
    for part, network, forward, subjects in _groups():
        say(f"{part}, {network}: {len(subjects)} subjects, {rounds} rounds of {seconds:g} s each")
        rows += _compare(part, network, forward, subjects, rounds, seconds, say)
    return pd.DataFrame(rows)


def _groups() -> Iterable[tuple[str, str, float, dict[str, tuple[str, dict]]]]:
    """Part, network, multiply-adds of one image, and the subjects by variant; the first is ours."""
    torch = available("torch")
    products = {
        precision: ("matrix_product", {"precision": precision})
        for precision in ("bfloat16", "float32")
    }
    yield "matrix product", "2048 x 2048", 2048**3, products
    for name, widths, dropout in (
        ("reference 32-256", REFERENCE, 0.0),
        ("reference 64-512", WIDE, 0.0),
        ("notebook 01, 32-192", NOTEBOOK_01, 0.25),
    ):
        keras = {"widths": widths, "dropout": dropout}
        subjects = {
            OURS: ("keras_training", {**keras, "precision": "auto", "fast": True}),
            "Keras float32": ("keras_training", {**keras, "precision": "float32", "fast": False}),
            "Keras mixed_bfloat16": (
                "keras_training",
                {**keras, "precision": "mixed_bfloat16", "fast": False},
            ),
        }
        if torch:
            subjects["PyTorch bfloat16, channels last"] = ("torch_training", keras)
            if GPU:
                subjects["PyTorch bfloat16, torch.compile"] = (
                    "torch_training",
                    {**keras, "compiled": True},
                )
        if widths is NOTEBOOK_01:
            subjects["ours, all augmentations"] = (
                "keras_training",
                {**subjects[OURS][1], "augmented": True},
            )
            subjects["augmentation alone"] = ("augmentation", {})
        yield "training", name, 3 * multiply_adds(widths), subjects
    subjects = {
        "Keras, bfloat16": ("keras_inference", {"precision": "mixed_bfloat16"}),
        "Keras, as the file is": ("keras_inference", {"precision": None}),
    }
    # PyTorch is left out here: it would need a copy of the shipped network, with its weights.
    shipped = json.loads((best_dir() / "run.json").read_text())["model"]["multiply_adds"]
    yield "inference", "shipped", shipped, subjects
    subjects = {
        "evaluate, bfloat16": ("evaluation", {"flip": False, "precision": "mixed_bfloat16"}),
        "evaluate, bfloat16, flip": ("evaluation", {"flip": True, "precision": "mixed_bfloat16"}),
        "evaluate, float32": ("evaluation", {"flip": False, "precision": None}),
        "evaluate, float32, flip": ("evaluation", {"flip": True, "precision": None}),
    }
    yield "evaluation of 7,178", "shipped", shipped, subjects


def _compare(part, network, forward, subjects, rounds, seconds, say) -> list[dict]:
    answers, rates = in_turns(subjects, rounds, seconds, 1 if part.startswith("evaluation") else 3)
    first = rates.columns[0]
    rows = []
    for variant in rates:
        rate = rates[variant]
        rows.append(
            {
                "part": part, "network": network, "variant": variant,
                "batch_size": subjects[variant][1].get("batch_size", {"training": 128}.get(part, 256)),
                "images_per_second": rate.median(), "q1": rate.quantile(0.25), "q3": rate.quantile(0.75),
                "ours_over_this": (rates[first] / rate).median(),
                "gmacs": np.nan if variant == "augmentation alone" else rate.median() * forward / 1e9,
                "peak_mib": max(answer["peak_mib"] for answer in answers[variant]), "rounds": rounds,
            }
        )  # fmt: skip
        say(
            f"  {variant:34s} {rate.median():10.1f} /s   first / this {rows[-1]['ours_over_this']:.2f}"
        )
    return rows


def growth(seconds: float, say: Say) -> pd.DataFrame:
    """How time and memory grow with one thing at a time: each value in a process of its own.

    Returns:
        A row a value: quantity ("image size", "batch size", "training images", "rows read"), value, seconds (of a step;
        of an epoch; of reading every row once), memory_mib (at most, above the process before; of "rows read" without
        the mapped file), and each quantity's fitted exponents time_exponent and memory_exponent (log-log, least squares).
    """
    training = {"widths": NOTEBOOK_01, "precision": "auto", "fast": True}
    sizes, batch_sizes = (48, 64, 96, 128, 160, 224), (16, 32, 64, 128, 256, 512, 1024)
    plan = {
        "image size": [
            ("keras_training", {**training, "size": n, "batch_size": 32}, n) for n in sizes
        ],
        "batch size": [("keras_training", {**training, "batch_size": n}, n) for n in batch_sizes],
        "training images": [("epoch", {"n": n}, n) for n in (1000, 3000, 9000, 28000)],
        "rows read": [("reading", {"n": n}, n) for n in (1000, 10_000, 100_000, 1_000_000)],
    }
    rows = []
    for quantity, subjects in plan.items():
        for subject, options, value in subjects:
            with Worker(
                subject, options, warm_up=1 if subject in ("epoch", "reading") else 3
            ) as worker:
                answer = worker.measure(seconds)
            memory = (
                answer["private_mib"] - answer["base_private_mib"]
                if subject == "reading"
                else answer["peak_mib"] - answer["base_mib"]
            )
            rows.append(
                {"quantity": quantity, "value": value, "seconds": answer["step_seconds"], "memory_mib": memory}
            )  # fmt: skip
            say(f"  {quantity} {value:>9,}: {answer['step_seconds']:8.3f} s, {memory:8.0f} MiB")
    table = pd.DataFrame(rows)
    for name in ("seconds", "memory_mib"):
        exponents = {q: exponent(g["value"], g[name]) for q, g in table.groupby("quantity")}
        table[{"seconds": "time_exponent", "memory_mib": "memory_exponent"}[name]] = table[
            "quantity"
        ].map(exponents)
    return table


def exponent(x, y) -> float:
    """The ``b`` of ``y = a x^b`` by least squares on the logarithms; what is not positive is left out."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    return float(np.polyfit(np.log(x[y > 0]), np.log(y[y > 0]), 1)[0])


def parity(file: Path, say: Say, *, epochs: int = 6, seeds: int = 3) -> pd.DataFrame:
    """Short trainings on real FER-2013, float32 with Keras's normalisation against ours, the same seeds.

    Args:
        file: rows already there (of an interrupted run) are kept; each new one is added as soon as it is done.
        epochs: of each training; the last epoch's weights count, so nothing is chosen.
        seeds: of weights, order and dropout: 0, 1, ...

    Returns:
        A row a training: variant, seed, n_train, epochs, n_val, n_test, the accuracies, train_loss, seconds.

    Raises:
        DataError: FER-2013 is not here.
    """
    datasets.load("fer2013")  # missing data is said here, once, and the cache is made
    variants = {"Keras float32": ("float32", False), OURS: ("auto", True)}
    done = pd.read_csv(file).to_dict("records") if file.exists() else []
    for seed, (variant, (precision, fast)) in itertools.product(range(seeds), variants.items()):
        if any(row["seed"] == seed and row["variant"] == variant for row in done):
            continue
        options = {"precision": precision, "fast": fast, "seed": seed, "epochs": epochs}
        with Worker("parity", options, warm_up=0) as worker:
            value = worker.measure(0)["value"]
        done.append({"variant": variant, "seed": seed, **value})
        pd.DataFrame(done).to_csv(file, index=False, float_format="%.6g")
        say(
            f"  {variant}, seed {seed}: test {value['test_accuracy']:.4f} (n = {value['n_test']}), {value['seconds']:.0f} s"
        )
    return pd.DataFrame(done)
