"""Members of an ensemble: their names, their records, and errors if one is missing."""

from types import SimpleNamespace

import numpy as np
import pytest

from emotion_lib import artifacts
from emotion_lib.training import members


def test_members_are_named_by_kind_and_seed():
    names = members.names_of("14_test", "member", [{"seed": 40}, {"seed": 41}])
    assert names == ["14_test/member-40", "14_test/member-41"]


def test_members_with_the_same_name_are_refused():
    with pytest.raises(members.EnsembleError, match="different names"):
        members.names_of("14_test", "member", [{"seed": 40}, {"seed": 40}])
    recorded = [SimpleNamespace(run=SimpleNamespace(name="14_test/member-1"))]
    with pytest.raises(members.EnsembleError, match="different names"):
        members.names_of("14_test", "member", [{"seed": 1}], recorded)


def test_recorded_members_are_loaded_and_evaluated(train_member, full_dataset):
    trained = train_member()
    (member,) = members.recorded_members(["14_test/member-*"], full_dataset, seed=3)
    assert member.run.record == trained.run.record
    for name, expected in trained.report.evaluations.items():
        actual = member.report.evaluations[name]
        np.testing.assert_allclose(actual.y_score, expected.y_score, atol=1e-5)


def test_a_missing_member_stops_the_run(train_member, full_dataset):
    run = train_member().run
    with pytest.raises(artifacts.ArtifactError, match="Expected a run of the name '14_test/none'"):
        members.recorded_members(["14_test/none"], full_dataset)
    model = run.model_file.read_bytes()
    run.model_file.write_bytes(model + b"changed")
    with pytest.raises(artifacts.ArtifactError, match="Received: another file"):
        members.recorded_members([run.name], full_dataset)
    run.model_file.unlink()
    with pytest.raises(artifacts.ArtifactError, match="no such file"):
        members.recorded_members([run.name], full_dataset)
