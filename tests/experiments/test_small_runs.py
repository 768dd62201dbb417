"""A small run of every notebook: on drawn faces, and on the real data where that is read otherwise.

The runs take most of the time of all tests. Each has one thread, since `make test` has two of them
run side by side.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import numpy as np
import pytest
from conftest import REAL_DATA
from PIL import Image

from emotion_lib import artifacts
from emotion_lib.experiments import notebooks, runner
from emotion_lib.experiments.notebook_process import NotebookProcess

NOTEBOOKS = notebooks.find()
(FIRST,) = notebooks.find("01")
# Data sets that come with the library, which a small run keeps.
EMBEDDED = ("emoji", "emoji_scenes")
FEWEST_FIGURES = 4
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
TWO_THREADS = dict.fromkeys(ONE_THREAD, "2")
# A proxy that does not answer, as on a machine without a network.
NO_NETWORK = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
needs_real_data = pytest.mark.skipif(
    not REAL_DATA, reason="FER2013_PATH does not name the real data"
)


@dataclass(frozen=True)
class Case:
    """A notebook, and the circumstances of its small run.

    Attributes:
        path: the notebook.
        changes: parameters beside those of its metadata.
        smoke: whether those of its metadata count.
        environment: variables of its process.
        data: name of the folder of data; runs of the same name share what they have imported.
    """

    path: Path
    changes: dict = field(default_factory=dict)
    smoke: bool = True
    environment: dict[str, str] = field(default_factory=dict)
    data: str = ""

    @property
    def run_name(self) -> str:
        """The notebook's own RUN_NAME."""
        return notebooks.parameters(self.path)["RUN_NAME"]

    def start(self, folder: Path, shared: Path) -> NotebookProcess:
        """Start the run, with all that it writes in a folder, and shared data in another."""
        options = ["--smoke"] if self.smoke else []
        for name, value in (self.changes | {"RUN_NAME": self.run_name}).items():
            options += ["-p", f"{name}={value!r}"]
        environment = dict(os.environ)
        for name in ("FER2013_PATH", "FERPLUS_PATH"):
            environment.pop(name, None)
        environment["ARTIFACTS_DIR"] = str(folder / "smoke")
        environment["DATA_DIR"] = str(shared / self.data if self.data else folder / "data")
        return NotebookProcess(self.path, options, environment | ONE_THREAD | self.environment)


def on_real_data(path: Path) -> Case:
    """Return the run on a slice of FER-2013 with one epoch."""
    known = notebooks.parameters(path)
    changes = {name: known[name] for name in ("DATASET", "FACES") if name in known}
    # Of 256 images some are of the rarest class.
    changes["LIMIT"] = 256
    if "EPOCHS" in known:
        changes["EPOCHS"] = 1
    return Case(path, changes, environment={"FER2013_PATH": REAL_DATA or ""}, data="real")


def reads_otherwise(path: Path) -> bool:
    """Return whether a notebook reads more of the real data than drawn faces have: FER+'s votes.

    All others call ``load(DATASET)`` and no more; one of them, the first, stands for them.
    """
    return path == FIRST or "ferplus" in path.read_text()


(RESIDUAL,) = notebooks.find("13")
(EMOJI,) = notebooks.find("07")
CASES = {f"{path.stem}-drawn": Case(path) for path in NOTEBOOKS}
CASES |= {f"{path.stem}-real": on_real_data(path) for path in NOTEBOOKS if reads_otherwise(path)}
# 21 steps per epoch; after 7 epochs validation accuracy is 0.66 (20 s of CPU time on two cores).
CASES["learning"] = Case(
    FIRST, {"LIMIT": None, "BATCH_SIZE": 32, "EPOCHS": 7}, environment=TWO_THREADS
)
CASES["hours"] = Case(RESIDUAL, {"HOURS": 1e-6})
CASES["no faces"] = Case(
    EMOJI, {"FACES": "fer2013", "FOLDS": 3, "EPOCHS": 1}, smoke=False, environment=NO_NETWORK
)


