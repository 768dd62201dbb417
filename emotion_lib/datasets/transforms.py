"""What a batch goes through on its way to training, on the CPU and on any backend: pictures made worse, and mixed.

Each is a callable of ``(images, labels, rng, epoch)`` that returns images and labels, given to
:class:`emotion_lib.datasets.batches.Batches`. The shift between FER-2013's faces and those of other cameras is made of the same
pieces (:func:`shifted`), so that a model can be judged on it without test data.
"""

from dataclasses import dataclass, replace

import numpy as np

from . import Split


@dataclass(frozen=True)
class Degradation:
    """What cameras, enlargements and files do to a face; each with its probability, one draw an image.

    Attributes:
        resolution: probability of having been smaller, between ``smallest`` and all of its side.
        blur: probability of a Gaussian blur, deviation up to 1.2 px.
        noise: probability of Gaussian noise, deviation up to 12 of 255.
        jpeg: probability of JPEG compression, quality 25 to 90.
        smallest: px a side.
    """

    resolution: float = 0.3
    blur: float = 0.2
    noise: float = 0.2
    jpeg: float = 0.3
    smallest: int = 18

    def scaled(self, factor: float) -> "Degradation":
        """The same with every probability so many times as high."""
        chances = (self.resolution, self.blur, self.noise, self.jpeg)
        return Degradation(*(chance * factor for chance in chances), self.smallest)

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ):
        """uint8 images ``(n, height, width[, channels])``, new; the labels as they are."""
        import cv2

        changed = np.array(images)
        draws, sizes = rng.random((len(images), 4)), rng.random((len(images), 4))
        for index, (draw, size) in enumerate(zip(draws, sizes, strict=True)):
            picture = changed[index]
            shape = picture.shape
            if draw[0] < self.resolution:
                side = round(self.smallest + size[0] * (shape[0] - self.smallest))
                small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
                picture = cv2.resize(small, shape[1::-1], interpolation=cv2.INTER_CUBIC)
            if draw[1] < self.blur:
                picture = cv2.GaussianBlur(picture, (0, 0), 0.3 + 0.9 * size[1])
            if draw[2] < self.noise:
                noise = rng.normal(0, 1 + 11 * size[2], picture.shape)
                picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
            if draw[3] < self.jpeg:
                _, file = cv2.imencode(
                    ".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(25 + 65 * size[3])]
                )
                picture = cv2.imdecode(file, cv2.IMREAD_UNCHANGED)
            changed[index] = picture.reshape(shape)
        return changed, labels


@dataclass(frozen=True)
class Framing:
    """Another crop of the same face, as another detector would have cut it: larger or smaller, off its centre, tilted. What
    lies beyond the picture repeats its edge.

    Attributes:
        scale: the face becomes between ``1 - scale`` and ``1 + scale`` as large.
        shift: up to this share of the side, either way.
        rotation: up to so many degrees either way.
    """

    scale: float = 0.15
    shift: float = 0.06
    rotation: float = 8.0

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ):
        """uint8 images ``(n, height, width[, channels])``, new; the labels as they are."""
        import cv2

        height, width = images.shape[1:3]
        changed = np.empty(images.shape, np.uint8)
        for index, picture in enumerate(images):
            scale, angle = 1 + self.scale * rng.uniform(-1, 1), self.rotation * rng.uniform(-1, 1)
            matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, scale)
            matrix[:, 2] += self.shift * rng.uniform(-1, 1, 2) * (width, height)
            new = cv2.warpAffine(
                picture,
                matrix,
                (width, height),
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            changed[index] = new.reshape(picture.shape)
        return changed, labels


@dataclass(frozen=True)
class Mixing:
    """Two images for one, their labels in the same shares: mixup (Zhang et al., ICLR 2018) lays one over the other, CutMix
    (Yun et al., ICCV 2019) pastes a rectangle of it.

    Attributes:
        alpha: of the Beta distribution that the shares are drawn from; 0: no mixup.
        cutmix: share of the batches that are cut and pasted instead.
        until: epoch (from 0) from which on nothing is mixed: the end of a training sees faces as they are.
    """

    alpha: float = 0.2
    cutmix: float = 0.0
    until: int | None = None

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ):
        """Images of the same shape, float32 where they are overlaid; labels must be shares, ``(n, num_classes)``."""
        if labels.ndim != 2:
            raise ValueError(
                f"Expected labels (n, num_classes), which can be shared. Received: {labels.shape}. See one_hot."
            )
        if self.until is not None and epoch >= self.until:
            return images, labels
        other = rng.permutation(len(images))
        if rng.random() < self.cutmix:
            share = rng.random()
            height, width = images.shape[1:3]
            h, w = round(height * np.sqrt(1 - share)), round(width * np.sqrt(1 - share))
            top, left = rng.integers(height - h + 1), rng.integers(width - w + 1)
            mixed = np.array(images)
            mixed[:, top : top + h, left : left + w] = images[other, top : top + h, left : left + w]
            kept = 1 - h * w / (height * width)
            return mixed, (kept * labels + (1 - kept) * labels[other]).astype(np.float32)
        if not self.alpha:
            return images, labels
        kept = rng.beta(self.alpha, self.alpha, len(images)).astype(np.float32)
        over = kept.reshape(-1, *[1] * (images.ndim - 1))
        mixed = over * images + (1 - over) * images[other]
        return mixed, (kept[:, None] * labels + (1 - kept[:, None]) * labels[other]).astype(
            np.float32
        )


@dataclass(frozen=True)
class Sequence:
    """Several transforms, one after the other."""

    steps: tuple

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, epoch: int = 0
    ):
        """See the steps."""
        for step in self.steps:
            images, labels = step(images, labels, rng, epoch)
        return images, labels


def one_hot(split: Split, num_classes: int, smoothing: float = 0.0) -> Split:
    """A split whose integer labels have become shares, float32 ``(n, num_classes)``; shares stay shares.

    Args:
        split: with labels ``(n,)`` or ``(n, num_classes)``.
        num_classes: number of classes.
        smoothing: this share is given to all classes in equal parts (Szegedy et al., CVPR 2016).
    """
    shares = (
        split.labels
        if split.labels.ndim == 2
        else np.eye(num_classes, dtype=np.float32)[split.labels]
    )
    return replace(
        split, labels=((1 - smoothing) * shares + smoothing / num_classes).astype(np.float32)
    )


def resized(split: Split, side: int) -> Split:
    """A split whose square images are small, uint8 ``(n, side, side[, channels])``; pixels are means of what they cover."""
    import cv2

    images = np.stack(
        [cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA) for image in split.images]
    )
    return replace(split, images=images.reshape(len(split), side, side, *split.images.shape[3:]))


def shifted(split: Split, seed: int = 0) -> Split:
    """The same faces as other cameras and other detectors would have brought them: re-framed and degraded, strongly, the
    same for the same seed. What a model loses on validation from the one to the other is what its users will see."""
    rng = np.random.default_rng(seed)
    change = Sequence((Framing(0.2, 0.08, 12.0), Degradation(0.6, 0.4, 0.4, 0.6, smallest=16)))
    images, _ = change(np.asarray(split.images), split.labels, rng)
    return replace(split, images=images)
