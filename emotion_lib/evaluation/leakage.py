"""Leakage: the same photograph twice, within a split or in two splits of a data set.

A network can memorise an image of training. If test holds a copy of it, the copy measures memory,
not what the network makes of a new face.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..datasets import Dataset, Split
from ..files import digest_of
from .near_copies import COLUMNS, CORRELATION, near_copies

SPLITS = ("train", "val", "test")
KINDS = ("exact", "near")


@dataclass(frozen=True)
class Leakage:
    """Exact and near copies among the images of a data set.

    Attributes:
        images: one row per image, training first: "split", "row" in it, "name", "label" (text),
            "group" (images of the same photograph share a number, also through other images; -1
            without any copy) and "one_color", which no pair holds.
        pairs: one row per pair: "kind", "exact" (the same pixels) or "near"; "correlation", "down",
            "right" and "mirrored", see :func:`emotion_lib.evaluation.near_copies.near_copies`;
            "first" < "second", rows of ``images``.
        left_out: bool ``(images,)``, those that the data set leaves out of training by default,
            because they are copies of validation or test images.
    """

    images: pd.DataFrame
    pairs: pd.DataFrame
    left_out: np.ndarray

    def pair_table(self) -> pd.DataFrame:
        """Return the pairs with both images written out: split, row, name and label of each.

        The pairs across splits come first, then those with the lower correlation.
        """
        table = self.pairs.drop(columns=["first", "second"])
        table["group"] = self.images["group"].to_numpy()[self.pairs["first"]]
        for side in ("first", "second"):
            chosen = self.images.iloc[self.pairs[side]]
            for column in ("split", "row", "name", "label"):
                table[f"{side}_{column}"] = chosen[column].to_numpy()
        within = table["first_split"] == table["second_split"]
        order = np.lexsort((table["correlation"], within))
        return table.iloc[order].reset_index(drop=True)

    def has_copy(
        self, split: str, other: str, kinds: Sequence[str] = KINDS, *, after_default: bool = False
    ) -> np.ndarray:
        """Return which images of a split have a copy in another split, or in the same.

        Args:
            split, other: "train", "val" or "test".
            kinds: of the copies: "exact", "near" or both.
            after_default: count only copies that the data set does not leave out by default.

        Returns:
            bool ``(n,)``, in the order of the split.
        """
        chosen = self._pairs_between(split, other, kinds, after_default)
        rows = pd.concat([chosen["first"], chosen["second"]]).to_numpy()
        marked = np.zeros(len(self.images), bool)
        marked[rows] = True
        return marked[(self.images["split"] == split).to_numpy()]

    def table(self) -> pd.DataFrame:
        """Return one row per two splits and kind: pairs, images of both splits, label conflicts.

        "first" and "second" count the images of the first and of the second split that are in such
        a pair, "other label" the pairs with two different labels, "after default" the pairs that
        remain in the data set as it is loaded by default.
        """
        rows = []
        for index, split in enumerate(SPLITS):
            for other in SPLITS[index:]:
                for kind in KINDS:
                    pairs = self._pairs_between(split, other, [kind])
                    remaining = self._pairs_between(split, other, [kind], after_default=True)
                    row = {
                        "splits": f"within {split}" if split == other else f"{split} and {other}",
                        "kind": kind,
                        "pairs": len(pairs),
                        "first": int(self.has_copy(split, other, [kind]).sum()),
                        "second": int(self.has_copy(other, split, [kind]).sum()),
                        "other label": int(self._in_conflict(pairs).sum()),
                        "after default": len(remaining),
                    }
                    rows.append(row)
        return pd.DataFrame(rows)

    def per_class(self, split: str = "test", other: str = "train") -> pd.DataFrame:
        """Return one row per class of a split: images, those with copies in another split.

        "exact" counts the images with an exact copy, "near only" those with none but a near one,
        "other label" those with a copy of another label.
        """
        labels = self.images.loc[self.images["split"] == split, "label"].to_numpy()
        exact = self.has_copy(split, other, ["exact"])
        near = self.has_copy(split, other, ["near"])
        pairs = self._pairs_between(split, other, KINDS)
        pairs = pairs[self._in_conflict(pairs)]
        conflicting = np.zeros(len(self.images), bool)
        conflicting[pd.concat([pairs["first"], pairs["second"]]).to_numpy()] = True
        counted = pd.DataFrame(
            {
                "class": labels,
                "images": 1,
                "exact": exact,
                "near only": near & ~exact,
                "other label": conflicting[(self.images["split"] == split).to_numpy()],
            }
        )
        return counted.groupby("class").sum()

    def _pairs_between(
        self, split: str, other: str, kinds: Sequence[str], after_default: bool = False
    ) -> pd.DataFrame:
        splits = self.images["split"].to_numpy()
        first = splits[self.pairs["first"]]
        second = splits[self.pairs["second"]]
        chosen = ((first == split) & (second == other)) | ((first == other) & (second == split))
        chosen &= self.pairs["kind"].isin(list(kinds)).to_numpy()
        if after_default:
            chosen &= ~self.left_out[self.pairs["first"]]
            chosen &= ~self.left_out[self.pairs["second"]]
        return self.pairs[chosen]

    def _in_conflict(self, pairs: pd.DataFrame) -> np.ndarray:
        labels = self.images["label"].to_numpy()
        return labels[pairs["first"]] != labels[pairs["second"]]


def find_leakage(
    dataset: Dataset,
    correlation: float = CORRELATION,
    names: Mapping[str, Sequence[str]] | None = None,
) -> Leakage:
    """Find all copies of an image within and across the splits of a data set.

    Args:
        dataset: with all its images: of FER-2013 ``load_dataset("fer2013", drop_twins=False)``.
        correlation: lowest correlation of a near copy, see
            :func:`emotion_lib.evaluation.near_copies.near_copies`.
        names: split -> a name per image, such as the file's.

    Raises:
        ValueError: the correlation is too low, or above 1.

    Example:
        >>> from emotion_lib import load_dataset
        >>> found = find_leakage(load_dataset("synthetic", n_train=70, n_val=7, n_test=7))
        >>> found.has_copy("test", "train").tolist()
        [False, False, False, False, False, False, False]
    """
    pixels = np.concatenate([np.asarray(getattr(dataset, split).images) for split in SPLITS])
    images = _images(dataset, names or {})
    flat = pixels.reshape(len(pixels), -1)
    images["one_color"] = flat.min(axis=1) == flat.max(axis=1)
    digests = pd.Series([digest_of(image, length=32) for image in pixels])
    content, _ = pd.factorize(digests)
    unique = np.flatnonzero(~digests.duplicated() & ~images["one_color"].to_numpy())
    near = near_copies(pixels[unique], correlation)
    near["first"] = content[unique[near["first"]]]
    near["second"] = content[unique[near["second"]]]
    members = pd.DataFrame({"content": content, "image": np.arange(len(pixels))})
    members = members[~images["one_color"].to_numpy()]
    pairs = pd.concat([_exact_pairs(members), _near_pairs(members, near)], ignore_index=True)
    images["group"] = _groups(len(pixels), pairs)
    return Leakage(images, pairs, _left_out(dataset))


def _images(dataset: Dataset, names: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return split, row, name and label of every image."""
    parts = []
    for name in SPLITS:
        split = getattr(dataset, name)
        columns = {
            "split": name,
            "row": np.arange(len(split)),
            "name": list(names.get(name, [""] * len(split))),
            "label": _label_texts(split, dataset.class_names),
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _label_texts(split: Split, class_names: Sequence[str]) -> list[str]:
    """Return the label of each image; of a distribution its largest share, of several all."""
    names = np.array(class_names)
    if split.labels.ndim == 1:
        return names[split.labels].tolist()
    if split.labels.dtype == bool:
        return ["|".join(names[row]) for row in split.labels]
    return names[np.argmax(split.labels, axis=1)].tolist()


def _left_out(dataset: Dataset) -> np.ndarray:
    """Return which images are copies that the data set's source drops from training."""
    twins = dataset.train.has_twin
    left_out = np.zeros(sum(len(getattr(dataset, split)) for split in SPLITS), bool)
    if twins is not None:
        left_out[: len(twins)] = twins
    return left_out


def _exact_pairs(members: pd.DataFrame) -> pd.DataFrame:
    """Return all pairs of images of the same content."""
    both = members.merge(members, on="content", suffixes=("_first", "_second"))
    both = both[both["image_first"] < both["image_second"]]
    pairs = both.rename(columns={"image_first": "first", "image_second": "second"})
    pairs = pairs.assign(kind="exact", correlation=1.0, down=0, right=0, mirrored=False)
    return pairs[["kind", *COLUMNS]]


def _near_pairs(members: pd.DataFrame, near: pd.DataFrame) -> pd.DataFrame:
    """Return near pairs of images, from those of contents."""
    left = members.rename(columns={"content": "first", "image": "left"})
    right_side = members.rename(columns={"content": "second", "image": "other"})
    pairs = near.merge(left, on="first").merge(right_side, on="second").assign(kind="near")
    pairs = pairs.drop(columns=["first", "second"])
    pairs = pairs.rename(columns={"left": "first", "other": "second"})
    # Of two contents the first may come again later: a test image with an exact copy in training
    # then stands before a training image. Seen from the other image a shift has the other sign, but
    # in a mirror it is to the same side.
    swapped = pairs["first"] > pairs["second"]
    rows = np.sort(pairs[["first", "second"]].to_numpy(), axis=1)
    pairs["first"] = rows[:, 0]
    pairs["second"] = rows[:, 1]
    pairs["down"] = pairs["down"].where(~swapped, -pairs["down"])
    pairs["right"] = pairs["right"].where(~swapped | pairs["mirrored"], -pairs["right"])
    return pairs[["kind", *COLUMNS]]


def _groups(count: int, pairs: pd.DataFrame) -> np.ndarray:
    """Return the connected component of each image; -1 for one without a copy."""
    edges = (np.ones(len(pairs)), (pairs["first"], pairs["second"]))
    _, component = connected_components(coo_array(edges, shape=(count, count)), directed=False)
    has_copy = np.bincount(component, minlength=1)[component] > 1
    groups = np.full(count, -1)
    _, groups[has_copy] = np.unique(component[has_copy], return_inverse=True)
    return groups
