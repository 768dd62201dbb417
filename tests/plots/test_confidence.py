import numpy as np
import pytest
from conftest import drawn_texts

from emotion_lib import plots
from emotion_lib.evaluation import Evaluation
from emotion_lib.evaluation.intervals import wilson_interval


@pytest.fixture
def evaluation():
    """Return 100 answers at a confidence of 0.6, of which 70 are right."""
    scores = np.tile([0.6, 0.4], (100, 1))
    return Evaluation(np.repeat([0, 1], [70, 30]), scores, ("a", "b"))


def legend_of(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def ends_of(container):
    """Return the lower and the upper end of each vertical error bar."""
    (bars,) = container.lines[2]
    return [tuple(segment[:, 1]) for segment in bars.get_segments()]


def test_reliability_gives_the_calibration_error(single_label):
    figure = plots.reliability({"raw": single_label})
    drawn_texts(figure)
    assert legend_of(figure) == ["calibrated", f"raw, ECE {single_label.calibration_error:.3f}"]


def test_reliability_has_wilson_intervals(evaluation):
    figure = plots.reliability({"raw": evaluation})
    drawn_texts(figure)
    (container,) = figure.axes[0].containers
    assert container.lines[0].get_xydata().tolist() == [[pytest.approx(0.6), 0.7]]
    assert ends_of(container) == [pytest.approx(wilson_interval(70, 100))]


def test_few_images_have_no_point_but_a_share(evaluation):
    few = evaluation.where(np.arange(5))
    figure = plots.reliability({"raw": few})
    drawn_texts(figure)
    assert len(figure.axes[0].containers[0].lines[0].get_xdata()) == 0
    assert figure.axes[1].lines[0].get_ydata().tolist() == [1.0]


def test_risk_coverage_marks_the_threshold_with_an_interval(single_label):
    confidence = single_label.y_score.max(axis=1)
    threshold = float(np.median(confidence))
    answered = confidence >= threshold
    wrong = ~single_label.correct[answered]
    figure = plots.risk_coverage({"raw": single_label}, threshold)
    drawn_texts(figure)
    expected = f"raw: {answered.mean():.0%} answered, {wrong.mean():.1%} of them wrong"
    assert legend_of(figure) == [expected]
    (container,) = figure.axes[0].containers
    assert container.lines[0].get_xydata().tolist() == [[answered.mean(), wrong.mean()]]
    interval = wilson_interval(int(wrong.sum()), len(wrong))
    assert ends_of(container) == [pytest.approx(interval)]


def test_risk_coverage_begins_at_30_answers_and_ends_at_the_error(evaluation):
    figure = plots.risk_coverage({"raw": evaluation})
    drawn_texts(figure)
    curve = figure.axes[0].lines[0].get_xydata()
    assert curve[0].tolist() == [0.3, 0.0]
    assert curve[-1].tolist() == [1.0, 0.3]


def test_without_a_threshold_nothing_is_marked(single_label):
    figure = plots.risk_coverage({"raw": single_label})
    assert figure.axes[0].containers == []
    assert legend_of(figure) == ["raw"]
