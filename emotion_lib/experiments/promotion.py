"""From a run to the model that is served: what it must hold to, and the card that tells what it is."""

import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np

from .. import artifacts, datasets, files
from ..artifacts import ArtifactError, CalibrationRecord
from ..artifacts.record import Answered, CompiledFile, Int8File
from ..datasets.transforms import shifted
from ..evaluation import Evaluation, evaluate
from ..evaluation.calibration import RISK, abstention_threshold, fit_scaling, selective
from ..inference.compiled_file import bind, compiled_file
from ..inference.networks import Network, load_network
from ..labels import SEVEN_EXPRESSIONS
from ..models.conversion import rounded
from ..models.cost import multiply_adds
from ..models.folding import folded
from ..models.litert import compile_model
from ..paths import best_dir

MAX_PROMOTED_BYTES = 4 * 2**20
MAX_COMPILED_BYTES = 2 * 2**20
MAX_INT8_BYTES = 10**6
MAX_MULTIPLY_ADDS = 50_000_000  # a face
COVERAGES = (
    0.25,
    0.5,
    0.75,
    0.9,
    1.0,
)  # shares of test, the surest first, at which the record says the risk
MAX_DIFFERENCE = 1e-4  # of any probability, between the .keras file and its compiled sibling
MAX_INT8_LOSS = 0.005  # of validation accuracy, by rounding the weights to bytes
SHIFTED = "validation, shifted"
_FACES_COMPARED = 1000
_PLAIN_LOAD = """
import sys, numpy, keras
model = keras.models.load_model(sys.argv[1])
scores = numpy.asarray(model(numpy.zeros((1, *model.input_shape[1:]), "uint8")))
assert "emotion_lib" not in sys.modules and scores.shape == (1, 7) and abs(scores.sum() - 1) < 1e-3, scores
"""


class NotBetterError(ArtifactError):
    """The model that is served is better by validation, and stays."""


def promote(name: str, *, if_better: bool = False) -> Path:
    """Make a full run's model the one that app, predictor and README use.

    What goes to ``artifacts/best/`` is the run's network in the form that answers fastest, normalisation and a scaling
    fitted on validation folded in and weights rounded to 16 bits: as ``model.keras``, compiled as ``model.tflite``, and with
    weights of 8 bits as ``model.int8.tflite``. They are measured anew, so that the record and the model card beside them
    tell of these very files. The new set replaces the old one in one step: a process that is killed leaves either whole.

    The run must be a full one on FER-2013 with seven classes, and its data at hand. The file must load with plain Keras in
    a process of its own and have at most 4 MB; the compiled one at most 2 MB, with probabilities within 1e-4 of the first;
    the one of 8 bits at most 1 MB, with at most 0.5 points of validation accuracy less.

    Args:
        name: of the run.
        if_better: refuse a model that is less accurate on validation than the served one, or on shifted validation
            (balanced). Nothing else is asked of the two; test has no say.

    Raises:
        NotBetterError: it is.
        ArtifactError: one of these does not hold; ``best/`` stays as it was.
        DataError: FER-2013 is not here.
        FolderInUseError: another process promotes a model.
    """
    run = artifacts.load_run(name)
    if not run.record.full or run.record.data.name != "fer2013":
        raise ArtifactError(
            f"Expected a full run on fer2013. Received: {name}, a run on {run.record.data.name}."
        )
    if run.record.class_names != SEVEN_EXPRESSIONS:
        raise ArtifactError(
            f"Expected the classes {SEVEN_EXPRESSIONS}. Received: {run.record.class_names} from {name}."
        )
    if run.record.environment.backend == "scikit-learn":
        raise ArtifactError(
            f"Expected a Keras model. Received: a scikit-learn classifier from {name}, which no page can serve."
        )
    if not run.model_file.is_file():
        raise ArtifactError(
            f"Expected {run.model_file}. Received: no such file: models are not tracked. Run the notebook again."
        )
    if artifacts.sha256(run.model_file) != run.record.model.sha256:
        raise ArtifactError(
            f"Expected the model that {name}'s run.json describes. Received: another file at {run.model_file}. "
            "Run the notebook again."
        )
    dataset = datasets.load("fer2013")
    if dataset.fingerprint != run.record.data.fingerprint:
        raise ArtifactError(
            f"Expected the data that {name} was trained on (fingerprint {run.record.data.fingerprint}). "
            f"Received: {dataset.fingerprint}. Run the notebook again on this data."
        )
    target = best_dir().with_name("best")
    new = target.with_name(".best.new")
    with files.exclusive(target.parent, "promotion"):
        files.restore_folder(target)
        with files.atomic_folder(new) as staging:
            record = _prepare(run, dataset, staging)
            if if_better and (target / "run.json").is_file():
                _refuse_worse(record, artifacts.read_record(target / "run.json"))
            artifacts.write_record(staging / "run.json", record)
            files.write_text(staging / "MODEL_CARD.md", model_card(record))
        files.replace_folder(target, new)
    return target


