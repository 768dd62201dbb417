import numpy as np
import pytest

from emotion_lib import artifacts, datasets, paths
from emotion_lib.labels import SEVEN_EXPRESSIONS
from emotion_lib.models.conversion import portable
from emotion_lib.training.fine_tuning import fine_tune


@pytest.fixture
def base(small_model):
    """Return a model as a .keras file gives it."""
    return portable(small_model)


def test_both_phases_are_trained_and_the_better_is_kept(base, dataset, tmp_path):
    model, history = fine_tune(base, SEVEN_EXPRESSIONS, dataset, tmp_path, head_epochs=3, epochs=2)
    assert history["phase"].tolist() == ["head"] * 3 + ["all"] * 2
    assert history["epoch"].tolist() == [0, 1, 2, 3, 4]
    scores = portable(model).predict_on_batch(dataset.val.images[..., None])
    accuracy = (scores.argmax(1) == dataset.val.labels).mean()
    assert accuracy == pytest.approx(history["val_accuracy"].max(), abs=0.04)


def test_the_shipped_model_learns_new_classes(tmp_path):
    """Two classes of the seven under other names, from a hundred drawings."""
    base, _ = artifacts.load_model(paths.best_dir() / "model.keras")
    seven = datasets.load("synthetic", n_train=350, n_val=70, n_test=70)
    happy = SEVEN_EXPRESSIONS.index("happy")
    surprise = SEVEN_EXPRESSIONS.index("surprise")

    def two_classes(split):
        rows = split.take(np.isin(split.labels, [happy, surprise]))
        return datasets.Split(rows.images, (rows.labels == surprise).astype(np.int64))

    dataset = datasets.Dataset(
        "own",
        ("smile", "gasp"),
        False,
        two_classes(seven.train),
        two_classes(seven.val),
        two_classes(seven.test),
        "x",
        full=False,
    )
    model, _ = fine_tune(base, SEVEN_EXPRESSIONS, dataset, tmp_path, head_epochs=20, epochs=0)
    scores = model.predict_on_batch(dataset.test.images[..., None])
    assert (scores.argmax(1) == dataset.test.labels).mean() > 0.8


def test_images_of_another_shape_are_refused(base, tmp_path):
    other = datasets.load("synthetic", n_train=14, n_val=7, n_test=7, size=32)
    with pytest.raises(ValueError, match=r"\(48, 48, 1\).*Received: \(32, 32, 1\)"):
        fine_tune(base, SEVEN_EXPRESSIONS, other, tmp_path)


def test_a_training_without_epochs_is_refused(base, dataset, tmp_path):
    with pytest.raises(ValueError, match="at least one epoch"):
        fine_tune(base, SEVEN_EXPRESSIONS, dataset, tmp_path, head_epochs=0, epochs=0)
