"""Image augmentation as a layer, on any backend; without effect at inference."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable("emotion_lib")
class Augmentation(keras.layers.Layer):
    """Random flip, affine warp, light and erasing of raw pixels, drawn per image and step.

    All geometry is one affine transform with one bilinear interpolation: the image is blurred once
    and costs one pass. At inference the layer returns its input unchanged.

    Input and output: float32 ``(batch, height, width, channels)``, 0..255.

    Args:
        flip: mirror left and right with probability 1/2.
        rotation: in degrees, at most, in both directions.
        shift: share of height and width, at most, in both directions.
        zoom: scale between ``1 - zoom`` and ``1 + zoom``.
        shear: in degrees, at most, in both directions.
        brightness: share of 255 that is added or subtracted, at most.
        contrast: factor of the difference to the image's mean, ``1 - contrast`` to
            ``1 + contrast``.
        erasing: probability of a random rectangle (2 to 20 % of the area) in a random gray (Zhong
            et al., "Random Erasing Data Augmentation", AAAI 2020).
        seed: of the random numbers; None: another one each time.

    Raises:
        ValueError: ``zoom`` is not in [0, 1) or ``erasing`` not in [0, 1].

    Example:
        >>> images = keras.ops.zeros((2, 48, 48, 1))
        >>> Augmentation(rotation=10, seed=0)(images, training=True).shape
        TensorShape([2, 48, 48, 1])
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
        # Pixels keep full precision: bfloat16 has 8 bits, and the warp has no bfloat16 kernel.
        super().__init__(**{**kwargs, "dtype": "float32"})
        if not 0 <= zoom < 1 or not 0 <= erasing <= 1:
            raise ValueError(
                "Expected zoom in [0, 1) and erasing in [0, 1]. "
                f"Received: zoom={zoom}, erasing={erasing}."
            )
        self.options = {
            "flip": flip,
            "rotation": rotation,
            "shift": shift,
            "zoom": zoom,
            "shear": shear,
            "brightness": brightness,
            "contrast": contrast,
            "erasing": erasing,
            "seed": seed,
        }
        self._random = keras.random.SeedGenerator(seed)
        if keras.config.backend() == "tensorflow":
            # TensorFlow's projective transform has no kernel for XLA on GPUs.
            self.supports_jit = False

    def get_config(self) -> dict:
        """Return the arguments, for saving."""
        return {**super().get_config(), **self.options}

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def portable(self) -> keras.layers.Layer:
        """Return the inference-time equivalent: an identity layer."""
        return keras.layers.Identity(name=self.name)

    def call(self, images, training=False):
        """Return augmented images in training, and the images themselves at inference."""
        if not training:
            return images
        options = self.options
        geometry = ("flip", "rotation", "shift", "zoom", "shear")
        if any(options[name] for name in geometry):
            images = self._warp(images)
        if options["brightness"] or options["contrast"]:
            images = self._change_light(images)
        if options["erasing"]:
            images = self._erase(images)
        return images

    def _uniform(self, images, low: float, high: float):
        """Return one random number per image: float32 ``(batch,)``."""
        return keras.random.uniform(
            (ops.shape(images)[0],), low, high, dtype="float32", seed=self._random
        )

    def _warp(self, images):
        """Return the images after one random affine transform each."""
        options = self.options
        height = images.shape[1]
        width = images.shape[2]
        angle = self._uniform(images, -1, 1) * math.radians(options["rotation"])
        shear = ops.tan(self._uniform(images, -1, 1) * math.radians(options["shear"]))
        scale = 1.0 / self._uniform(images, 1 - options["zoom"], 1 + options["zoom"])
        mirror = ops.ones_like(angle)
        if options["flip"]:
            mirror = ops.where(self._uniform(images, 0, 1) < 0.5, -1.0, 1.0)
        # Output pixel -> input pixel: scale, shear and rotation about the centre, then the shift.
        cos = ops.cos(angle) * scale
        sin = ops.sin(angle) * scale
        a = mirror * cos
        b = mirror * (cos * shear - sin)
        c = sin
        d = sin * shear + cos
        center_x = (width - 1) / 2
        center_y = (height - 1) / 2
        shift_x = self._uniform(images, -1, 1) * options["shift"] * width
        shift_y = self._uniform(images, -1, 1) * options["shift"] * height
        offset_x = center_x + shift_x - a * center_x - b * center_y
        offset_y = center_y + shift_y - c * center_x - d * center_y
        zero = ops.zeros_like(a)
        return ops.image.affine_transform(
            images,
            ops.stack([a, b, offset_x, c, d, offset_y, zero, zero], axis=1),
            interpolation="bilinear",
            fill_mode="nearest",
            data_format="channels_last",
        )

    def _change_light(self, images):
        """Return the images with random contrast and brightness."""
        options = self.options
        contrast = self._uniform(images, 1 - options["contrast"], 1 + options["contrast"])
        largest = 255 * options["brightness"]
        brightness = self._uniform(images, -largest, largest)
        contrast = contrast[:, None, None, None]
        brightness = brightness[:, None, None, None]
        mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
        return ops.clip((images - mean) * contrast + (mean + brightness), 0.0, 255.0)

    def _erase(self, images):
        """Return the images, some of them with a rectangle painted over."""
        area = self._uniform(images, 0.02, 0.2)
        aspect = ops.exp(self._uniform(images, -1, 1))
        is_erased = self._uniform(images, 0, 1) < self.options["erasing"]
        rows = self._span(images, ops.sqrt(area * aspect), images.shape[1])
        columns = self._span(images, ops.sqrt(area / aspect), images.shape[2])
        inside = ops.logical_and(rows[:, :, None], columns[:, None, :])
        inside = ops.logical_and(inside, is_erased[:, None, None])[..., None]
        gray = self._uniform(images, 0, 255)[:, None, None, None]
        return ops.where(inside, gray, images)

    def _span(self, images, share, size: int):
        """Return the rows or columns that the rectangle covers: bool ``(batch, size)``."""
        length = ops.minimum(share, 1.0) * size
        start = self._uniform(images, 0, 1) * (size - length)
        position = ops.arange(size, dtype="float32")[None]
        return ops.logical_and(position >= start[:, None], position < (start + length)[:, None])
