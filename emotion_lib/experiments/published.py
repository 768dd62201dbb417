"""Published accuracies on FER-2013, each with its source and with how it was measured.

Nothing here was measured by this project. How a checkpoint was chosen and which split was scored
was read in the authors' code, at the commit that a link names.
"""

from dataclasses import dataclass, field

_GITHUB = "https://github.com"
_KHAIREDDIN = f"{_GITHUB}/usef-kh/fer/blob/3c5de07628c83de833170ed1a0bcda66c431a2a8"
_LETHESEC = (
    f"{_GITHUB}/LetheSec/Fer2013-Facial-Emotion-Recognition-Pytorch/blob/"
    "f1f6cfd40337fc42f3542d3953e8f4dd2f16f3a7"
)
_WUJIE = (
    f"{_GITHUB}/WuJie1010/Facial-Expression-Recognition.Pytorch/blob/"
    "fefe6653f3e09912693a73c54e6a8247adca3090"
)
_PHAM = f"{_GITHUB}/phamquiluan/ResidualMaskingNetwork"
_PHAM_CODE = f"{_PHAM}/blob/914161802774528ed827bf0edd95795dfe1969c5"
_ROY = f"{_GITHUB}/ArnabKumarRoy02/ResEmoteNet"


@dataclass(frozen=True)
class Published:
    """A published accuracy.

    Attributes:
        authors: with the year of publication.
        model: one network or several, and its initial weights if it did not start from scratch.
        percent: with the digits that were published.
        measured: split that was scored, and how the checkpoint was chosen, as far as is known.
        twins: whether the training images held the pixel-identical twins of test images.
        sources: title -> address.
    """

    authors: str
    model: str
    percent: str
    measured: str
    twins: str
    sources: dict[str, str] = field(default_factory=dict)


# Code or paper take all 28,709 images of the training split.
_IN_TRAINING = "yes"
# Nothing that the authors published beside the paper speaks of images that were removed.
_NOT_REMOVED = "yes, as far as is known"

PUBLISHED = (
    Published(
        "Pramerdorfer & Kampel, 2016",
        "one network (VGG, 10 layers)",
        "72.7",
        '"test accuracy" in the authors\' repository; their training code is not public',
        _NOT_REMOVED,
        {
            "arXiv 1612.02903": "https://arxiv.org/abs/1612.02903",
            "models": f"{_GITHUB}/cpra/fer-cnn-sota",
        },
    ),
    Published(
        "Pramerdorfer & Kampel, 2016",
        "mean of 8 networks",
        "75.2",
        '"test accuracy" in the abstract; the number of networks as Pham et al. cite it',
        _NOT_REMOVED,
        {"arXiv 1612.02903": "https://arxiv.org/abs/1612.02903"},
    ),
    Published(
        "Khaireddin & Chen, 2021",
        "one network (VGG), mean of ten crops",
        "73.28",
        "PublicTest; the checkpoint was chosen on PrivateTest. The confusion matrix in the "
        "authors' notebook has the class counts of PublicTest",
        _IN_TRAINING,
        {
            "arXiv 2105.03588": "https://arxiv.org/abs/2105.03588",
            "code": f"{_KHAIREDDIN}/data/fer2013.py",
            "notebook": f"{_KHAIREDDIN}/notebooks/Evaluation.ipynb",
        },
    ),
    Published(
        "LetheSec, 2021",
        "one network (ResNet18), mean of ten crops",
        "73.70",
        "PrivateTest, on which the best of 300 epochs was also chosen",
        _IN_TRAINING,
        {"code": f"{_LETHESEC}/dataset.py", "choice": f"{_LETHESEC}/train.py"},
    ),
    Published(
        "WuJie1010, 2018",
        "one network (VGG19), mean of ten crops",
        "73.11",
        "PrivateTest, on which the best of 250 epochs was also chosen",
        _IN_TRAINING,
        {"code": f"{_WUJIE}/mainpro_FER.py"},
    ),
    Published(
        "Pham, Vu & Tran, ICPR 2020",
        "one network (RMN) from ImageNet weights, mean of ten augmented views",
        "74.14",
        "PrivateTest; the checkpoint was chosen on validation. Readers who trained it report "
        "65.6, 69.1 and at most 73.6 % (issues 9 and 41)",
        _IN_TRAINING,
        {
            "paper": f"{_PHAM_CODE}/docs/paper.pdf",
            "code": f"{_PHAM_CODE}/trainers/tta_trainer.py",
            "issue 9": f"{_PHAM}/issues/9",
            "issue 41": f"{_PHAM}/issues/41",
        },
    ),
    Published(
        "Pham, Vu & Tran, ICPR 2020",
        "7 networks (RMN and six others)",
        "76.82",
        "PrivateTest; the networks were chosen on validation, as stated in the paper",
        _IN_TRAINING,
        {"paper": f"{_PHAM_CODE}/docs/paper.pdf"},
    ),
    Published(
        "Roy et al., 2024 (ResEmoteNet)",
        "one network",
        "79.79",
        "not comparable: readers found test and validation images among the training images of "
        "the shared data (issue 12; the author disagrees) and reach over 90 % with it (issue 49). "
        "With the shared weights they measure 65.9 and 71.6 % (issues 46 and 13)",
        "more than these",
        {
            "arXiv 2409.10545": "https://arxiv.org/abs/2409.10545",
            "issue 12": f"{_ROY}/issues/12",
            "issue 13": f"{_ROY}/issues/13",
            "issue 46": f"{_ROY}/issues/46",
            "issue 49": f"{_ROY}/issues/49",
        },
    ),
)
