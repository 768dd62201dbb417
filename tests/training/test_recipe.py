"""The recipe: its networks and its transform of the training batches."""

from emotion_lib.datasets.transforms import Mixing
from emotion_lib.models.cost import multiply_adds
from emotion_lib.training.recipe import Recipe

STUDENT = {
    "stem": (16, 32),
    "widths": (32, 64, 96, 160),
    "blocks": (1, 2, 2, 1),
    "strides": (1, 2, 2, 1),
    "squeeze": 16,
    "squeeze_from": 2,
}


def test_mixing_ends_before_the_training_does():
    *_, mixing = Recipe(mixup=0.2, plain_share=0.5).transform(10).steps
    assert mixing == Mixing(0.2, 0.0, until=5)
    assert len(Recipe(degradation=0).transform(10).steps) == 1


def test_the_kinds_of_members_and_the_next_student():
    student = Recipe(**STUDENT).model((48, 48, 1), 7)
    assert student.count_params() == 861_101
    assert multiply_adds(student) < 58e6
    vgg = Recipe(network="vgg", widths=(8, 8), blocks=(1, 1), perceived=0.5)
    assert vgg.model((48, 48, 1), 7).name == "squeezed_vgg"
    assert [output.shape for output in vgg.model((48, 48, 1), 7).outputs] == [(None, 7)] * 2
