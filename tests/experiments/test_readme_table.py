from emotion_lib import artifacts
from emotion_lib.experiments.notebook_text import all_notebooks
from emotion_lib.experiments.readme_table import VIEWERS, readme_table


def lines(served):
    """Return the lines of the table."""
    return readme_table(all_notebooks(), artifacts.runs(), served).splitlines()


def test_the_table_begins_with_the_served_model(recorded_runs):
    head, _, *rows = lines(artifacts.load_run("02_second/a"))
    assert VIEWERS not in head
    assert rows[0].startswith("| [The served model](docs/results/02_second.md) | 02 a | 50.0 %")
    assert rows[1].startswith("| [Title of second](docs/results/02_second.md) | 02 b | 100.0 %")
    assert rows[2].startswith("| [Title of first](docs/results/01_first.md) | 01 first | 50.0 %")
    assert len(rows) == 3


def test_networks_with_a_second_head_have_the_agreement_with_viewers(perceived_run):
    head, _, *rows = lines(artifacts.load_run("02_second/a"))
    assert f"| run | {VIEWERS} | accuracy [95 % interval] |" in head
    assert "| 02 a | – | 50.0 % [32.6, 67.4] |" in rows[0]
    assert "| 02 b | 50.0 % [32.6, 67.4] | 100.0 % [87.9, 100.0] |" in rows[1]


def test_a_served_model_of_perceived_expression_has_both_labels(perceived_run):
    rows = lines(perceived_run)[2:]
    assert rows[0].startswith(
        "| [The served model](docs/results/02_second.md) | 02 b perceived | 50.0 % [32.6, 67.4] | "
        "60.0 % [50.0, 70.0]; label head 70.0 % | – |"
    )
    assert [row.split(" | ")[1] for row in rows] == ["02 b perceived", "02 b", "01 first"]
