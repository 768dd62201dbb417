"""Layers that Keras lacks, on any backend: augmentation, inert at inference, and AlexNet's normalisation."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable("emotion_lib")
class Augmentation(keras.layers.Layer):
    """Random flip, affine warp, light and erasing of raw pixels 0..255, another draw for every image and step.

    All geometry is one affine transform with one bilinear interpolation, so the image is blurred once and costs one
    pass. At inference the layer returns its input unchanged.

    Args:
        flip: mirror left and right with probability 1/2.
        rotation: up to so many degrees either way.
        shift: up to this share of height and width, either way.
        zoom: scale between ``1 - zoom`` and ``1 + zoom``.
        shear: up to so many degrees either way.
        brightness: add up to this share of 255, either way.
        contrast: scale the difference to the image's mean by ``1 - contrast`` to ``1 + contrast``.
        erasing: probability of painting a random rectangle (2 to 20 % of the area) in a random gray
            (Zhong et al., "Random Erasing", 2020).
        seed: of the draws.

    Input and output: float32 ``(batch, height, width, channels)``, 0..255.
    """

    def __init__(
        self,
        *,
        flip: bool = True,
        rotation: float = 0.0,
        shift: float = 0.0,
        zoom: float = 0.0,
        shear: float = 0.0,
        brightness: float = 0.0,
        contrast: float = 0.0,
        erasing: float = 0.0,
        seed: int | None = None,
        **kwargs,
    ):
        # Pixels keep full precision: bfloat16 knows only 8 bits of them, and the warp has no bfloat16 kernel.
        super().__init__(**{**kwargs, "dtype": "float32"})
        if not 0 <= zoom < 1 or not 0 <= erasing <= 1:
            raise ValueError(
                f"Expected zoom in [0, 1) and erasing in [0, 1]. Received: zoom={zoom}, erasing={erasing}."
            )
        self.options = {
            "flip": flip, "rotation": rotation, "shift": shift, "zoom": zoom, "shear": shear,
            "brightness": brightness, "contrast": contrast, "erasing": erasing, "seed": seed,
        }  # fmt: skip
        self._random = keras.random.SeedGenerator(seed)
        if keras.config.backend() == "tensorflow":
            self.supports_jit = (
                False  # TensorFlow's projective transform has no kernel for XLA on GPUs
            )

    def get_config(self):
        """The arguments, for saving."""
        return {**super().get_config(), **self.options}

    def compute_output_shape(self, input_shape):
        """The input's shape."""
        return input_shape

    def portable(self) -> keras.layers.Layer:
        """What the layer is at inference: nothing."""
        return keras.layers.Identity(name=self.name)

    def call(self, images, training=False):
        """Augment when training, else pass on."""
        if not training:
            return images
        o = self.options
        if o["flip"] or o["rotation"] or o["shift"] or o["zoom"] or o["shear"]:
            images = self._warp(images)
        if o["brightness"] or o["contrast"]:
            images = self._light(images)
        if o["erasing"]:
            images = self._erase(images)
        return images

    def _uniform(self, images, low: float, high: float):
        """One draw an image: float32 ``(batch,)``."""
        return keras.random.uniform(
            (ops.shape(images)[0],), low, high, dtype="float32", seed=self._random
        )

    def _warp(self, images):
        o = self.options
        height, width = images.shape[1], images.shape[2]
        angle = self._uniform(images, -1, 1) * math.radians(o["rotation"])
        shear = ops.tan(self._uniform(images, -1, 1) * math.radians(o["shear"]))
        scale = 1.0 / self._uniform(images, 1 - o["zoom"], 1 + o["zoom"])
        mirror = (
            ops.where(self._uniform(images, 0, 1) < 0.5, -1.0, 1.0)
            if o["flip"]
            else ops.ones_like(angle)
        )
        # Output pixel -> input pixel: scale, shear and rotation about the centre, then the shift.
        cos, sin = ops.cos(angle) * scale, ops.sin(angle) * scale
        a, b = mirror * cos, mirror * (cos * shear - sin)
        c, d = sin, sin * shear + cos
        cx, cy = (width - 1) / 2, (height - 1) / 2
        dx = cx + self._uniform(images, -1, 1) * o["shift"] * width - a * cx - b * cy
        dy = cy + self._uniform(images, -1, 1) * o["shift"] * height - c * cx - d * cy
        zero = ops.zeros_like(a)
        transform = ops.stack([a, b, dx, c, d, dy, zero, zero], axis=1)
        return ops.image.affine_transform(
            images,
            transform,
            interpolation="bilinear",
            fill_mode="nearest",
            data_format="channels_last",
        )

    def _light(self, images):
        o = self.options
        contrast = self._uniform(images, 1 - o["contrast"], 1 + o["contrast"])[:, None, None, None]
        brightness = self._uniform(images, -255 * o["brightness"], 255 * o["brightness"])[
            :, None, None, None
        ]
        mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
        return ops.clip((images - mean) * contrast + (mean + brightness), 0.0, 255.0)

    def _erase(self, images):
        height, width = images.shape[1], images.shape[2]
        area, aspect = self._uniform(images, 0.02, 0.2), ops.exp(self._uniform(images, -1, 1))
        hit = self._uniform(images, 0, 1) < self.options["erasing"]

        def span(
            share, size: int
        ):  # bool (batch, size): which rows or columns the rectangle covers
            length = ops.minimum(share, 1.0) * size
            start = self._uniform(images, 0, 1) * (size - length)
            position = ops.arange(size, dtype="float32")[None]
            return ops.logical_and(position >= start[:, None], position < (start + length)[:, None])

        rows, columns = span(ops.sqrt(area * aspect), height), span(ops.sqrt(area / aspect), width)
        inside = ops.logical_and(rows[:, :, None], columns[:, None, :])
        inside = ops.logical_and(inside, hit[:, None, None])[..., None]
        return ops.where(inside, self._uniform(images, 0, 255)[:, None, None, None], images)
