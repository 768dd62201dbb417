"""Subjects of the benchmark: the same training in PyTorch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .keras_subjects import Subject, random_batch

if TYPE_CHECKING:
    import torch


def torch_network(widths: Sequence[int], dropout: float = 0.0) -> "torch.nn.Module":
    """Return the network of :func:`.keras_subjects.keras_network` in PyTorch, channels last."""
    import torch
    from torch import nn

    layers: list[nn.Module] = []
    channels = 1
    for width in widths:
        for _ in range(2):
            layers.append(nn.Conv2d(channels, width, 3, padding=1, bias=False))
            layers.append(nn.BatchNorm2d(width, eps=1e-3, momentum=0.01))
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