def run_case(case: Case, folder: Path, shared: Path) -> tuple[str, list[str]]:
    """Return the reason of a failure, empty if there is none, and the lines that were printed."""
    lines: list[str] = []
    reason = case.start(folder, shared).wait(lines.append)
    return reason, lines


@pytest.fixture
def case(request) -> str:
    return request.param


@pytest.fixture
def finished(case, tmp_path, shared_folder) -> tuple[Path, list[artifacts.Record]]:
    """The executed copy and the records of a small run, after the checks that all have to pass."""
    reason, lines = run_case(CASES[case], tmp_path, shared_folder)
    assert not reason, "".join(lines[-60:])
    root = tmp_path / "smoke"
    path = CASES[case].path
    records = [record for _, record in artifacts.records(root)]
    assert not any(record.full for record in records)
    assert not (root / "leaderboard.csv").exists()
    copy = root / CASES[case].run_name / path.name
    assert count_figures(copy) >= FEWEST_FIGURES
    assert records or "save_run(" not in path.read_text()  # those train nothing
    return copy, records


def count_figures(notebook: Path) -> int:
    count = 0
    for cell in nbformat.read(notebook, as_version=4).cells:
        for output in cell.get("outputs", ()):
            count += "image/png" in output.get("data", ())
    return count


def cases(suffix: str):
    names = [name for name in CASES if name.endswith(suffix)]
    return pytest.mark.parametrize("case", names, indirect=True)


@cases("-drawn")
def test_a_notebook_runs_on_drawn_faces(finished):
    for record in finished[1]:
        assert record.data.name in ("synthetic", *EMBEDDED)


@needs_real_data
@cases("-real")
def test_a_notebook_runs_on_a_slice_of_the_real_data(finished, case):
    for record in finished[1]:
        known = notebooks.parameters(CASES[case].path)
        # Second heads are recorded with the viewers' answers: "ferplus perceived".
        assert record.data.name.split()[0] in (known["DATASET"], "ferplus")
        assert record.data.images["test"] <= 256


@cases("learning")
def test_the_first_network_learns_drawn_faces(finished):
    """Whoever has no data sees a network learn; seven classes make 0.14 by chance."""
    assert finished[1][0].metrics.val.accuracy > 0.5


@cases("hours")
def test_epochs_are_fitted_into_the_hours(finished):
    (record,) = finished[1]
    assert record.training.epochs == 1 and record.parameters["HOURS"] == 1e-6


@cases("no faces")
def test_emoji_need_no_photographed_faces(finished):
    """Without FER-2013 the notebook runs, under another name and not as a full run."""
    copy, (record,) = finished
    assert record.name == "07_emoji_happy_sad/without_fer2013"
    assert "no photographed faces" in str(record.data)
    assert "Ways to get it" in copy.read_text()


def test_your_own_labelled_pictures_need_one_parameter(tmp_path, shared_folder):
    """``-p SOURCE=folder`` is enough."""
    (path,) = notebooks.find("11")
    mine = tmp_path / "mine"
    mine.mkdir()
    rng = np.random.default_rng(0)
    lines = ["image,labels"]
    for index in range(24):
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save(mine / f"{index}.png")
        lines.append(f"{index}.png,{('boat', 'bus', 'boat|bus')[index % 3]}")
    (mine / "labels.csv").write_text("\n".join(lines))
    changes = {"SOURCE": str(mine), "EPOCHS": 1, "LOSSES": ["asymmetric"], "WIDTHS": [4, 8]}
    reason, lines = run_case(Case(path, changes), tmp_path / "run", shared_folder)
    assert not reason, "".join(lines[-60:])
    ((_, record),) = artifacts.records(tmp_path / "run" / "smoke")
    assert record.data.name == "multilabel_csv" and record.class_names == ("boat", "bus")
    assert not record.full


def test_without_data_a_full_run_stops_with_the_data_error(tmp_path, monkeypatch):
    """It never runs on drawn faces instead. The kernel is a separate process."""
    import papermill

    for name, value in NO_NETWORK.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(papermill.PapermillExecutionError, match="Ways to get it"):
        runner.execute(FIRST, {"EPOCHS": 1}, tmp_path / "out.ipynb")
