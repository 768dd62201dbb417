"""Changes to images and labels on the CPU, for any backend: degradation, framing and mixing.

A transform of batches is a callable of ``(images, labels, rng, epoch)`` that returns images and
labels; :class:`emotion_lib.datasets.batches.Batches` applies it. The simulated camera shift
(:func:`shifted`) between FER-2013's faces and those of other cameras consists of the same parts, so
that a model can be evaluated on it without test data.
"""

from dataclasses import dataclass, replace

import numpy as np

from .dataset import Split

Batch = tuple[np.ndarray, np.ndarray]  # images and labels


@dataclass(frozen=True)
class Degradation:
    """Loss of quality by cameras, enlargement and compression, drawn for each image.

    Attributes:
        resolution: probability that the image was smaller before, between ``smallest`` and its own
            size.
        blur: probability of a Gaussian blur, standard deviation up to 1.2 px.
        noise: probability of Gaussian noise, standard deviation up to 12 of 255.
        jpeg: probability of JPEG compression, quality 25 to 90.
        smallest: px per side.
    """

    resolution: float = 0.3
    blur: float = 0.2
    noise: float = 0.2
    jpeg: float = 0.3
    smallest: int = 18

    def scaled(self, factor: float) -> "Degradation":
        """Return a degradation with every probability multiplied by ``factor``."""
        return replace(
            self,
            resolution=self.resolution * factor,
            blur=self.blur * factor,
            noise=self.noise * factor,
            jpeg=self.jpeg * factor,
        )

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ) -> Batch:
        """Return new uint8 images ``(n, height, width[, channels])``, and the labels unchanged."""
        import cv2

        changed = np.array(images)
        draws = rng.random((len(images), 4))
        strengths = rng.random((len(images), 4))
        for index in range(len(images)):
            image = changed[index]
            shape = image.shape
            draw = draws[index]
            strength = strengths[index]
            if draw[0] < self.resolution:
                side = round(self.smallest + strength[0] * (shape[0] - self.smallest))
                small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
                image = cv2.resize(small, shape[1::-1], interpolation=cv2.INTER_CUBIC)
            if draw[1] < self.blur:
                image = cv2.GaussianBlur(image, (0, 0), 0.3 + 0.9 * strength[1])
            if draw[2] < self.noise:
                noise = rng.normal(0, 1 + 11 * strength[2], image.shape)
                image = np.clip(image + noise, 0, 255).astype(np.uint8)
            if draw[3] < self.jpeg:
                quality = [cv2.IMWRITE_JPEG_QUALITY, int(25 + 65 * strength[3])]
                _, file = cv2.imencode(".jpg", image, quality)
                image = cv2.imdecode(file, cv2.IMREAD_UNCHANGED)
            changed[index] = image.reshape(shape)
        return changed, labels


@dataclass(frozen=True)
class Framing:
    """Another crop of the same face, as another detector would have cut it.

    The face becomes larger or smaller, moves off the centre and is tilted. The edge of the image is
    repeated beyond its border.

    Attributes:
        scale: the face becomes between ``1 - scale`` and ``1 + scale`` times as large.
        shift: largest shift in each direction, as a share of the side.
        rotation: largest rotation in each direction, degrees.
    """

    scale: float = 0.15
    shift: float = 0.06
    rotation: float = 8.0

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ) -> Batch:
        """Return new uint8 images ``(n, height, width[, channels])``, and the labels unchanged."""
        import cv2

        height, width = images.shape[1:3]
        center = ((width - 1) / 2, (height - 1) / 2)
        changed = np.empty(images.shape, np.uint8)
        for index, image in enumerate(images):
            scale = 1 + self.scale * rng.uniform(-1, 1)
            angle = self.rotation * rng.uniform(-1, 1)
            matrix = cv2.getRotationMatrix2D(center, angle, scale)
            matrix[:, 2] += self.shift * rng.uniform(-1, 1, 2) * (width, height)
            new = cv2.warpAffine(
                image,
                matrix,
                (width, height),
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            changed[index] = new.reshape(image.shape)
        return changed, labels


@dataclass(frozen=True)
class Mixing:
    """Pairs of images mixed into one, with their labels in the same shares.

    Mixup (Zhang et al., ICLR 2018) overlays the second image, CutMix (Yun et al., ICCV 2019) pastes
    a rectangle of it.

    Attributes:
        alpha: of the Beta distribution of the shares in mixup; 0: no mixup.
        cutmix: share of the batches that get CutMix instead.
        until: epoch (from 0) from which on nothing is mixed, so that the end of a training sees
            faces as they are; None: never.
    """

    alpha: float = 0.2
    cutmix: float = 0.0
    until: int | None = None

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ) -> Batch:
        """Return images of the same shape, float32 after mixup, and float32 labels.

        Args:
            images: ``(n, height, width[, channels])``.
            labels: shares ``(n, num_classes)``, see :func:`one_hot`.
            rng: random generator.
            epoch: number of the epoch, from 0.

        Raises:
            ValueError: labels of another shape.
        """
        if labels.ndim != 2:
            raise ValueError(
                "Expected labels (n, num_classes), which can be mixed. "
                f"Received: {labels.shape}. See one_hot."
            )
        if self.until is not None and epoch >= self.until:
            return images, labels
        order = rng.permutation(len(images))
        if rng.random() < self.cutmix:
            return _cut_and_paste(images, labels, order, rng)
        if not self.alpha:
            return images, labels
        share = rng.beta(self.alpha, self.alpha, len(images)).astype(np.float32)
        share_of_images = share.reshape(-1, *[1] * (images.ndim - 1))
        mixed = share_of_images * images + (1 - share_of_images) * images[order]
        return mixed, _mixed_labels(labels, labels[order], share[:, None])


