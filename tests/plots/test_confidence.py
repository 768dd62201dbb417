import numpy as np
from conftest import drawn_texts

from emotion_lib import plots


def test_reliability_gives_the_calibration_error(single_label):
    figure = plots.reliability({"raw": single_label})
    drawn_texts(figure)
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend == [f"raw, error {single_label.calibration_error:.3f}"]


def test_risk_coverage_marks_the_threshold(single_label):
    confidence = single_label.y_score.max(axis=1)
    threshold = float(np.median(confidence))
    answered = confidence >= threshold
    risk = (~single_label.correct[answered]).mean()
    texts = drawn_texts(plots.risk_coverage({"raw": single_label}, threshold))
    assert f"{answered.mean():.0%} answered, {risk:.0%} wrong" in texts


def test_without_a_threshold_nothing_is_marked(single_label):
    texts = drawn_texts(plots.risk_coverage({"raw": single_label}))
    assert not any("answered," in text for text in texts)
