from emotion_lib.datasets.batches import Batches
from emotion_lib.training.identity import identity_of


def test_the_way_a_step_is_compiled_does_not_matter(dataset, compiled):
    """The meaning of "auto" differs between backends."""
    model = compiled()
    batches = Batches(dataset.train, 16)
    identities = set()
    for jit_compile in (False, True):
        loss = "sparse_categorical_crossentropy"
        model.compile(model.optimizer, loss, metrics=["accuracy"], jit_compile=jit_compile)
        identities.add(identity_of(model, batches, 4, {}))
    assert len(identities) == 1


def test_settings_of_the_training_matter(dataset, compiled):
    model = compiled()
    batches = Batches(dataset.train, 16)
    identities = {
        identity_of(model, batches, 4, {}),
        identity_of(model, batches, 5, {}),
        identity_of(model, batches, 4, {"class_weight": {0: 2.0}}),
        identity_of(model, Batches(dataset.train, 8), 4, {}),
        identity_of(compiled(learning_rate=0.5), batches, 4, {}),
    }
    assert len(identities) == 5
