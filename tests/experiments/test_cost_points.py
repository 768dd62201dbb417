from conftest import change_record

from emotion_lib import artifacts
from emotion_lib.experiments.cost_points import cost_table
from emotion_lib.experiments.peers import PEERS


def test_points_are_counted_runs_and_peers(recorded_runs):
    table = cost_table(artifacts.runs(), artifacts.load_run("02_second/a"))
    assert table["name"].tolist()[:2] == ["served model", "01 first"]
    assert table["peer"].tolist() == [False, False] + [True] * len(PEERS)


def test_repeated_trainings_of_another_notebook_are_no_points(recorded_runs):
    (recorded_runs / "01_first").rename(recorded_runs / "16_recipe_ablation")
    change_record(recorded_runs / "16_recipe_ablation", name="16_recipe_ablation")
    table = cost_table(artifacts.runs(), artifacts.load_run("02_second/a"))
    assert table["name"].tolist()[:1] == ["served model"]
    assert len(table) == 1 + len(PEERS)


def test_perceived_expression_is_shown_by_the_label_head(perceived_run, recorded_runs):
    counts = "run,parameters,multiply_adds\n02_second/b,10,500\n02_second/b/perceived,10,500\n"
    (recorded_runs / "multiply_adds.csv").write_text(counts)
    table = cost_table(artifacts.runs(), perceived_run).set_index("name")
    assert table.index.tolist()[0] == "served model, label head"
    assert (
        table["accuracy"].iloc[0] == artifacts.load_run("02_second/b").record.metrics.test.accuracy
    )
    assert not table.index.str.contains("perceived").any()
