"""Weights out of a PyTorch checkpoint, without PyTorch and without running anything the file might hold.

The format is that of ``torch.save`` before version 1.6: a magic number, the protocol, sizes of types, a pickled dictionary
of tensors that name their storages, the storages' names, and their bytes one after another.
"""

import collections
import math
import os
import pickle
from typing import BinaryIO

import numpy as np

_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {
    "FloatStorage": np.float32, "DoubleStorage": np.float64, "HalfStorage": np.float16,
    "LongStorage": np.int64, "IntStorage": np.int32, "ByteStorage": np.uint8,
}  # fmt: skip


class _Unpickler(pickle.Unpickler):
    """Knows tensors and ordered dictionaries, and refuses everything else."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: (storage, offset, shape, strides)
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, name):
        _, dtype, key, _, length, *_ = name
        return dtype, key, length


def read_torch_checkpoint(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Name -> array, in the file's order.

    Raises:
        ValueError: not such a checkpoint, or one that holds more than tensors.
    """
    with open(path, "rb") as file:
        try:
            if _Unpickler(file).load() != _MAGIC:
                raise pickle.UnpicklingError("another magic number")
            _Unpickler(file).load(), _Unpickler(file).load()
            tensors, keys = _Unpickler(file).load(), _Unpickler(file).load()
            dtypes = {storage[1]: storage[0] for storage, *_ in tensors.values()}
            storages = {key: _read_storage(file, dtypes[key]) for key in keys}
            arrays = {name: _view(storages, *tensor) for name, tensor in tensors.items()}
        except Exception as error:  # whatever pickle and the parsing of a damaged file stumble over
            raise ValueError(
                f"Expected a PyTorch checkpoint of tensors as torch.save wrote it before 1.6. Received: {path} ({error})."
            ) from error
    return arrays


def _view(
    storages: dict[str, np.ndarray], storage: tuple, offset: int, shape: tuple, strides: tuple
) -> np.ndarray:
    """A tensor cut out of its storage; what a damaged file asks for beyond the storage's end is refused."""
    data = storages[storage[1]]
    last = offset + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
    # A stride of 0 would make any number of values of one.
    if (
        offset < 0
        or min((*shape, *strides, 1)) < 0
        or last >= len(data)
        or math.prod(shape) > len(data)
    ):
        raise ValueError(f"a tensor of shape {shape} beyond the end of its storage")
    bytes_a_step = [step * data.itemsize for step in strides]
    return np.lib.stride_tricks.as_strided(data[offset:], shape, bytes_a_step).copy()


def _read_storage(file: BinaryIO, dtype) -> np.ndarray:
    length = int.from_bytes(file.read(8), "little")
    size = length * np.dtype(dtype).itemsize
    if (
        size > os.fstat(file.fileno()).st_size
    ):  # memory for it would be taken before anything is read
        raise ValueError(f"a storage of {size} bytes beyond the end of the file")
    data = file.read(size)
    return np.frombuffer(data, dtype, length)
