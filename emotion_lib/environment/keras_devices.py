"""The devices that Keras computes on."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from ..errors import EmotionError
from .machine import processor
from .nvidia import gpus

_ASK = """
import json, keras
from emotion_lib.environment import devices
print(json.dumps([keras.backend.backend(), devices()]))
"""


class BackendError(EmotionError, RuntimeError):
    """Keras cannot run, or its backend lacks what is needed; the message says what to do."""


def devices() -> list[str]:
    """Return the devices that Keras sees, such as "cpu:0" and "gpu:0".

    The list is empty for a backend that does not list them.
    """
    import keras

    try:
        return keras.distribution.list_devices()
    except (AttributeError, NotImplementedError):  # PyTorch's
        return []


def backend_and_devices() -> tuple[str, list[str]]:
    """Return the name of Keras's backend, and the devices that it sees.

    Listing devices reserves memory of a GPU for the rest of the process, so a separate process is
    asked. It takes 4 s with TensorFlow, 2 s with JAX.

    Raises:
        BackendError: Keras does not start, for example because its backend is not installed.
    """
    environment = {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    }
    answer = subprocess.run(
        [sys.executable, "-c", _ASK],
        capture_output=True,
        text=True,
        env=environment | os.environ,
    )
    if answer.returncode != 0:
        *_, reason = answer.stderr.strip().splitlines() or [f"exit status {answer.returncode}"]
        raise BackendError(
            f"Expected a backend that Keras runs on. Received: {reason}. Install it, or name "
            "another by KERAS_BACKEND=jax or KERAS_BACKEND=tensorflow in the environment."
        )
    backend, seen = json.loads(answer.stdout.splitlines()[-1])
    return backend, seen


def sees_gpu(seen: Sequence[str]) -> bool:
    """Return whether a GPU is among devices as :func:`devices` returns them."""
    return any(not name.lower().startswith("cpu") for name in seen)


def device() -> str:
    """Return the name of the hardware that Keras computes on.

    It is the name of each GPU that it sees, else the processor's name with its number of cores.
    """
    if sees_gpu(devices()):
        names = [gpu.name for gpu in gpus()]
        if names:
            return ", ".join(names)
    return processor()
