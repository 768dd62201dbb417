"""Fixtures of all tests: separate folders, small data, and a small model with sharp answers."""

import contextlib
import io
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import numpy as np
import pytest
from PIL import Image

REAL_DATA = os.environ.get("FER2013_PATH")
if REAL_DATA:
    REAL_DATA = str(Path(REAL_DATA).absolute())  # tests and kernels work in separate folders


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """Order the tests for two processes: ``pytest -n 2 --dist loadgroup --no-loadscope-reorder``.

    Those of a file stay together, since they share fixtures. Those in a browser stay together and
    run after all others: Playwright's loop remains in its thread, where `asyncio.run` then fails.
    Small runs, each with a process of its own, come last and fill both processes to the end.
    """

    def turn(item) -> int:
        if "small_runs" in item.path.name:
            return 2
        return 1 if "browser" in item.fixturenames else 0

    items.sort(key=turn)
    for item in items:
        groups = (str(item.path), "browser", item.nodeid)
        item.add_marker(pytest.mark.xdist_group(groups[turn(item)]))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory) -> Path:
    """The folder that all processes of ``pytest -n`` share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """Keep what tests write out of the checkout, and hide the data of this machine."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    monkeypatch.delenv("FER2013_PATH", raising=False)
    monkeypatch.delenv("FERPLUS_PATH", raising=False)


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """Put a program called nvidia-smi on the path that lists GPUs.

    A line has the index, UUID and name of a GPU, and its memory in MiB: total and free.
    """
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    tool = tmp_path / "programs" / "nvidia-smi"
    tool.parent.mkdir()
    monkeypatch.setenv("PATH", str(tool.parent), prepend=":")

    def listing(*lines: str, status: int = 0):
        tool.write_text(
            "#!/bin/sh\ncat <<'END'\n"
            + "".join(f"{line}\n" for line in lines)
            + f"END\nexit {status}\n"
        )
        tool.chmod(0o755)

    return listing


@pytest.fixture
def write_notebook(tmp_path, monkeypatch):
    """Return a function that writes a notebook into the series' folder."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setenv("NOTEBOOKS_DIR", str(folder))

    def write(
        stem: str,
        *sources: str,
        extra: str = "",
        name: str | None = None,
        needs: dict | None = None,
        smoke: dict | None = None,
    ):
        import nbformat

        parameters = nbformat.v4.new_code_cell(f'RUN_NAME = "{name or stem}"\n{extra}')
        parameters.metadata["tags"] = ["parameters"]
        title = nbformat.v4.new_markdown_cell(
            f"# {stem}\n\n| | |\n| --- | --- |\n| Time | a second |"
        )
        cells = [title, parameters, *map(nbformat.v4.new_code_cell, sources)]
        kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
        metadata = {"kernelspec": kernel, "emotion": {"needs": needs or {}, "smoke": smoke or {}}}
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells, metadata=metadata), folder / f"{stem}.ipynb"
        )

    return write


QUICK_RUNNER = """
import ast, json, os, pathlib, signal, sys
signal.signal(signal.SIGTERM, signal.default_int_handler)
name, *options = sys.argv[1:]
path = pathlib.Path(os.environ["NOTEBOOKS_DIR"], name)
changes = [text.partition("=") for text in options if "=" in text]
variables = {}
try:
    for cell in json.loads(path.read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), variables)
        if cell["metadata"]:
            variables |= {key: ast.literal_eval(value) for key, _, value in changes}
except KeyboardInterrupt:
    sys.exit(130)
finally:  # also of one that failed
    copy = pathlib.Path(os.environ["ARTIFACTS_DIR"], variables["RUN_NAME"], name)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text("executed")
