"""The number format that a processor or GPU computes fastest in."""

from pathlib import Path

import keras

from ..environment import devices
from .devices import use_all_devices

_CONFIGURATION = {"floatx": "float32", "image_data_format": "channels_last"}


def set_precision(precision: str = "auto") -> str:
    """Set Keras's global dtype policy and use all devices; call it before building a model.

    Every GPU counts as computing in bfloat16, as NVIDIA's do from Ampere on; on an older one ask
    for "mixed_float16". See :func:`.devices.use_all_devices`.

    Args:
        precision: a Keras policy such as "float32" or "mixed_bfloat16", or "auto": mixed_bfloat16
            where the processor or GPU computes in it; otherwise float32, because emulated bfloat16
            is slower, and for JAX on a CPU.

    Returns:
        The policy's name.

    Raises:
        ValueError: Keras is configured for other networks, see :func:`check_configuration`.
    """
    check_configuration()
    if precision == "auto":
        precision = "mixed_bfloat16" if _has_bfloat16() else "float32"
    keras.config.set_dtype_policy(precision)
    use_all_devices()
    return precision


def check_configuration() -> None:
    """Refuse a Keras configuration that the networks of this library are not made for.

    Raises:
        ValueError: ``keras.json`` has another floatx or image data format, usually of another
            project.
    """
    for name, expected in _CONFIGURATION.items():
        received = getattr(keras.config, name)()
        if received != expected:
            raise ValueError(
                f"Expected Keras's {name} to be {expected}. Received: {received}. Correct it in "
                "keras.json (in ~/.keras, or in KERAS_HOME), or set KERAS_HOME to an empty folder."
            )


def _has_bfloat16() -> bool:
    for device in devices():
        if "gpu" in device.lower() or "cuda" in device.lower():
            return True
    if keras.backend.backend() == "jax":
        # bfloat16 is no faster on a CPU, and XLA's mean over a bfloat16 image becomes NaN there.
        return False
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:  # not Linux
        return False
