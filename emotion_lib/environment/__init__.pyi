from .checkout import CheckoutError, require_checkout
from .extras import MissingPackageError, explained, require
from .keras_devices import BackendError, backend_and_devices, device, devices, sees_gpu
from .machine import cores, memory, processor
from .nvidia import Gpu, gpus
from .provenance import COMMIT_FILE, commit, versions

__all__ = [
    "COMMIT_FILE",
    "BackendError",
    "CheckoutError",
    "Gpu",
    "MissingPackageError",
    "backend_and_devices",
    "commit",
    "cores",
    "device",
    "devices",
    "explained",
    "gpus",
    "memory",
    "processor",
    "require",
    "require_checkout",
    "sees_gpu",
    "versions",
]
