"""Training on all available devices."""

import keras
from keras.distribution import DataParallel, TensorLayout


def use_all_devices() -> list[str]:
    """Let several GPUs compute one training together.

    Each has all weights and gets an equal share of every batch. This works under JAX only, for
    models that are built afterwards (:func:`.precision.set_precision` calls it for that reason). On
    one device nothing changes, as when CUDA_VISIBLE_DEVICES gives each process a device. Under
    TensorFlow Keras lists devices too, but ``fit`` would use only one of them.

    Returns:
        The devices, such as "gpu:0" and "gpu:1"; empty if batches are not shared.
    """
    if keras.backend.backend() != "jax":
        return []
    devices = keras.distribution.list_devices()
    if len(devices) < 2:
        return []
    if keras.distribution.distribution() is None:
        keras.distribution.set_distribution(_DataParallel(devices=devices))
        print(f"Training on {len(devices)} devices: {', '.join(devices)}.")
    return devices


class _DataParallel(DataParallel):
    """Keras's distribution, extended to batches that are not a multiple of the device count.

    Such a batch goes to each device as a whole, and each computes the same.
    """

    def get_data_layout(self, data_shape):
        if data_shape[0] % self.device_mesh.devices.size:
            return TensorLayout([None] * len(data_shape), self.device_mesh)
        return super().get_data_layout(data_shape)
