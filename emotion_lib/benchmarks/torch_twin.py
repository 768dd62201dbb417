"""A Keras model rebuilt in PyTorch, layer by layer, with the same weights."""

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ..models.keras_internals import following_operations, preceding_operations


class TorchTwin(nn.Module):
    """PyTorch model with the layers and weights of a Keras model.

    It sees the image, and holds the kernels, mirrored on both axes. With strides, Keras pads the
    end of each axis where PyTorch pads its beginning, and so no padding has to be added in a step
    of its own. The sides of the image have to be multiples of all strides.

    Args:
        model: Keras model with one input ``(height, width, channels)`` and one output, made of
            the layers of this library's folded models.
        dtype: of every layer but the last, which stays in float32, as
            :func:`emotion_lib.models.folding.folded` does it. Normalisation of the input is
            computed in float32 too.

    Raises:
        ValueError: the model has a layer of another type.
    """

    def __init__(self, model: keras.Model, dtype: torch.dtype = torch.float32):
        super().__init__()
        self.layers = nn.ModuleList()
        # For each layer the places of its inputs in the list of all layers' outputs.
        self.sources: list[list[int]] = []
        place = {id(layer): index for index, layer in enumerate(model.layers)}
        for layer in model.layers:
            self.layers.append(_converted(layer))
            sources = [place[id(source)] for source in preceding_operations(layer)]
            self.sources.append(sources)
        self.to(memory_format=torch.channels_last)
        self.dtype = dtype
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                layer.to(dtype)
        self.eval()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return probabilities ``(n, classes)`` of uint8 ``(n, channels, height, width)``."""
        outputs: list[torch.Tensor] = []
        mirrored = images.float().flip((2, 3))
        for layer, sources in zip(self.layers, self.sources, strict=True):
            inputs = [outputs[source] for source in sources] or [mirrored]
            if isinstance(layer, nn.Conv2d):
                inputs = [inputs[0].to(self.dtype, memory_format=torch.channels_last)]
            outputs.append(layer(*inputs))
        return outputs[-1]


class _Function(nn.Module):
    """Layer without weights."""

    def __init__(self, function: Callable[..., torch.Tensor]):
        super().__init__()
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.function(*inputs)


def _convolution(layer: keras.layers.Conv2D) -> nn.Conv2d:
    """Return a convolution with the padding "same", its kernel mirrored on both axes."""
    kernel, bias = layer.get_weights()
    height, width, channels, filters = kernel.shape
    convolution = nn.Conv2d(
        channels, filters, (height, width), layer.strides, (height // 2, width // 2)
    )
    weights = kernel[::-1, ::-1].transpose(3, 2, 0, 1)  # as PyTorch orders them
    convolution.weight.data = torch.from_numpy(np.ascontiguousarray(weights))
    convolution.bias.data = torch.from_numpy(bias)
    return convolution


class _Dense(nn.Module):
    """Fully connected layer with softmax, in float32."""

    def __init__(self, layer: keras.layers.Dense):
        super().__init__()
        kernel, bias = layer.get_weights()
        self.linear = nn.Linear(*kernel.shape)
        self.linear.weight.data = torch.from_numpy(np.ascontiguousarray(kernel.T))
        self.linear.bias.data = torch.from_numpy(bias)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.linear(features.float()).softmax(1)


def _normalized(images: torch.Tensor, epsilon: float) -> torch.Tensor:
    """Return images ``(n, channels, height, width)`` with mean 0 and variance 1 each."""
    return functional.layer_norm(images, images.shape[1:], eps=epsilon)


def _converted(layer: keras.layers.Layer) -> nn.Module:
    """Return a layer in PyTorch."""
    is_same = getattr(layer, "padding", "same") == "same"
    if isinstance(layer, keras.layers.Conv2D) and is_same and layer.groups == 1:
        return _convolution(layer)
    if isinstance(layer, keras.layers.LayerNormalization) and not layer.get_weights():
        return _Function(partial(_normalized, epsilon=layer.epsilon))
    if isinstance(layer, keras.layers.Dense) and layer.activation is keras.activations.softmax:
        return _Dense(layer)
    if isinstance(layer, keras.layers.AveragePooling2D) and not is_same:
        return nn.AvgPool2d(layer.pool_size, layer.strides)
    if isinstance(layer, keras.layers.ReLU) and not layer.negative_slope:
        (source,) = preceding_operations(layer)
        # In place, as PyTorch's users write it, where nothing else takes the input.
        in_place = len(following_operations(source)) == 1
        return _Function(partial(functional.relu, inplace=in_place))
    if isinstance(layer, keras.layers.Add):
        return _Function(torch.add)
    if isinstance(layer, keras.layers.GlobalAveragePooling2D):
        return _Function(lambda images: images.mean((2, 3)))
    if isinstance(layer, keras.layers.InputLayer | keras.layers.Identity | keras.layers.Dropout):
        return nn.Identity()
    raise ValueError(
        f"Expected a layer that can be rebuilt in PyTorch. Received: {layer.name} "
        f"({type(layer).__name__}). Add it to {__name__}."
    )