def _prepare(run: artifacts.Run, dataset, folder: Path) -> artifacts.Record:
    """Write the files of a run's model that are served into a folder, and return the record that describes them."""
    model, class_names = artifacts.load_model(run.model_file)
    shipped = folded(model)
    if (work := multiply_adds(shipped)) > MAX_MULTIPLY_ADDS:
        raise ArtifactError(
            f"Expected at most {MAX_MULTIPLY_ADDS / 1e6:.0f} million multiply-adds a face. Received: {work / 1e6:.0f} "
            f"million of {run.name}. Distil it into a smaller net."
        )
    scaling = fit_scaling(evaluate(shipped, dataset.val, class_names), bias=True)
    scaling.fold(shipped)
    record = _ship(rounded(shipped), class_names, folder, dataset, run.record)
    return replace(
        record,
        model=replace(record.model, multiply_adds=work),
        calibration=replace(
            record.calibration,
            temperature=scaling.temperature,
            bias=tuple(float(value) for value in scaling.bias),
        ),
    )


def _refuse_worse(new: artifacts.Record, served: artifacts.Record) -> None:
    def on_validation(record: artifacts.Record) -> tuple[float, float]:
        metrics = record.metrics
        return metrics.val.accuracy, metrics.further[SHIFTED].balanced_accuracy

    (accuracy, shifted_accuracy), (least, shifted_least) = on_validation(new), on_validation(served)
    if accuracy < least or shifted_accuracy < shifted_least:
        raise NotBetterError(
            f"Expected at least what the served model reaches on validation: accuracy {least:.2%}, balanced on shifted "
            f"faces {shifted_least:.2%}. Received: {accuracy:.2%} and {shifted_accuracy:.2%} of {new.name}. "
            "The served model stays; promote without --if-better to replace it all the same."
        )


