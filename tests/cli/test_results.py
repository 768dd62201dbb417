"""Results of an evaluation as text."""

import numpy as np

from emotion_lib.cli.results import print_results
from emotion_lib.evaluation import Evaluation


def test_a_class_without_images_has_no_recall(capsys):
    scores = np.array([[0.9, 0.1], [0.8, 0.2]])
    result = Evaluation(np.array([0, 0]), scores, ("happy", "sad"))
    print_results({"mine": result})
    assert "recall: happy 1.00, sad –" in capsys.readouterr().out
