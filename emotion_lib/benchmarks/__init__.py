"""Benchmarks: the cost of training and inference, beside plain Keras, PyTorch and others."""
