from emotion_lib import artifacts
from emotion_lib.experiments.perceived_tables import (
    CONVENTION,
    label_run_name,
    perceived_table,
    runs_of_data_set,
)
from emotion_lib.experiments.result_figures import best_first
from emotion_lib.experiments.run_tables import further_table


def test_both_heads_by_own_labels_stand_beside_the_agreement(perceived_run):
    head, _, row = perceived_table([perceived_run], served=perceived_run.name).splitlines()
    assert (
        "| balanced accuracy | without twins | calibration error | by FER-2013's labels |" in head
    )
    assert row.startswith("| **02_second/b/perceived** (served) | 50.0 % | 50.0 % [32.6, 67.4] |")
    assert "| 60.0 % [50.0, 70.0] | 70.0 % [60.0, 80.0] |" in row


def test_runs_of_each_data_set_have_their_table(perceived_run):
    assert runs_of_data_set([perceived_run])[0] == CONVENTION
    assert len(runs_of_data_set([artifacts.load_run("01_first")])) == 1


def test_runs_with_other_labels_are_not_ranked_among_each_other(perceived_run):
    names = [run.name for run in best_first(artifacts.runs())]
    assert names == ["02_second/b", "01_first", "02_second/a", "02_second/b/perceived"]


def test_both_heads_have_the_name_of_the_first(perceived_run):
    assert label_run_name(perceived_run) == "02_second/b"
    assert label_run_name(artifacts.load_run("02_second/b")) == "02_second/b"


def test_other_evaluations_name_their_labels_and_leave_out_the_label_head(perceived_run):
    rows = further_table([perceived_run]).splitlines()[2:]
    assert [row.split(" | ")[1] for row in rows] == [
        "validation, shifted, viewers' answers",
        "FER-2013's labels, test",
    ]
