"""What training and inference cost on this machine, beside plain Keras and PyTorch: ``python -m emotion_lib.benchmarks``."""
