import keras
import pytest

from emotion_lib import training


@pytest.mark.parametrize(
    "name, value", [("floatx", "float16"), ("image_data_format", "channels_first")]
)
def test_a_keras_configuration_for_other_networks_is_refused(
    dataset, tmp_path, monkeypatch, compiled, fit, name, value
):
    model = compiled()
    monkeypatch.setattr(keras.config, name, lambda: value)
    message = rf"Expected Keras's {name}.*Received: {value}.*keras\.json"
    with pytest.raises(ValueError, match=message):
        fit(dataset, tmp_path, model)
    with pytest.raises(ValueError, match=message):
        training.set_precision("float32")


@pytest.fixture
def float32_afterwards():
    """Set Keras's policy back to float32 after the test."""
    yield
    keras.config.set_dtype_policy("float32")


def test_a_named_precision_is_set(float32_afterwards):
    for name in ("mixed_bfloat16", "float32"):
        assert training.set_precision(name) == name
        assert keras.config.dtype_policy().name == name


def test_auto_depends_on_the_machine(float32_afterwards, monkeypatch):
    assert training.set_precision("auto") in ("float32", "mixed_bfloat16")
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    for device, precision in (("cpu:0", "float32"), ("gpu:0", "mixed_bfloat16")):
        monkeypatch.setattr(keras.distribution, "list_devices", lambda device=device: [device])
        assert training.set_precision("auto") == precision
