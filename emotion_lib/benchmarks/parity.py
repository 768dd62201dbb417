"""Accuracy of the fast training compared with that of plain Keras in float32."""

from pathlib import Path

import pandas as pd

from .. import datasets
from .speed import OURS
from .turns import Say
from .worker import Worker

# Variant -> precision, and whether the library's batch normalisation is used.
VARIANTS = {"Keras float32": ("float32", False), OURS: ("auto", True)}


def parity(file: Path, say: Say, *, epochs: int = 6, seeds: int = 3) -> pd.DataFrame:
    """Return the accuracy of short trainings on FER-2013, with the same random seeds.

    Args:
        file: the rows of an interrupted run, which are kept; each new row is added as soon as it is
            measured.
        say: prints progress.
        epochs: of each training; the weights of the last epoch are evaluated, so that nothing is
            chosen.
        seeds: number of random seeds of weights, order and dropout: 0, 1, ...

    Returns:
        One row per training: variant, seed, n_train, epochs, n_val, n_test, the accuracies,
        train_loss, seconds.

    Raises:
        DataError: FER-2013 is not on this machine.
    """
    datasets.load("fer2013")  # reports missing data once, and fills the cache
    rows = pd.read_csv(file).to_dict("records") if file.exists() else []
    done = {(row["variant"], row["seed"]) for row in rows}
    for seed in range(seeds):
        for variant, (precision, fast) in VARIANTS.items():
            if (variant, seed) in done:
                continue
            options = {"precision": precision, "fast": fast, "seed": seed, "epochs": epochs}
            with Worker("parity", options, warm_up=0) as worker:
                value = worker.measure(0)["value"]
            rows.append({"variant": variant, "seed": seed, **value})
            pd.DataFrame(rows).to_csv(file, index=False, float_format="%.6g")
            say(
                f"  {variant}, seed {seed}: test {value['test_accuracy']:.4f} "
                f"(n = {value['n_test']}), {value['seconds']:.0f} s"
            )
    return pd.DataFrame(rows)
