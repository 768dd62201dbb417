import numpy as np
from conftest import write_run

from emotion_lib import artifacts
from emotion_lib.experiments.result_figures import planned_figures


def test_multi_label_runs_have_figures_per_label(recorded_runs):
    labels = np.random.default_rng(0).random((20, 2)) < 0.5
    write_run(recorded_runs, "03_several", labels * 0.6 + 0.2, labels=labels)
    planned = planned_figures([artifacts.load_run("03_several")])
    assert list(planned) == ["curves", "average_precision", "co_occurrence", "label_confusions"]
