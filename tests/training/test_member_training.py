"""Training of members: each is a recorded run, and so is each of its heads."""

from dataclasses import replace

import numpy as np

from emotion_lib import artifacts
from emotion_lib.datasets.transforms import Framing
from emotion_lib.files import sha256
from emotion_lib.training import ensembles, member_training, members
from emotion_lib.training.distillation import Lesson
from emotion_lib.training.second_head import LABEL_HEAD


def test_a_member_is_a_recorded_run_of_its_own_settings(train_member, full_dataset):
    member = train_member()
    run = artifacts.load_run("14_test/member-1")
    assert run.record.seed == 1
    assert run.record.model.weights == "none (from scratch)"
    assert run.record.model.made_of == {}
    further = {"validation, mirror image", "test, mirror image", "validation, shifted"}
    assert set(run.record.metrics.further) == further
    assert sha256(run.model_file) == run.record.model.sha256
    loaded, names = artifacts.load_model(run.model_file)
    assert names == full_dataset.class_names
    images = full_dataset.test.images[:4, ..., None]
    np.testing.assert_allclose(
        loaded.predict_on_batch(images), member.model.predict_on_batch(images), atol=1e-6
    )


def test_both_heads_of_a_member_are_recorded_and_teach(full_dataset, tiny_member, tmp_path):
    """The viewers of these drawn faces name the next class for every image."""

    def two_headed(split):
        own = np.eye(7, dtype=np.float32)[split.labels]
        return replace(split, labels=np.stack([own, np.roll(own, 1, axis=1)], axis=1))

    both = replace(
        full_dataset, train=two_headed(full_dataset.train), val=two_headed(full_dataset.val)
    )
    viewed = [
        replace(split, labels=(split.labels + 1) % 7)
        for split in (full_dataset.val, full_dataset.test)
    ]
    viewers = replace(full_dataset, name="ferplus perceived", val=viewed[0], test=viewed[1])
    data = member_training.TrainingData(both, both.train, viewers=viewers)
    settings = tiny_member | {"seed": 1, "perceived": 0.5}
    parameters = {"SEED": 3, "RUN_NAME": "14_test"}
    label = member_training.train_member(
        "14_test/two", settings, data, epochs=1, parameters=parameters
    )
    np.testing.assert_array_equal(label.report.val.y_true, full_dataset.val.labels)
    assert label.run.record.data.name == "fer2013"
    (perceived,) = members.recorded_members(["14_test/two/perceived"], viewers)
    assert label.perceived.run.record == perceived.run.record
    record = perceived.run.record
    assert record.data.name == "ferplus perceived"
    assert record.metrics.further[LABEL_HEAD["val"]] == label.run.record.metrics.val
    np.testing.assert_array_equal(perceived.report.val.y_true, viewed[0].labels)
    teaching = {"viewers": viewers, "precision": None, "seed": 0}
    lessons = [Lesson(Framing(), 1, 0.5)]
    taught = ensembles.distilled_data([label], both, tmp_path, lessons, **teaching)
    assert taught.train.labels.shape == (len(full_dataset.train), 2, 7)
    assert set(taught.teachers) == {"14_test/two", "14_test/two/perceived"}
    assert taught.viewers is viewers
    # Recorded heads teach the same, and without them the second head learns the votes.
    alone = replace(label, perceived=None)
    teaching["perceived_teachers"] = [perceived]
    again = ensembles.distilled_data([alone], both, tmp_path, lessons, **teaching)
    np.testing.assert_allclose(again.train.labels, taught.train.labels, atol=1e-5)
    del teaching["perceived_teachers"]
    votes = ensembles.distilled_data([alone], both, tmp_path, lessons, **teaching)
    np.testing.assert_array_equal(votes.train.labels[:, 1], both.train.labels[:, 1])
    assert "50% the data set's own" in votes.dataset.notes[-1]
    assert "of the second head, the data set's own for 1 views" in votes.dataset.notes[-1]
    control = ensembles.distilled_data([], both, tmp_path, lessons, **teaching)
    np.testing.assert_array_equal(control.train.labels, both.train.labels)
    assert control.weights == "none (from scratch)" and control.teachers == {}
