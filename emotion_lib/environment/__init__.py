"""The environment of a result: commit, package versions, processor, memory and GPUs.

Importing this package does not import Keras.
"""

from .keras_devices import BackendError, backend_and_devices, device, devices, sees_gpu
from .machine import cores, memory, processor
from .nvidia import Gpu, gpus
from .provenance import COMMIT_FILE, commit, versions

__all__ = [
    "COMMIT_FILE",
    "BackendError",
    "Gpu",
    "backend_and_devices",
    "commit",
    "cores",
    "device",
    "devices",
    "gpus",
    "memory",
    "processor",
    "sees_gpu",
    "versions",
]
