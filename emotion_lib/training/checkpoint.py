"""Which training a checkpoint belongs to, and what of it can be gone on with."""

import hashlib
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from ..batches import Batches


def identity_of(model: keras.Model, train: Batches, epochs: int, options: dict) -> str:
    """Changes whenever a checkpoint would no longer belong to this training. Names of layers do not matter, nor does the
    backend, so that what a GPU began with JAX can be finished elsewhere with TensorFlow."""
    layers = [(type(layer).__name__, {**layer.get_config(), "name": None}) for layer in model._flatten_layers()]
    parts = [
        [(kind, config) for kind, config in layers if kind not in ("Sequential", "Functional")],
        {**model.optimizer.get_config(), "name": None},
        {**model.get_compile_config(), "optimizer": None, "jit_compile": None},
        [
            len(train.split),
            train.batch_size,
            train.seed,
            epochs,
            digest_of_content(train.split),
            *([train.transform] if train.transform else []),
        ],
        options,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def layer_configurations(model: keras.Model) -> str:
    """What a network's layers are, as JSON, whatever they are called."""
    return json.dumps([{**layer.get_config(), "name": None} for layer in model._flatten_layers()], default=str)


def digest_of_content(split) -> str:
    """Digest of a split's labels and of a hundred of its images, which costs no time and still tells splits apart."""
    digest = hashlib.sha256(np.asarray(split.labels).tobytes())
    digest.update(np.ascontiguousarray(split.images[:: max(1, len(split) // 100)]).tobytes())
    return digest.hexdigest()


def resumable(checkpoint: Path, history_file: Path, identity: str) -> pd.DataFrame:
    """History of the whole epochs behind the checkpoint (empty: start anew); mends what a kill left between files."""
    identity_file, metadata_file = checkpoint / "identity", checkpoint / "last" / "training_metadata.json"
    if checkpoint.exists():
        same = identity_file.exists() and identity_file.read_text() == identity
        if same and metadata_file.exists() and history_file.exists():
            past = pd.read_csv(history_file)
            done = json.loads(metadata_file.read_text())["epoch"]
            past, diverged = past.iloc[:done], not np.isfinite(past["loss"]).all()
            if len(past) == done and not diverged:
                past.to_csv(history_file, index=False)
                return past
        if not same:
            print(f"The checkpoint in {checkpoint} is of another model or other settings: starting anew.")
        shutil.rmtree(checkpoint)
    history_file.unlink(missing_ok=True)
    checkpoint.mkdir(parents=True)
    identity_file.write_text(identity)
    return pd.DataFrame()


def finish(folder: Path, *parts: str) -> None:
    """Delete what a finished training needs no more, in its folder and in the ``parts`` of it that were trained apart:
    checkpoints, cached features and the plan of epochs. The best weights are in the exported model."""
    for part in (folder, *(folder / name for name in parts)):
        (part / "epochs.json").unlink(missing_ok=True)
        for leftover in ("checkpoint", "cached_features"):
            shutil.rmtree(part / leftover, ignore_errors=True)
