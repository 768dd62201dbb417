"""Training on all devices that are there."""

import keras
from keras.distribution import DataParallel, TensorLayout


def use_all_devices() -> list[str]:
    """Have several GPUs compute one training together: each has all weights and gets an equal share of every batch.

    Works under JAX only, for models that are built afterwards (:func:`set_precision` calls it for that reason). On one
    device nothing changes, as when CUDA_VISIBLE_DEVICES gives each of several processes its own. On TensorFlow Keras lists
    devices too, but ``fit`` would use only one of them.

    Returns:
        The devices, such as "gpu:0" and "gpu:1", or none if batches are not shared.
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
    """Keras's, which cannot take batches that are no multiple of the number of devices; here each device gets all of one,
    and computes the same."""

    def get_data_layout(self, data_shape):
        if data_shape[0] % self.device_mesh.devices.size:
            return TensorLayout([None] * len(data_shape), self.device_mesh)
        return super().get_data_layout(data_shape)