def _ship(
    model, class_names: tuple[str, ...], folder: Path, dataset, record: artifacts.Record
) -> artifacts.Record:
    """Write the files into a folder and check them; the record that describes them."""
    file = artifacts.export(model, folder / "model.keras", class_names)
    check = subprocess.run(
        [sys.executable, "-c", _PLAIN_LOAD, str(file.resolve())],
        capture_output=True,
        text=True,
        cwd="/",
    )
    if check.returncode:
        raise ArtifactError(
            f"Expected {record.name}'s model to load with plain Keras. "
            f"Received: {check.stderr.strip().splitlines()[-1:]}."
        )
    compiled, small = compiled_file(file), compiled_file(file, "int8")
    for path, weights in ((compiled, "float16"), (small, "int8")):
        bind(compile_model(model, path, weights), file)
    for path, limit in (
        (file, MAX_PROMOTED_BYTES),
        (compiled, MAX_COMPILED_BYTES),
        (small, MAX_INT8_BYTES),
    ):
        if path.stat().st_size > limit:
            raise ArtifactError(
                f"Expected at most {limit} bytes for {path.name}. Received: {path.stat().st_size} of {record.name}. "
                "Train a smaller net."
            )
    network, _ = load_network(file, "litert")
    faces = dataset.val.images[:_FACES_COMPARED].reshape(-1, *network.input_shape)
    difference = float(np.abs(network(faces) - np.asarray(model.predict_on_batch(faces))).max())
    if difference > MAX_DIFFERENCE:
        raise ArtifactError(
            f"Expected the compiled model's probabilities within {MAX_DIFFERENCE}. Received: {difference:.2g} apart on "
            f"{len(faces)} faces."
        )
    val, test = (evaluate(model, split, class_names) for split in (dataset.val, dataset.test))
    network, _ = load_network(file, "int8")
    small_val, small_test = (
        _answers(network, split, class_names) for split in (dataset.val, dataset.test)
    )
    if (loss := val.accuracy - small_val.accuracy) > MAX_INT8_LOSS:
        raise ArtifactError(
            f"Expected a loss of at most {MAX_INT8_LOSS:.1%} of validation accuracy by weights of 8 bits. "
            f"Received: {loss:.1%} of {record.name}."
        )
    model_record = replace(
        record.model,
        parameters=int(model.count_params()),
        bytes=file.stat().st_size,
        sha256=artifacts.sha256(file),
        compiled=CompiledFile(
            bytes=compiled.stat().st_size,
            sha256=artifacts.sha256(compiled),
            difference=difference,
            faces=len(faces),
        ),
        int8=Int8File(
            bytes=small.stat().st_size,
            sha256=artifacts.sha256(small),
            same_answer=float((test.y_pred == small_test.y_pred).mean()),
            metrics=artifacts.metrics(dataset, small_val, small_test),
        ),
    )
    further = {SHIFTED: evaluate(model, shifted(dataset.val), class_names)}
    return replace(
        record,
        model=model_record,
        metrics=artifacts.metrics(dataset, val, test, further),
        calibration=calibration(val, test),
    )


def calibration(val: Evaluation, test: Evaluation) -> CalibrationRecord:
    """When the model says "not sure", as run.json keeps it: the threshold, fitted on validation, what
    answering from it on comes to, and on test the risk of answering only the surest so many (risk-coverage)."""
    threshold = abstention_threshold(val)
    _, coverage, risk = test.risk_coverage()
    answered = {
        "val": Answered(**selective(val, threshold)),
        "test": Answered(**selective(test, threshold)),
    }
    risk_at_coverage = {}
    for share in COVERAGES:
        risk_at_coverage[f"{share:.0%}"] = float(risk[np.searchsorted(coverage, share)])
    return CalibrationRecord(
        threshold=threshold,
        split="validation",
        risk=RISK,
        answered=answered,
        risk_at_coverage=risk_at_coverage,
    )


def _answers(network: Network, split, class_names: tuple[str, ...]) -> Evaluation:
    """As :func:`emotion_lib.evaluation.evaluate`, of a compiled model."""
    faces = split.images.reshape(-1, *network.input_shape)
    scores = [
        network(faces[start : start + _FACES_COMPARED])
        for start in range(0, len(faces), _FACES_COMPARED)
    ]
    return Evaluation(np.asarray(split.labels), np.concatenate(scores), class_names)