"""


@pytest.fixture
def quick_runner(tmp_path, monkeypatch):
    """Execute the notebooks of a series without a kernel each, which takes 3 s to start."""
    from emotion_lib.experiments import notebook_process

    script = tmp_path / "quick_runner.py"
    script.write_text(QUICK_RUNNER)
    monkeypatch.setattr(notebook_process, "RUNNER", (sys.executable, "-I", "-S", str(script)))


@pytest.fixture
def run_series(monkeypatch):
    """Return a function that calls ``emotion series`` and returns its exit status."""
    return lambda *arguments: emotion(monkeypatch, "series", *arguments)


@pytest.fixture
def dataset():
    """A few drawn faces."""
    from emotion_lib.datasets import load

    return load("synthetic", n_train=56, n_val=28, n_test=28)


@pytest.fixture(scope="session")
def small_model():
    """An untrained network of the family that the notebooks train."""
    import keras

    from emotion_lib.models.sequential_cnn import sequential_cnn

    keras.utils.set_random_seed(0)
    return sequential_cnn(widths=(8, 16))


@pytest.fixture
def model_file(small_model, tmp_path) -> Path:
    from emotion_lib import artifacts
    from emotion_lib.labels import SEVEN_EXPRESSIONS

    return artifacts.export(small_model, tmp_path / "model" / "model.keras", SEVEN_EXPRESSIONS)


@pytest.fixture(scope="session")
def compiled_model(small_model, tmp_path_factory) -> Path:
    """A .keras file of the classes a to g, with its two compiled siblings."""
    from emotion_lib import artifacts
    from emotion_lib.inference.compiled_file import bind, compiled_file
    from emotion_lib.models.conversion import portable, rounded
    from emotion_lib.models.folding import folded
    from emotion_lib.models.litert import compile_model

    path = tmp_path_factory.mktemp("compiled") / "model.keras"
    model = rounded(folded(portable(small_model)))
    artifacts.export(model, path, tuple("abcdefg"))
    bind(compile_model(model, compiled_file(path)), path)
    bind(compile_model(model, compiled_file(path, "int8"), "int8"), path)
    return path


@pytest.fixture(scope="session")
def photograph() -> Path:
    """The portrait that ships with the page."""
    from emotion_lib.app import __file__ as app

    return Path(app).parent / "examples" / "1_eileen_collins.jpg"


@pytest.fixture
def write_video(tmp_path):
    """Return a function that writes RGB frames as a video and returns its path."""

    def write(frames, name: str = "video.mp4", rate: float = 25.0, codec: str = "mp4v") -> Path:
        import cv2

        frames = list(frames)
        path = tmp_path / name
        writer = cv2.VideoWriter(
            str(path), cv2.VideoWriter.fourcc(*codec), rate, frames[0].shape[1::-1]
        )
        for frame in frames:
            writer.write(frame[..., ::-1])
        writer.release()
        return path

    return write


@pytest.fixture
def shades():
    """Return a function that makes frames of rising brightness, ``(96, 128, 3)``."""

    def make(count: int) -> list[np.ndarray]:
        return [np.full((96, 128, 3), 20 + 3 * index, np.uint8) for index in range(count)]

    return make


@pytest.fixture
def write_tree(tmp_path):
    """Return a function that writes a folder in the layout of the Kaggle copy.

    It has ``per_class`` images per class and split.
    """

    def write(per_class: int = 2, name: str = "fer2013") -> Path:
        rng = np.random.default_rng(0)
        root = tmp_path / name
        for usage in ("Training", "PublicTest", "PrivateTest"):
            for label in ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"):
                folder = root / ("train" if usage == "Training" else "test") / label
                folder.mkdir(parents=True, exist_ok=True)
                for _ in range(per_class):
                    pixels = rng.integers(0, 256, (48, 48), dtype=np.uint8)
                    Image.fromarray(pixels).save(folder / f"{usage}_{rng.integers(10**8)}.png")
        return root

    return write


HISTORY = {
    "epoch": [0, 1],
    "accuracy": [0.2, 0.4],
    "val_accuracy": [0.3, 0.2],
    "loss": [2.0, 1.0],
    "val_loss": [2.0, 2.0],
    "seconds": [2.5, 2.5],
}


def figures(**changes) -> dict:
    """Return the figures of one evaluation as run.json must at least hold them."""
    least = {"n": 28, "accuracy": 0.5, "accuracy_interval_95": [0.3, 0.7], "macro_f1": 0.5}
    return least | changes


def record(name: str, **changes) -> dict:
    """Return what run.json must at least hold; a changed part is merged into its default."""
    training = {"epochs": 1, "seconds": 1.5, "precision": "float32"}
    computed_on = {"backend": "tensorflow", "device": "a CPU"}
    content = {
        "version": 2,
        "name": name,
        "full": True,
        "date": "2026-01-01T00:00:00+00:00",
        "commit": "abc",
        "parameters": {"RUN_NAME": name},
        "changed": {},
        "seed": 0,
        "class_names": ["happy", "sad"],
        "data": {"name": "fer2013", "fingerprint": "f"},
        "model": {"parameters": 10, "weights": "none (from scratch)", "sha256": "0" * 64},
        "training": training | computed_on,
        "environment": computed_on,
        "metrics": {"val": figures(), "test": figures()},
    }
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(content.get(key), dict):
            value = content[key] | value
        content[key] = value
    return content


def write_run(
    root: Path, name: str, scores: np.ndarray | None = None, *, labels=None, further=None, **changes
) -> Path:
    """Write a full run without a model below ``root``, and return its folder.

    Its figures follow from its scores.
    """
    from emotion_lib.evaluation import Evaluation

    class_names = changes.get("class_names", ["happy", "sad"])
    labels = np.arange(28) % len(class_names) if labels is None else labels
    scores = (
        np.eye(len(class_names))[np.arange(28) // 2 % len(class_names)] * 0.8 + 0.1
        if scores is None
        else scores
    )
    scores = scores.astype(np.float16)
    summary = Evaluation(labels, scores.astype(np.float32), tuple(class_names)).summary()
    folder = root / name
    folder.mkdir(parents=True)
    for split in ("val", "test"):
        np.savez_compressed(
            folder / f"{split}_scores.npz", y_true=labels.astype(np.uint8), y_score=scores
        )
    (folder / "history.csv").write_text("epoch,val_accuracy\n0,0.5\n")
    parts = {
        "metrics": {"val": summary, "test": summary, "further": further or {}},
        "data": {
            "name": "pictures",
            "fingerprint": "f",
            "images": {"train": 9, "val": len(labels), "test": len(labels)},
        },
    }
    (folder / "run.json").write_text(json.dumps(record(name, **(parts | changes))))
    return folder


def change_record(folder: Path, **parts) -> None:
    """Change parts of a run.json; a name with dots is a path in it: "metrics.test.n"."""
    file = folder / "run.json"
    content = json.loads(file.read_text())
    for place, value in parts.items():
        *path, last = place.split(".")
        part = content
        for key in path:
            part = part[key]
        part[last] = value
    file.write_text(json.dumps(content))


@pytest.fixture
def there(tmp_path):
    """Return the artifacts folder of another machine."""
    return tmp_path / "there"


def examined(folder: Path, **options):
    """Return the single run in a folder of another machine, examined for its import."""
    from emotion_lib.experiments import importing

    (candidate,), _ = importing.examine(folder, **options)
    return candidate


@pytest.fixture
def save(small_model, dataset):
    """Return a function that saves a run; ``full=True``: as if it were on the whole of FER-2013."""

    import pandas as pd

    from emotion_lib import artifacts, plots
    from emotion_lib.evaluation import evaluate

    def save(name="01_test", full=False, val_accuracy=None):
        data = replace(dataset, full=True, name="fer2013") if full else dataset
        val, test = (
            evaluate(small_model, split, data.class_names) for split in (data.val, data.test)
        )
        if val_accuracy is not None:
            y_pred = np.where(
                np.arange(val.n) < round(val_accuracy * val.n), val.y_true, (val.y_true + 1) % 7
            )
            val = replace(val, y_score=np.eye(7, dtype=np.float32)[y_pred])
        figures = {"confusion": plots.confusion_matrix(test)}
        parameters = {"SEED": 3, "EPOCHS": 2}
        return artifacts.save_run(
            name,
            model=small_model,
            dataset=data,
            val=val,
            test=test,
            history=pd.DataFrame(HISTORY),
            parameters=parameters,
            further={"test, half": test.where(np.arange(test.n) < test.n // 2)},
            figures=figures,
        )

    return save


@pytest.fixture
def save_ensemble(small_model, dataset):
    """Return a function that records a network and its mirror image as an ensemble on FER-2013."""
    from emotion_lib import artifacts
    from emotion_lib.evaluation import evaluate
    from emotion_lib.models.ensemble import ensemble

    def save(name="14_test/ensemble"):
        data = replace(dataset, full=True, name="fer2013")
        model = ensemble([small_model])
        val, test = (evaluate(model, split, data.class_names) for split in (data.val, data.test))
        return artifacts.save_run(
            name,
            model=model,
            dataset=data,
            val=val,
            test=test,
            history={"seconds": 1.0, "chosen_by": "named"},
            parameters={"SEED": 0},
            made_of={"13_test/seed-0": "0" * 64},
        )

    return save


class Killed(BaseException):
    """Stands for a kill: no handler of the code under test takes it."""


@pytest.fixture
def killed_at(monkeypatch):
    """Return a function that runs an action which dies at a call of certain functions.

    Calls are counted from 0. It returns whether the action came to that call.
    """

    def run(action, call: int, *functions: tuple[object, str]) -> bool:
        left = call

        def mortal(function):
            def wrapped(*arguments, **options):
                nonlocal left
                left -= 1
                if left < 0:
                    raise Killed
                return function(*arguments, **options)

            return wrapped

        with monkeypatch.context() as kill:
            for owner, name in functions:
                kill.setattr(owner, name, mortal(getattr(owner, name)))
            try:
                action()
            except Killed:
                return True
        return False

    return run


def emotion(monkeypatch, *arguments) -> int:
    """Run the command ``emotion`` in this process and return its exit status."""
    from emotion_lib import cli

    monkeypatch.setattr(sys, "argv", ["emotion", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@contextlib.contextmanager
def chromium(*arguments: str):
    """Yield a browser of Playwright's."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    found = [path for path in map(shutil.which, names) if path]
    assert found, f"Expected one of {names}. Received: none. `make system` installs it."
    # Root needs --no-sandbox; the others keep Chromium from requests to its maker.
    always = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], args=[*always, *arguments])
        yield browser
        browser.close()


def drawn_texts(figure) -> list[str]:
    """Return all texts within the axes of a matplotlib figure, after drawing it."""
    figure.savefig(io.BytesIO())
    texts = []
    for axis in figure.axes:
        texts += [*axis.texts, axis.title, axis.xaxis.label, axis.yaxis.label]
    return [text.get_text() for text in texts]
