"""Import of runs from another machine, and the files that are there afterwards."""

import shutil

import numpy as np
import pytest
from conftest import change_record, examined, figures, write_run

from emotion_lib import artifacts, paths
from emotion_lib.artifacts import ArtifactError
from emotion_lib.experiments import importing
from emotion_lib.files import FolderInUseError, sha256


def test_imported_runs_enter_the_leaderboard(there):
    write_run(there, "01_x")
    write_run(there, "13_x/seed-0")
    change_record(write_run(there, "02_small"), full=False)
    found, faults = importing.examine(there)
    changes = {candidate.run.name: candidate.change for candidate in found}
    assert changes == {"01_x": "new", "13_x/seed-0": "new"}
    assert not faults and not paths.artifacts_dir().exists()
    assert "is not checked" in found[0].notes[0]  # nothing here knows this data
    assert importing.import_runs(found) == ["01_x", "13_x/seed-0"]
    assert set(artifacts.leaderboard()["run"]) == {"01_x", "13_x/seed-0"}
    for name in artifacts.TRACKED_FILES:
        imported = paths.artifacts_dir() / "13_x" / "seed-0" / name
        assert imported.read_bytes() == (there / "13_x" / "seed-0" / name).read_bytes()
    again, _ = importing.examine(there)
    assert [candidate.change for candidate in again] == ["same", "same"]
    assert importing.import_runs(again) == []


def test_a_refused_run_does_not_stop_the_others(there):
    change_record(write_run(there, "01_x"), **{"metrics.test.accuracy": 0.99})
    write_run(there, "02_x")
    (refused, good), _ = importing.examine(there)
    assert "test.accuracy is 0.99, but the scores give" in refused.faults[0]
    assert not refused.has_effect
    assert importing.import_runs([refused, good]) == ["02_x"]
    assert artifacts.leaderboard()["run"].tolist() == ["02_x"]


def test_damaged_and_misplaced_records_are_reported(there):
    write_run(there, "01_x")
    write_run(there, "02_x").rename(there / "02_renamed")
    shutil.copytree(there / "01_x", there / "best")  # the promoted copy is no run
    (there / "03_x").mkdir()
    (there / "03_x" / "run.json").write_text("half a rec")
    found, faults = importing.examine(there)
    assert [candidate.run.name for candidate in found] == ["01_x"]
    assert len(faults) == 2 and "03_x" in faults[0]
    assert "02_renamed holds the record of '02_x'" in faults[1]
    shutil.rmtree(there / "01_x")
    shutil.rmtree(there / "02_renamed")
    shutil.rmtree(there / "best")
    with pytest.raises(ArtifactError, match=r"03_x/run\.json"):
        importing.examine(there)


def test_the_folder_of_the_runs_is_found(there, tmp_path):
    write_run(there / "out" / "artifacts", "13_x/seed-0")
    for place in (there, there / "out", there / "out" / "artifacts"):
        assert examined(place).run.name == "13_x/seed-0"
    write_run(there / "out" / "artifacts" / "old", "13_x/seed-0")  # one further down is another's
    with pytest.raises(ArtifactError, match="Name the folder above the runs"):
        importing.examine(there / "out" / "artifacts" / "13_x")
    with pytest.raises(ArtifactError, match="Name the folder above the runs"):
        importing.examine(tmp_path / "nowhere")
    write_run(there / "second" / "elsewhere" / "artifacts", "01_x")
    with pytest.raises(ArtifactError, match="Name one of them"):
        importing.examine(there)
    write_run(paths.artifacts_dir(), "01_x")
    with pytest.raises(ArtifactError, match="the artifacts folder itself"):
        importing.examine(paths.artifacts_dir())


def test_runs_are_chosen_by_a_pattern(there):
    for name in ("01_x", "13_x/seed-0", "13_x/seed-1"):
        write_run(there, name)
    found, _ = importing.examine(there, ["13_x/*"])
    assert [candidate.run.name for candidate in found] == ["13_x/seed-0", "13_x/seed-1"]
    with pytest.raises(ArtifactError, match="Expected one of the runs"):
        importing.examine(there, ["14_x"])


def with_model(folder, content: bytes, name="model.keras"):
    """Add a model file to a run, and let its record describe it."""
    (folder / name).write_bytes(content)
    change_record(folder, **{"model.sha256": sha256(folder / name)})
    return folder