def model_card(record: artifacts.Record) -> str:
    """What the model is, reaches and must not be used for, as Markdown, from the record of its run."""
    metrics = record.metrics
    rows = [
        f"| {title} | {m.n:,} | {m.accuracy:.1%} [{m.accuracy_interval_95[0]:.1%}, "
        f"{m.accuracy_interval_95[1]:.1%}] | {m.balanced_accuracy:.1%} | {m.macro_f1:.3f} |"
        for title, m in (
            ("PublicTest (validation: the checkpoint was chosen on it)", metrics.val),
            ("PrivateTest (test)", metrics.test),
            ("PrivateTest without twins of training images", metrics.test_without_twins),
            (
                "PublicTest, shifted: re-framed, blurred, noisy, small, compressed",
                metrics.further[SHIFTED],
            ),
        )
    ]
    recall = "\n".join(f"| {name} | {value:.1%} |" for name, value in metrics.test.recall.items())
    model, training, data = record.model, record.training, record.data
    notes = "\n".join(
        f"  - {textwrap.shorten(note, 120, placeholder=' ...')}" for note in data.notes
    )
    compiled, small = model.compiled, model.int8
    small_test = small.metrics.test
    minutes = training.seconds / 60
    calibration, test = record.calibration, metrics.test
    said, names = calibration.answered, record.class_names
    curve = ", ".join(
        f"{risk:.1%} wrong of {share}" for share, risk in calibration.risk_at_coverage.items()
    )
    teachers = "".join(f"\n  - {name} ({digest[:10]})" for name, digest in model.made_of.items())
    return f"""# Model card: {record.name}

Reads which of {len(names)} expressions a viewer would *perceive* in a face. It does not know what anybody feels.

- **Input**: raw pixels 0..255, shape {tuple(model.input_shape)}, the face framed brow to chin.
- **Output**: probabilities of {", ".join(names)}, in this order.
- **Confidence**: a temperature and one bias a class, fitted on validation, are part of the weights, so that probabilities
  mean what they say (and validation's own figures are a little flattered); expected calibration error
  {test.calibration_error:.3f} on PrivateTest. Page and commands say "not sure" below {calibration.threshold:.2f}, set
  for {calibration.risk:.0%} of wrong answers on validation. {said["val"].coverage:.0%} are answered there, and on
  PrivateTest {said["test"].coverage:.0%}, of which {said["test"].risk:.1%} wrongly. Of PrivateTest's surest:
  {curve}.
- **Files**: `model.keras`, {model.parameters:,} parameters, {model.multiply_adds / 1e6:.0f} million multiply-adds a
  face, {model.bytes / 1e6:.1f} MB, standard Keras layers in float32; it loads with `keras.models.load_model`.
  `model.tflite`, the same for LiteRT, {compiled.bytes / 1e6:.1f} MB; on {compiled.faces:,} faces no probability
  differs by more than {compiled.difference:.0e}. After training, normalisation was folded and the weights rounded to 16
  bits; the figures below are those of these two files. `model.int8.tflite`, {small.bytes / 1e6:.2f} MB, has them
  rounded to 8 bits and is faster: {small_test.accuracy:.1%} [{small_test.accuracy_interval_95[0]:.1%}, \
{small_test.accuracy_interval_95[1]:.1%}] of PrivateTest, n = {small_test.n:,}, the same answer for \
{small.same_answer:.1%} of its faces.
- **Made by**: notebook {record.name}, commit {record.commit}, seed {record.seed}, {record.date[:10]}; first
  weights: {model.weights}; {training.epochs} epochs in {minutes:.0f} minutes on {training.device}
  ({training.backend}, {training.precision}). Checkpoint: {training.chosen_by}.{teachers}
- **Data**: FER-2013, {data.images["train"]:,} training images (fingerprint {data.fingerprint}).
{notes}

| split | n | accuracy [95 % interval] | balanced accuracy | macro-F1 |
| --- | --- | --- | --- | --- |
{chr(10).join(rows)}

| class | recall on PrivateTest |
| --- | --- |
{recall}

## Limits

The labels are those of FER-2013, of which people confirm about two in three. The pictures are web photographs with
unknown imbalances of age, origin and gender; nothing was measured for any group. The calibration holds for faces like
FER-2013's, less for others. Faces that are turned, covered, small or blurred are read worse than these figures say.

## Not for

Inferring emotions of people at work or in education: prohibited in the EU (AI Act, Regulation 2024/1689, Art. 5(1)(f)).
Judging, selecting, monitoring or diagnosing anyone.
"""


def main(arguments: list[str] | None = None) -> int:
    """``python -m emotion_lib.experiments.promotion RUN``."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="python -m emotion_lib.experiments.promotion",
        description="Make a run's model the one that app and predictor use.",
    )
    parser.add_argument("run", help="name of a full run on FER-2013")
    parser.add_argument(
        "--if-better", action="store_true", help="only if validation says that it is no worse"
    )
    options = parser.parse_args(arguments)
    try:
        print(
            f"{options.run} is now the promoted model: {promote(options.run, if_better=options.if_better)}"
        )
    except NotBetterError as error:  # an answer, no failure
        print(error)
    except (ArtifactError, datasets.DataError, files.FolderInUseError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