@dataclass(frozen=True)
class Sequence:
    """Several transforms, one after the other."""

    steps: tuple

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ) -> Batch:
        """Return the images and labels after all steps."""
        for step in self.steps:
            images, labels = step(images, labels, rng, epoch)
        return images, labels


def one_hot(split: Split, num_classes: int, smoothing: float = 0.0) -> Split:
    """Return a split with shares as labels, float32 ``(n, num_classes)``.

    Args:
        split: with labels ``(n,)``, or ``(n, num_classes)`` that are shares already.
        num_classes: number of classes.
        smoothing: share that is distributed equally over all classes (label smoothing, Szegedy et
            al., CVPR 2016).
    """
    shares = split.labels
    if shares.ndim == 1:
        shares = np.eye(num_classes, dtype=np.float32)[shares]
    smoothed = (1 - smoothing) * shares + smoothing / num_classes
    return replace(split, labels=smoothed.astype(np.float32))


def resized(split: Split, side: int) -> Split:
    """Return a split with smaller square images, each pixel the mean of those it replaces.

    Args:
        split: with uint8 images ``(n, height, width[, channels])``.
        side: px per side.
    """
    import cv2

    images = np.empty((len(split), side, side, *split.images.shape[3:]), np.uint8)
    for index, image in enumerate(split.images):
        small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        images[index] = small.reshape(images.shape[1:])
    return replace(split, images=images)


def shifted(split: Split, seed: int = 0) -> Split:
    """Return a split under the simulated camera shift: framed differently and degraded, strongly.

    The images look as if other cameras and other detectors had delivered them. The accuracy that a
    model loses on validation under this shift is an estimate of the loss its users will see.

    Args:
        split: with uint8 images.
        seed: random seed; the same seed gives the same images.
    """
    rng = np.random.default_rng(seed)
    change = Sequence((Framing(0.2, 0.08, 12.0), Degradation(0.6, 0.4, 0.4, 0.6, smallest=16)))
    images, _ = change(np.asarray(split.images), split.labels, rng)
    return replace(split, images=images)


def _cut_and_paste(
    images: np.ndarray, labels: np.ndarray, order: np.ndarray, rng: np.random.Generator
) -> Batch:
    share = rng.random()
    height, width = images.shape[1:3]
    cut_height = round(height * np.sqrt(1 - share))
    cut_width = round(width * np.sqrt(1 - share))
    top = rng.integers(height - cut_height + 1)
    left = rng.integers(width - cut_width + 1)
    rows = slice(top, top + cut_height)
    columns = slice(left, left + cut_width)
    mixed = np.array(images)
    mixed[:, rows, columns] = images[order, rows, columns]
    kept = 1 - cut_height * cut_width / (height * width)
    return mixed, _mixed_labels(labels, labels[order], kept)


def _mixed_labels(first: np.ndarray, second: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    return (share * first + (1 - share) * second).astype(np.float32)
