"""The records that git tracks: complete, consistent, and enough to run everything again."""

import json
import shutil
import subprocess

import pytest

from emotion_lib import artifacts, paths
from emotion_lib.artifacts.parameters import changed_parameters, default_parameters
from emotion_lib.datasets.sources.ferplus import PERCEIVED_NAME
from emotion_lib.experiments.notebooks import notebook_of, refuse_unknown
from emotion_lib.experiments.runner import recorded_parameters

TRACKED = paths.ROOT / "artifacts"
RUNS = {run.name: run for run in artifacts.runs(TRACKED)}

# Recorded values that are no parameters of a notebook: it sets them itself, for one part of a run.
SET_BY_THE_NOTEBOOK = {
    "03_cnn_iterations": {"ITERATION"},
    "04_vgg16_class_weights": {"REMEDY"},
    "07_emoji_happy_sad": {"CHANGES"},
    "09_hog_classifiers": {"VALUE"},
}
# Parameters that a notebook had when a run was recorded, and why it has them no more.
REMOVED = {
    # Of the notebook 14_ensemble_and_student, which is 14_ensemble and 17_distillation now.
    "14_ensemble": {
        "BASELINE",
        "CONTROL",
        "HARD",
        "MIXED_VIEWS",
        "PERCEIVED_RUNS",
        "RISK",  # one value for all: emotion_lib.evaluation.calibration.RISK
        "STUDENT",
        "STUDENT_EPOCHS",
        "TAUGHT",
        "TAUGHT_EPOCHS",
        "VIEWS",
    },
    "17_distillation": {
        "BASELINE",
        "CONTROL",  # always trained
        "CROP",
        "EPOCHS",
        "MEMBERS",
        "RISK",
        "TAUGHT",
        "TAUGHT_EPOCHS",
    },
}
# Runs with a member or teacher of which no record was kept.
NOT_REPRODUCIBLE = {"17_distillation/two-teachers/student"}


@pytest.fixture
def tracked(monkeypatch):
    """Use the tracked records as the artifacts folder; nothing may be written there."""
    monkeypatch.setenv("ARTIFACTS_DIR", str(TRACKED))


@pytest.mark.parametrize("name", RUNS)
def test_a_run_can_be_made_again_with_its_parameters(name, tracked):
    """The command is `emotion run --again NAME`."""
    notebook, parameters = recorded_parameters(name)
    assert notebook == notebook_of(name)
    refuse_unknown(notebook, parameters)
    recorded = set(RUNS[name].record.parameters)
    listed = SET_BY_THE_NOTEBOOK.get(notebook.stem, set()) | REMOVED.get(notebook.stem, set())
    assert recorded - set(parameters) <= listed
    assert parameters["RUN_NAME"].startswith(notebook.stem)
    assert name.startswith(parameters["RUN_NAME"])
    for key, default in default_parameters(notebook).items():
        kinds = {type(default), type(parameters.get(key, default))} - {type(None)}
        assert kinds <= {int, float} or len(kinds) <= 1, key


def test_no_run_depends_on_a_file_that_is_not_tracked():
    for run in RUNS.values():
        if run.record.model.weights.startswith("made elsewhere"):
            continue  # somebody else's public file, which is evaluated and never tracked
        for name in ("MODEL_FILE", "FACENET", "NETWORK", "SOURCE"):
            value = run.record.parameters.get(name)
            assert value is None or not value.endswith((".keras", ".hdf5", ".h5")), run.name


@pytest.mark.parametrize("name", RUNS)
def test_members_and_teachers_are_recorded_runs(name, tracked):
    if name in NOT_REPRODUCIBLE:
        with pytest.raises(artifacts.ArtifactError, match="so that it can be made again"):
            artifacts.parents(RUNS[name])
        return
    parents = artifacts.parents(RUNS[name])
    assert [parent.name for parent in parents] == list(RUNS[name].record.model.made_of)
    parameters = RUNS[name].record.parameters
    named = {*parameters.get("MEMBER_RUNS", []), *parameters.get("PERCEIVED_RUNS", [])}
    trained_there = f"{parameters['RUN_NAME']}/"
    for parent in parents:
        assert parent.name in named or parent.name.startswith(trained_there)


def test_changed_parameters_differ_from_the_defaults():
    for run in RUNS.values():
        changed = run.record.changed
        assert changed == changed_parameters(run.name, run.record.parameters), run.name


def test_a_run_is_named_by_words():
    for name in RUNS:
        assert not set(name) & set("=,[]{}'\""), name
    renamed = (TRACKED / "RENAMED.md").read_text()
    for line in renamed.splitlines():
        if line.startswith("| `"):
            assert line.split("`")[3] in RUNS


def test_the_promoted_record_is_that_of_a_tracked_run():
    promoted = artifacts.read_record(TRACKED / "best" / "run.json")
    recorded = RUNS[promoted.name].record
    for part in ("date", "commit", "seed", "class_names"):
        assert getattr(promoted, part) == getattr(recorded, part)
    # What a notebook's defaults have become since is added to the run's own record alone.
    assert promoted.parameters.items() <= recorded.parameters.items()
    assert promoted.model.made_of == recorded.model.made_of
    if promoted.data.name == recorded.data.name:
        assert promoted.data == recorded.data
    else:  # the scores of a run on FER-2013's labels, scaled to the viewers' votes
        assert promoted.data.name == PERCEIVED_NAME
        assert promoted.data.fingerprint.startswith(recorded.data.fingerprint)
        assert promoted.data.images["train"] == recorded.data.images["train"]
        assert set(recorded.data.notes) < set(promoted.data.notes)


def test_the_leaderboard_follows_from_the_records(monkeypatch, tmp_path):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    for run in RUNS.values():
        (tmp_path / run.name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(run.folder / "run.json", tmp_path / run.name / "run.json")
    artifacts.write_leaderboard()
    assert (tmp_path / "leaderboard.csv").read_text() == (TRACKED / "leaderboard.csv").read_text()


def test_no_record_is_ignored_by_git():
    """A rule of .gitignore that misses a folder's depth would leave rows without a record."""
    if not (paths.ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout, or no git")
    records = []
    for file in TRACKED.rglob("run.json"):
        if "smoke" not in file.parts:
            records.append(str(file.relative_to(paths.ROOT)))
    command = ["git", "-c", "safe.directory=*", "check-ignore", "--no-index", "--stdin"]
    ignored = subprocess.run(
        command, cwd=paths.ROOT, input="\n".join(records), text=True, capture_output=True
    )
    assert ignored.returncode == 1, f"kept out of git: {ignored.stdout}"


def test_all_runs_have_short_names_of_their_own():
    short = artifacts.short_names(RUNS)
    assert len(RUNS) > 40 and len(set(short.values())) == len(RUNS)


@pytest.mark.parametrize("name", RUNS)
def test_a_run_has_all_its_tracked_files(name):
    folder = RUNS[name].folder
    expected = {"run.json", "val_scores.npz", "test_scores.npz"}
    if RUNS[name].record.training.epochs:
        expected.add("history.csv")
    assert expected <= {file.name for file in folder.iterdir()}
    assert json.loads((folder / "run.json").read_text())["name"] == name
