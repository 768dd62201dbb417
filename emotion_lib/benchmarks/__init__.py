"""Benchmarks: the cost of training and inference, compared with plain Keras, PyTorch and others."""

from ..environment import require

require("pandas")
