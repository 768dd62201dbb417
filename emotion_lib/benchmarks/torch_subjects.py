"""Subjects of the benchmark: the same training and inference in PyTorch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .keras_subjects import Subject, random_batch

if TYPE_CHECKING:
    import torch

# Between the outputs of the Keras model in float32 and of its twin.
MAX_DIFFERENCE = {"float32": 1e-3, "bfloat16": 0.05}


def torch_network(widths: Sequence[int], dropout: float = 0.0) -> "torch.nn.Module":
    """Return the network of :func:`.keras_subjects.keras_network` in PyTorch, channels last."""
    import torch
    from torch import nn

    layers: list[nn.Module] = []
    channels = 1
    for width in widths:
        for _ in range(2):
            layers.append(nn.Conv2d(channels, width, 3, padding=1, bias=False))
            layers.append(nn.BatchNorm2d(width, eps=1e-3, momentum=0.1))
            layers.append(nn.ReLU(inplace=True))
            channels = width
        layers.append(nn.MaxPool2d(2))
        if dropout:
            layers.append(nn.Dropout(dropout))
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    if dropout:
        layers.append(nn.Dropout(2 * dropout))
    layers.append(nn.Linear(channels, 7))
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def torch_training(
    widths: Sequence[int],
    batch_size: int = 128,
    size: int = 48,
    dropout: float = 0.0,
    compiled: bool = False,
) -> Subject:
    """Measure training steps of Adam on one batch in memory, in bfloat16 autocast.

    On a GPU, which computes ahead of Python, twenty steps are one.
    """
    import os

    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(os.cpu_count() or 1)
    model = torch_network(widths, dropout).to(device)
    network = torch.compile(model) if compiled else model
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=device == "cuda")
    loss_function = torch.nn.CrossEntropyLoss()
    images, labels = random_batch(batch_size, size)
    inputs = torch.from_numpy(images.transpose(0, 3, 1, 2)).to(device)
    targets = torch.from_numpy(labels).to(device)

    def step():
        optimizer.zero_grad(set_to_none=True)
        pixels = (inputs.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device, torch.bfloat16):
            loss = loss_function(network(pixels), targets)
        loss.backward()
        optimizer.step()
        return loss

    def twenty_steps() -> float:
        for _ in range(20):
            loss = step()
        return loss.item()

    if device == "cpu":
        return lambda: step().item(), batch_size
    return twenty_steps, 20 * batch_size


def torch_inference(precision: str, batch_size: int = 256) -> Subject:
    """Measure the shipped model, rebuilt in PyTorch from its layers and weights, channels last.

    Args:
        precision: "float32" or "bfloat16".
        batch_size: faces per call.

    Raises:
        ValueError: the outputs are not those of the Keras model.
    """
    import os

    import numpy as np
    import torch

    from .. import artifacts
    from ..paths import best_dir
    from .torch_twin import TorchTwin

    torch.set_num_threads(os.cpu_count() or 1)
    model, _ = artifacts.load_model(best_dir() / "model.keras")
    images, _ = random_batch(batch_size, model.input_shape[1])
    inputs = torch.from_numpy(images.transpose(0, 3, 1, 2))
    twin = TorchTwin(model, getattr(torch, precision))

    def step() -> np.ndarray:
        with torch.inference_mode():
            return twin(inputs).numpy()

    difference = np.abs(step() - np.asarray(model.predict_on_batch(images))).max()
    if not difference <= MAX_DIFFERENCE[precision]:
        raise ValueError(
            f"Expected the outputs of the Keras model within {MAX_DIFFERENCE[precision]}. "
            f"Received: a difference of {difference:.2g}. Mend TorchTwin, or leave it out."
        )
    return step, batch_size
