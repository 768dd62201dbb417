"""Weights of a PyTorch checkpoint, read without PyTorch and without running code from the file.

The format is that of ``torch.save`` before version 1.6: a magic number, the protocol, sizes of
types, a pickled dictionary of tensors that name their storages, the names of the storages, and
their bytes one after another.
"""

import collections
import math
import os
import pickle
from typing import BinaryIO

import numpy as np

_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "ByteStorage": np.uint8,
}


class _Unpickler(pickle.Unpickler):
    """An unpickler of tensors and ordered dictionaries that refuses everything else."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor_arguments
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, name):
        _, dtype, key, _, length, *_ = name
        return dtype, key, length


def read_torch_checkpoint(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Read the tensors of a checkpoint.

    Args:
        path: of the ``.pth`` file.

    Returns:
        Name -> array, in the file's order.

    Raises:
        ValueError: not such a checkpoint, or one that holds more than tensors.
    """
    with open(path, "rb") as file:
        try:
            return _read(file)
        except Exception as error:  # pickle raises many types for a damaged file
            raise ValueError(
                "Expected a PyTorch checkpoint of tensors as torch.save wrote it before 1.6. "
                f"Received: {path} ({error})."
            ) from error


def _read(file: BinaryIO) -> dict[str, np.ndarray]:
    if _Unpickler(file).load() != _MAGIC:
        raise pickle.UnpicklingError("another magic number")
    _Unpickler(file).load()  # the protocol
    _Unpickler(file).load()  # sizes of types
    tensors = _Unpickler(file).load()
    keys = _Unpickler(file).load()
    dtypes = {}
    for (dtype, key, _), *_ in tensors.values():
        dtypes[key] = dtype
    storages = {key: _read_storage(file, dtypes[key]) for key in keys}
    return {name: _tensor(storages, *arguments) for name, arguments in tensors.items()}


def _read_storage(file: BinaryIO, dtype: type) -> np.ndarray:
    length = int.from_bytes(file.read(8), "little")
    size = length * np.dtype(dtype).itemsize
    # Otherwise memory for a false length would be taken before anything is read.
    if size > os.fstat(file.fileno()).st_size:
        raise ValueError(f"a storage of {size} bytes beyond the end of the file")
    return np.frombuffer(file.read(size), dtype, length)


def _tensor_arguments(storage: tuple, offset: int, shape: tuple, strides: tuple, *_) -> tuple:
    """Return what :func:`_tensor` needs, in place of PyTorch's function that makes the tensor."""
    return storage, offset, shape, strides


def _tensor(
    storages: dict[str, np.ndarray], storage: tuple, offset: int, shape: tuple, strides: tuple
) -> np.ndarray:
    """Return a tensor cut out of its storage; refuse one that reaches beyond the storage."""
    data = storages[storage[1]]
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    is_negative = offset < 0 or min((*shape, *strides, 1)) < 0
    # A stride of 0 would make any number of values out of one.
    if is_negative or last >= len(data) or math.prod(shape) > len(data):
        raise ValueError(f"a tensor of shape {shape} beyond the end of its storage")
    strides_in_bytes = [stride * data.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(data[offset:], shape, strides_in_bytes).copy()
