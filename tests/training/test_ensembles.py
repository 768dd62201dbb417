"""Students and ensembles: both are recorded with the runs that they were made of."""

import numpy as np
import pytest

from emotion_lib import artifacts, evaluation
from emotion_lib.datasets.transforms import Framing
from emotion_lib.files import sha256
from emotion_lib.models.ensemble import ensemble
from emotion_lib.training import ensembles
from emotion_lib.training.distillation import Lesson


def test_teachers_of_a_student_are_recorded_with_their_digests(
    train_member, full_dataset, tmp_path
):
    teacher = train_member()
    data = ensembles.distilled_data(
        [teacher],
        full_dataset,
        tmp_path / "views",
        [Lesson(Framing(), views=2, hard=0.25)],
        precision=None,
        seed=0,
    )
    assert len(data.train) == 2 * len(full_dataset.train)
    assert data.teachers == {"14_test/member-1": sha256(teacher.run.model_file)}
    assert data.weights == "none (taught by 1 others)"
    assert "25% the data set's own" in data.dataset.notes[-1]
    student = train_member("14_test/taught-2", seed=2, data=data)
    assert student.run.record.model.made_of == data.teachers
    assert artifacts.parents(student.run)[0].name == "14_test/member-1"
    assert student.run.record.data.images["train"] == len(full_dataset.train)


def test_an_ensemble_is_recorded_with_its_members(train_member, full_dataset):
    members = [train_member("14_test/member-1", 1), train_member("14_test/member-2", 2)]
    model = ensemble([member.model for member in members])
    report = ensembles.mean_report(members, model, full_dataset, crop=44, seed=3)
    direct = evaluation.evaluate(model, full_dataset.test, full_dataset.class_names)
    np.testing.assert_allclose(report.test.y_score, direct.y_score, atol=1e-5)
    assert set(report.further) == {"test, ten crops", "validation, shifted"}
    run = ensembles.save_ensemble(
        "14_test/ensemble", members, model, report, full_dataset, {"SEED": 3}
    )
    assert run.record.model.made_of == ensembles.made_of(members)
    assert [parent.name for parent in artifacts.parents(run)] == [
        "14_test/member-1",
        "14_test/member-2",
    ]
    seconds = [member.run.record.training.seconds for member in members]
    assert run.record.training.seconds == pytest.approx(sum(seconds))


def test_checkpoints_are_kept_until_the_end(train_member):
    member = train_member()
    checkpoint = member.run.folder / "checkpoint"
    assert checkpoint.is_dir()
    ensembles.finish([member])
    assert not checkpoint.exists()
    assert member.run.model_file.is_file()
