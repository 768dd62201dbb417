from emotion_lib import artifacts
from emotion_lib.experiments.perceived_tables import label_run_name


def test_both_heads_have_the_name_of_the_first(perceived_run):
    assert label_run_name(perceived_run) == "02_second/b"
    assert label_run_name(artifacts.load_run("02_second/b")) == "02_second/b"
