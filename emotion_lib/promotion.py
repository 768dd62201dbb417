"""From a run to the model that is served: what it must hold to, and the card that tells what it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import artifacts
from .artifacts import ArtifactError
from .labels import SEVEN_EXPRESSIONS
from .paths import best_dir

MAX_PROMOTED_BYTES = 4 * 2**20
_PLAIN_LOAD = """
import sys, numpy, keras
model = keras.models.load_model(sys.argv[1])
scores = numpy.asarray(model(numpy.zeros((1, *model.input_shape[1:]), "uint8")))
assert "emotion_lib" not in sys.modules and scores.shape == (1, 7) and abs(scores.sum() - 1) < 1e-3, scores
"""


def promote(name: str) -> Path:
    """Make a full run's model the one that app, predictor and README use: copy it to ``artifacts/best/``, with its
    record and a model card.

    It must be a full run on FER-2013 with seven classes, load with plain Keras in a process of its own, and be at most
    4 MB.

    Raises:
        ArtifactError: it is not; ``best/`` stays as it was.
    """
    run = artifacts.load_run(name)
    if not run.record["full"] or run.record["data"]["name"] != "fer2013":
        raise ArtifactError(f"Expected a full run on fer2013. Received: {name}, a run on {run.record['data']['name']}.")
    if tuple(run.record["class_names"]) != SEVEN_EXPRESSIONS:
        raise ArtifactError(f"Expected the classes {SEVEN_EXPRESSIONS}. Received: {run.record['class_names']} from {name}.")
    if not run.model_file.is_file():
        raise ArtifactError(
            f"Expected {run.model_file}. Received: no such file: models are not tracked. Run the notebook again."
        )
    if artifacts.sha256(run.model_file) != run.record["model"]["sha256"]:
        raise ArtifactError(
            f"Expected the model that {name}'s run.json describes. Received: another file at {run.model_file}. "
            "Run the notebook again."
        )
    size = run.model_file.stat().st_size
    if size > MAX_PROMOTED_BYTES:
        raise ArtifactError(
            f"Expected at most {MAX_PROMOTED_BYTES} bytes. Received: {run.model_file} with {size}. Train a smaller net."
        )
    check = subprocess.run(
        [sys.executable, "-c", _PLAIN_LOAD, str(run.model_file.resolve())], capture_output=True, text=True, cwd="/"
    )
    if check.returncode:
        reason = check.stderr.strip().splitlines()[-1:]
        raise ArtifactError(f"Expected {run.model_file} to load with plain Keras. Received: {reason}.")
    target = best_dir()
    staging = target.with_name(f".best.{os.getpid()}")
    staging.mkdir(parents=True)
    for file in ("model.keras", "run.json"):
        shutil.copy2(run.folder / file, staging / file)
    (staging / "MODEL_CARD.md").write_text(model_card(run.record))
    if target.exists():
        shutil.rmtree(target)
    os.replace(staging, target)
    return target


def model_card(record: dict) -> str:
    """What the model is, reaches and must not be used for, as Markdown, from the record of its run."""
    metrics = record["metrics"]
    rows = [
        f"| {title} | {m['n']:,} | {m['accuracy']:.1%} [{m['accuracy_interval_95'][0]:.1%}, "
        f"{m['accuracy_interval_95'][1]:.1%}] | {m['balanced_accuracy']:.1%} | {m['macro_f1']:.3f} |"
        for title, m in (
            ("PublicTest (validation: the checkpoint was chosen on it)", metrics["val"]),
            ("PrivateTest (test)", metrics["test"]),
            ("PrivateTest without twins of training images", metrics["test_without_twins"]),
        )
    ]
    recall = "\n".join(f"| {name} | {value:.1%} |" for name, value in metrics["test"]["recall"].items())
    model, training, environment, data = (record[key] for key in ("model", "training", "environment", "data"))
    minutes = training["seconds"] / 60
    names = record["class_names"]
    return f"""# Model card: {record["name"]}

Reads which of {len(names)} expressions a viewer would *perceive* in a face. It does not know what anybody feels.

- **Input**: raw pixels 0..255, shape {tuple(model["input_shape"])}, the face framed brow to chin.
- **Output**: probabilities of {", ".join(names)}, in this order.
- **File**: `model.keras`, {model["parameters"]:,} parameters, {model["bytes"] / 1e6:.1f} MB, standard Keras layers in
  float32; it loads with `keras.models.load_model`.
- **Made by**: notebook {record["name"]}, commit {record["commit"]}, seed {record["seed"]}, {record["date"][:10]}; first
  weights: {model["weights"]}; {training["epochs"]} epochs in {minutes:.0f} minutes on {environment["device"]}
  ({environment["backend"]}, {training["precision"]}). Checkpoint: {training["chosen_by"]}.
- **Data**: FER-2013, {data["images"]["train"]:,} training images (fingerprint {data["fingerprint"]}): {data["notes"][-1]}.

| split | n | accuracy [95 % interval] | balanced accuracy | macro-F1 |
| --- | --- | --- | --- | --- |
{chr(10).join(rows)}

| class | recall on PrivateTest |
| --- | --- |
{recall}

## Limits

The labels are those of FER-2013, of which people confirm about two in three. The pictures are web photographs with
unknown imbalances of age, origin and gender; nothing was measured for any group. Probabilities are not calibrated. Faces
that are turned, covered, small or blurred are read worse than these figures say.

## Not for

Inferring emotions of people at work or in education: prohibited in the EU (AI Act, Regulation 2024/1689, Art. 5(1)(f)).
Judging, selecting, monitoring or diagnosing anyone.
"""


def main(arguments: list[str] | None = None) -> int:
    """``python -m emotion_lib.promotion RUN``."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="python -m emotion_lib.promotion", description="Make a run's model the one that app and predictor use."
    )
    parser.add_argument("run", help="name of a full run on FER-2013")
    options = parser.parse_args(arguments)
    try:
        print(f"{options.run} is now the promoted model: {promote(options.run)}")
    except ArtifactError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