def test_the_notes_on_a_replaced_run_name_both_commits(there):
    further = {"validation, shifted": figures()}
    here = write_run(paths.artifacts_dir(), "01_x", further=further, date="2026-02-02T00:00:00")
    with_model(here, b"old")
    (here / "notes.txt").write_text("of the user")
    scores = np.eye(2)[np.arange(28) % 2]
    write_run(there, "01_x", scores, commit="def", training={"device": "a GPU"})
    candidate = examined(there)
    assert candidate.change == "replaced" and candidate.before.record.commit == "abc"
    assert candidate.notes == (
        "replaces commit abc (2026-02-02, a CPU) by commit def (2026-01-01, a GPU)",
        "the run here is newer",
        "the new run was not evaluated on: validation, shifted",
        "the model here is deleted, as no new one comes with the record: model.keras",
    )
    importing.import_runs([candidate])
    assert artifacts.load_run("01_x").record.commit == "def"
    assert artifacts.leaderboard()["accuracy"].tolist() == [1.0]
    assert not (here / "model.keras").exists() and (here / "notes.txt").exists()


def test_a_model_is_imported_if_the_record_describes_it(there):
    with_model(write_run(there, "01_x"), b"a network")
    with_model(write_run(there, "09_x"), b"a classifier", "model.joblib")
    (with_model(write_run(there, "02_x"), b"a network") / "model.keras").write_bytes(b"another")
    found, _ = importing.examine(there)
    of_first, of_second, of_third = [candidate.models for candidate in found]
    assert [file.name for file in (*of_first, *of_third)] == ["model.keras", "model.joblib"]
    assert of_second == ()
    note = "model.keras is not imported: it is not the model that run.json describes"
    assert note in found[1].notes
    importing.import_runs(found)
    imported = []
    for file in sorted(paths.artifacts_dir().rglob("model.*")):
        imported.append(file.relative_to(paths.artifacts_dir()).as_posix())
    assert imported == ["01_x/model.keras", "09_x/model.joblib"]
    model = artifacts.load_run("01_x").model_file
    model.unlink()  # as in a fresh clone, whose records are those of the folder
    again, _ = importing.examine(there)
    assert [candidate.change for candidate in again] == ["same", "same", "same"]
    assert [candidate.has_effect for candidate in again] == [True, False, False]
    importing.import_runs(again)
    assert model.read_bytes() == b"a network"


def test_a_model_that_the_new_record_describes_stays(there):
    """The records of one training may differ, in their history for example."""
    here = with_model(write_run(paths.artifacts_dir(), "01_x"), b"a network")
    shutil.copytree(here, there / "01_x", ignore=shutil.ignore_patterns("model.*"))
    change_record(there / "01_x", commit="def")
    importing.import_runs([examined(there)])
    assert (here / "model.keras").read_bytes() == b"a network"
    assert artifacts.load_run("01_x").record.commit == "def"


def test_a_note_says_that_a_damaged_record_is_replaced(there):
    folder = paths.artifacts_dir() / "01_x"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("damaged")
    write_run(there, "01_x")
    with pytest.warns(RuntimeWarning, match="skipped"):
        candidate = examined(there)
    assert candidate.change == "replaced"
    assert "which cannot be read" in " ".join(candidate.notes)


def test_a_copy_that_fails_leaves_the_earlier_run(there, monkeypatch):
    here = write_run(paths.artifacts_dir(), "01_x")
    before = {file.name: file.read_bytes() for file in here.iterdir()}
    write_run(there, "01_x", np.eye(2)[np.arange(28) % 2])
    candidate = examined(there)
    copyfile = shutil.copyfile

    def full(source, target):
        if source.name == "test_scores.npz":
            raise OSError(28, "No space left on device")
        return copyfile(source, target)

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(ArtifactError, match="Free some space"):
        importing.import_runs([candidate])
    for name, content in before.items():
        assert (here / name).read_bytes() == content


def test_a_run_that_is_being_trained_is_not_replaced(there, monkeypatch):
    write_run(there, "01_x")
    write_run(there, "02_x")
    found, _ = importing.examine(there)
    exclusive = importing.exclusive

    def used(folder, purpose):
        if folder.name == "02_x":
            raise FolderInUseError("process 1 (notebook 02_x)")
        return exclusive(folder, purpose)

    monkeypatch.setattr(importing, "exclusive", used)
    with pytest.raises(FolderInUseError):
        importing.import_runs(found)
    assert artifacts.leaderboard()["run"].tolist() == ["01_x"]  # what came before it has its row
