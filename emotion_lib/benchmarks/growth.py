"""Growth of time and memory with the size of the work, each value in its own process."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .keras_subjects import NOTEBOOK_01
from .turns import Say
from .worker import Worker

# Quantity -> subject, its arguments, and the value of the quantity.
Plan = dict[str, list[tuple[str, dict, int]]]


def lab_growth(seconds: float, say: Say) -> pd.DataFrame:
    """Return the growth with the image size, the batch size and the number of images and rows.

    Args:
        seconds: duration of each measurement.
        say: prints progress.

    Returns:
        One row per value: quantity, value, seconds (of a step; of an epoch; of reading every row
        once), memory_mib (largest, above that of the process before; of "rows read" without the
        mapped file), and the exponents of the quantity, time_exponent and memory_exponent.
    """
    training = {"widths": NOTEBOOK_01, "precision": "auto", "fast": True}
    plan: Plan = {"image size": [], "batch size": [], "training images": [], "rows read": []}
    for size in (48, 64, 96, 128, 160, 224):
        options = {**training, "size": size, "batch_size": 32}
        plan["image size"].append(("keras_training", options, size))
    for batch_size in (16, 32, 64, 128, 256, 512, 1024):
        options = {**training, "batch_size": batch_size}
        plan["batch size"].append(("keras_training", options, batch_size))
    for n in (1000, 3000, 9000, 28000):
        plan["training images"].append(("epoch", {"n": n}, n))
    for n in (1000, 10_000, 100_000, 1_000_000):
        plan["rows read"].append(("reading", {"n": n}, n))
    rows = []
    for quantity, subjects in plan.items():
        for subject, options, value in subjects:
            warm_up = 1 if subject in ("epoch", "reading") else 3
            answer = _measure(subject, options, warm_up, seconds)
            if subject == "reading":
                memory = answer["private_mib"] - answer["base_private_mib"]
            else:
                memory = answer["peak_mib"] - answer["base_mib"]
            rows.append(_row(quantity, value, answer["step_seconds"], memory))
            say(f"  {quantity} {value:>9,}: {rows[-1]['seconds']:8.3f} s, {memory:8.0f} MiB")
    return _with_exponents(rows)


def serving_growth(say: Say) -> pd.DataFrame:
    """Return the growth with the length of a video and with the number of pictures.

    Args:
        say: prints progress.

    Returns:
        As :func:`lab_growth`; memory_mib is the largest of the whole process.
    """
    options = {"people": 1, "detector": None, "search_every": 0.4}
    plan: Plan = {"seconds of video": [], "pictures": []}
    for duration in (60, 150, 300, 600):
        plan["seconds of video"].append(("video", {**options, "seconds": duration}, duration))
    for n in (100, 1000, 10_000):
        plan["pictures"].append(("pictures", {"n": n}, n))
    rows = []
    for quantity, subjects in plan.items():
        for subject, arguments, value in subjects:
            answer = _measure(subject, arguments, warm_up=0, seconds=0)
            row = _row(quantity, value, answer["step_seconds"], answer["peak_mib"])
            rows.append(row)
            say(f"  {quantity} {value:>7,}: {row['seconds']:8.1f} s, {row['memory_mib']:6.0f} MiB")
    return _with_exponents(rows)


def exponent(x: Sequence[float], y: Sequence[float]) -> float:
    """Return the ``b`` of ``y = a x^b`` by least squares on the logarithms.

    Values of ``y`` that are not positive are left out.
    """
    x_values = np.asarray(x, float)
    y_values = np.asarray(y, float)
    positive = y_values > 0
    return float(np.polyfit(np.log(x_values[positive]), np.log(y_values[positive]), 1)[0])


def _measure(subject: str, options: dict, warm_up: int, seconds: float) -> dict:
    with Worker(subject, options, warm_up=warm_up) as worker:
        return worker.measure(seconds)


def _row(quantity: str, value: int, seconds: float, memory: float) -> dict:
    return {"quantity": quantity, "value": value, "seconds": seconds, "memory_mib": memory}


def _with_exponents(rows: list[dict]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    for column, name in (("seconds", "time_exponent"), ("memory_mib", "memory_exponent")):
        exponents = {}
        for quantity, part in table.groupby("quantity"):
            exponents[quantity] = exponent(part["value"], part[column])
        table[name] = table["quantity"].map(exponents)
    return table
