import numpy as np
import pytest

from emotion_lib import artifacts, datasets, paths
from emotion_lib.labels import SEVEN_EXPRESSIONS
from emotion_lib.models.conversion import portable
from emotion_lib.training.fine_tuning import fine_tune


@pytest.fixture
def base(small_model):
    return portable(small_model)  # as a .keras file gives it


def test_both_phases_and_the_better_of_them(base, dataset, tmp_path):
    model, history = fine_tune(base, SEVEN_EXPRESSIONS, dataset, tmp_path, head_epochs=3, epochs=2)
    assert history["phase"].tolist() == ["head"] * 3 + ["all"] * 2 and history[
        "epoch"
    ].tolist() == list(range(5))
    scores = portable(model).predict_on_batch(dataset.val.images[..., None])
    assert (scores.argmax(1) == dataset.val.labels).mean() == pytest.approx(
        history["val_accuracy"].max(), abs=0.04
    )


def test_the_shipped_model_learns_new_classes(tmp_path):
    """Two classes of the seven under other names, from a hundred drawings."""
    base, _ = artifacts.load_model(paths.best_dir() / "model.keras")
    seven = datasets.load("synthetic", n_train=350, n_val=70, n_test=70)
    keep = [SEVEN_EXPRESSIONS.index(name) for name in ("happy", "surprise")]

    def two(split):
        rows = split.take(np.isin(split.labels, keep))
        return datasets.Split(rows.images, (rows.labels == keep[1]).astype(np.int64))

    pair = datasets.Dataset(
        "own",
        ("smile", "gasp"),
        False,
        two(seven.train),
        two(seven.val),
        two(seven.test),
        "x",
        full=False,
    )
    model, _ = fine_tune(base, SEVEN_EXPRESSIONS, pair, tmp_path, head_epochs=20, epochs=0)
    scores = model.predict_on_batch(pair.test.images[..., None])
    assert (scores.argmax(1) == pair.test.labels).mean() > 0.8


def test_pictures_of_another_shape_are_refused(base, tmp_path):
    other = datasets.load("synthetic", n_train=14, n_val=7, n_test=7, size=32)
    with pytest.raises(ValueError, match=r"\(48, 48, 1\).*Received: \(32, 32, 1\)"):
        fine_tune(base, SEVEN_EXPRESSIONS, other, tmp_path)
    with pytest.raises(ValueError, match="at least one epoch"):
        fine_tune(
            base,
            SEVEN_EXPRESSIONS,
            datasets.load("synthetic", n_train=14, n_val=7, n_test=7),
            tmp_path,
            head_epochs=0,
            epochs=0,
        )
