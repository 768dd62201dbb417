import numpy as np
import pytest

from emotion_lib.models.augmentation import Augmentation


def augment(images, seed=1, **options):
    layer = Augmentation(**{"flip": False, "seed": seed, **options})
    return np.asarray(layer(images, training=True))


@pytest.mark.parametrize(
    "options",
    [
        {"flip": True},
        {"rotation": 20.0},
        {"shift": 0.1},
        {"zoom": 0.2},
        {"shear": 8.0},
        {"brightness": 0.2},
        {"contrast": 0.4},
        {"erasing": 1.0},
    ],
    ids=lambda options: next(iter(options)),
)
def test_each_option_changes_images_in_training_only(faces, options):
    layer = Augmentation(**{"flip": False, "seed": 1, **options})
    assert np.array_equal(np.asarray(layer(faces, training=False)), faces)
    sixteen = np.repeat(faces, 4, axis=0)
    changed = np.asarray(layer(sixteen, training=True))
    assert changed.shape == (16, 48, 48, 1)
    assert not np.array_equal(changed, sixteen)
    assert changed.min() >= 0
    assert changed.max() <= 255


def test_without_options_nothing_changes(faces):
    assert np.array_equal(augment(faces), faces)


def test_flip_mirrors_exactly(faces):
    flipped = augment(np.repeat(faces[:1], 32, axis=0), flip=True)
    mirrored = [np.array_equal(image, faces[0, :, ::-1]) for image in flipped]
    same = [np.array_equal(image, faces[0]) for image in flipped]
    assert np.logical_or(mirrored, same).all()
    assert 4 < sum(mirrored) < 28


def test_zoom_keeps_the_centre():
    square = np.zeros((8, 49, 49, 1), np.float32)
    square[:, 20:29, 20:29] = 200
    assert (augment(square, zoom=0.3)[:, 24, 24, 0] == 200).all()


def test_same_seed_gives_same_draws(faces):
    options = {"rotation": 20.0, "erasing": 0.5, "contrast": 0.3}
    first = augment(faces, seed=5, **options)
    assert np.array_equal(first, augment(faces, seed=5, **options))
    assert not np.array_equal(first, augment(faces, seed=6, **options))


def test_is_saved_with_its_arguments():
    layer = Augmentation(rotation=10, erasing=0.25, seed=3)
    assert Augmentation.from_config(layer.get_config()).options == layer.options


def test_impossible_options_are_refused():
    with pytest.raises(ValueError, match=r"zoom=1\.5"):
        Augmentation(zoom=1.5)


def test_stays_float32_in_mixed_precision(faces, bfloat16):
    assert augment(faces, rotation=10.0).dtype == np.float32
