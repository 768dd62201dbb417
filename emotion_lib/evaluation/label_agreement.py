"""Agreement of a data set's own labels with the answers of viewers who voted on its images."""

import numpy as np
import pandas as pd

from ..datasets.sources.ferplus import most_frequent
from .evaluation import Evaluation
from .intervals import wilson_interval


def vote_oracle(labels: np.ndarray, counts: np.ndarray, class_names: tuple[str, ...]) -> Evaluation:
    """Return the evaluation of the viewers' most frequent answers by the data set's own labels.

    The answers take the place of a model's, so recall is the agreement per class, and the
    confusion matrix has own labels as rows and viewers' answers as columns. Images with several
    most frequent answers, or without a vote, are left out; :func:`oracle_bounds` counts them.

    Args:
        labels: the data set's own, int ``(n,)``.
        counts: votes for each class, ``(n, num_classes)``, such as the labels of
            :func:`emotion_lib.datasets.sources.ferplus.vote_counts`.
        class_names: names of the classes, in order.

    Example:
        >>> counts = np.array([[9, 1], [5, 5], [8, 2]])
        >>> oracle = vote_oracle(np.array([0, 0, 1]), counts, ("happy", "sad"))
        >>> oracle.n, oracle.accuracy
        (2, 0.5)
    """
    _, single = most_frequent(counts)
    kept = counts[single]
    return Evaluation(labels[single], kept / kept.sum(axis=1, keepdims=True), tuple(class_names))


def oracle_bounds(labels: np.ndarray, counts: np.ndarray) -> dict[str, float]:
    """Return how often the most frequent answer is the own label, with every image counted.

    Several answers may be equally frequent; of an image without votes all are.

    Args:
        labels: int ``(n,)``.
        counts: votes for each class, ``(n, num_classes)``.

    Returns:
        "images"; "one answer", their number with a single most frequent answer; and three shares of
        all images: "ties wrong", "ties at random" (the expected value if one of them is drawn) and
        "ties right".

    Example:
        >>> bounds = oracle_bounds(np.array([0, 0]), np.array([[10, 0], [5, 5]]))
        >>> bounds["ties wrong"], bounds["ties at random"], bounds["ties right"]
        (0.5, 0.75, 1.0)
    """
    is_largest = counts == counts.max(axis=1, keepdims=True)
    candidates = is_largest.sum(axis=1)
    contains_label = is_largest[np.arange(len(labels)), labels]
    return {
        "images": len(labels),
        "one answer": int((candidates == 1).sum()),
        "ties wrong": float((contains_label & (candidates == 1)).mean()),
        "ties at random": float((contains_label / candidates).mean()),
        "ties right": float(contains_label.mean()),
    }


def agreement_per_class(oracle: Evaluation) -> pd.DataFrame:
    """Return how often viewers give the own label, one row per class and one for all.

    Args:
        oracle: of :func:`vote_oracle`.

    Returns:
        Columns: n, agreement, low and high (its 95 % Wilson interval), "other answer" (what
        viewers answer most often instead) and "share" (of the class's images that get it).
    """
    rows: dict[str, dict] = {}
    for index, name in enumerate(oracle.class_names):
        answers = oracle.confusion_matrix[index].copy()
        n = int(answers.sum())
        agreeing = _proportion(int(answers[index]), n, "agreement")
        answers[index] = 0
        other = oracle.class_names[answers.argmax()] if answers.any() else ""
        rows[name] = agreeing | {"other answer": other, "share": answers.max() / max(n, 1)}
    rows["all"] = _proportion(int(oracle.correct.sum()), oracle.n, "agreement")
    table = pd.DataFrame.from_dict(rows, orient="index").fillna({"other answer": ""})
    return table.rename_axis("own label")


def accuracy_by_agreement(evaluation: Evaluation, counts: np.ndarray) -> pd.DataFrame:
    """Return a model's accuracy by the number of taggers who gave the most frequent answer.

    Args:
        evaluation: of a model, by any labels.
        counts: votes for each class on the same images, ``(n, num_classes)``.

    Returns:
        One row per number of votes, the largest first, and the columns n, accuracy, low and high
        (its 95 % Wilson interval).
    """
    votes = np.asarray(counts).max(axis=1).astype(int)
    rows = {}
    for number in np.unique(votes)[::-1].tolist():
        correct = evaluation.correct[votes == number]
        rows[number] = _proportion(int(correct.sum()), len(correct), "accuracy")
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("votes")


def verdict(labels: np.ndarray, suggested: np.ndarray, counts: np.ndarray) -> dict[str, float]:
    """Return how often viewers side with a label's correction, with the label, or with neither.

    Args:
        labels: the data set's own, int ``(n,)``.
        suggested: another class for each image, int ``(n,)``.
        counts: votes for each class, ``(n, num_classes)``.

    Returns:
        "n", the images with a single most frequent answer; "suggestion", the share of them that
        viewers answer as suggested, with "low" and "high" (its 95 % Wilson interval); "label",
        the share that they answer as labelled; "neither".

    Example:
        >>> counts = np.array([[0, 9, 1], [9, 0, 1], [5, 5, 0]])
        >>> found = verdict(np.array([0, 0, 0]), np.array([1, 1, 1]), counts)
        >>> found["n"], found["suggestion"], found["label"]
        (2, 0.5, 0.5)
    """
    answers, single = most_frequent(counts)
    n = int(single.sum())
    sided = int((answers == suggested)[single].sum())
    kept = int((answers == labels)[single].sum())
    row = _proportion(sided, n, "suggestion")
    return row | {"label": kept / max(n, 1), "neither": (n - sided - kept) / max(n, 1)}


def _proportion(successes: int, n: int, name: str) -> dict[str, float]:
    low, high = wilson_interval(successes, n)
    return {"n": n, name: successes / n if n else float("nan"), "low": low, "high": high}
