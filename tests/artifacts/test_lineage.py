"""Members of an ensemble and teachers of a student."""

import json
from dataclasses import replace

import pytest
from conftest import record

from emotion_lib import artifacts, paths
from emotion_lib.artifacts import ArtifactError


def test_members_are_all_there_or_an_error(save, dataset):
    full = replace(dataset, full=True, name="fer2013")
    for name in ("13_x/seed-0", "13_x/seed-1", "13_x/wide-2", "13_x/variant/seed-0"):
        save(name, full=True)
    found = artifacts.members(["13_x/seed-*", "13_x/wide-2", "13_x/seed-0"], full)
    assert [run.name for run in found] == ["13_x/seed-0", "13_x/seed-1", "13_x/wide-2"]
    assert artifacts.members([], full) == []
    for pattern in ("13_y", "13_x"):
        with pytest.raises(ArtifactError, match=f"Expected a run of the name '{pattern}'"):
            artifacts.members(["13_x/seed-0", pattern], full)
    with pytest.raises(ArtifactError, match=r"trained on fer2013 \(fingerprint other\)"):
        artifacts.members(["13_x/seed-0"], replace(full, fingerprint="other"))
    found[0].model_file.write_bytes(b"another model")
    with pytest.raises(ArtifactError, match=r"Received: another file.*--again 13_x/seed-0"):
        artifacts.members(["13_x/seed-0"], full)
    found[1].model_file.unlink()
    with pytest.raises(
        ArtifactError, match=r"Expected the model of 13_x/seed-1.*--again 13_x/seed-1"
    ):
        artifacts.members(["13_x/seed-1"], full)


def test_parents_are_recorded_runs():
    def write(name: str, **model):
        file = paths.artifacts_dir() / name / "run.json"
        file.parent.mkdir(parents=True)
        content = record(name)
        content["model"] |= model
        file.write_text(json.dumps(content))
        return artifacts.load_run(name)

    teacher = write("13_x/seed-0", sha256="a" * 64)
    assert artifacts.parents(teacher) == []
    student = write("14_y/student", made_of={"13_x/seed-0": "a" * 64})
    assert artifacts.parents(student) == [teacher]
    orphan = write("14_y/orphan", made_of={"13_x/seed-0": "a" * 64, "14_y/member-1": "b" * 64})
    with pytest.raises(ArtifactError, match="Received: 14_y/member-1, of which there is no record"):
        artifacts.parents(orphan)
    other = write("14_y/other", made_of={"13_x/seed-0": "c" * 64})
    with pytest.raises(
        ArtifactError, match="Received: 13_x/seed-0, whose record is of a later model"
    ):
        artifacts.parents(other)
