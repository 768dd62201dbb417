from emotion_lib import artifacts
from emotion_lib.experiments import overview
from emotion_lib.experiments.notebook_text import all_notebooks
from emotion_lib.experiments.peers import PEERS


def test_readme_table_begins_with_the_served_model(recorded_runs):
    text = overview.readme_results(all_notebooks(), artifacts.runs())
    rows = text.splitlines()[2:]
    assert rows[0].startswith("| [The served model](docs/results/02_second.md) | a | 50.0 %")
    assert rows[1].startswith("| [Title of second](docs/results/02_second.md) | b | 100.0 %")
    assert rows[2].startswith("| [Title of first](docs/results/01_first.md) | 01_first | 50.0 %")
    assert len(rows) == 3


def test_cost_table_holds_counted_runs_and_peers(recorded_runs):
    table = overview.cost_table(artifacts.runs())
    assert table["name"].tolist()[:2] == ["served model", "01 first"]
    assert table["peer"].tolist() == [False, False] + [True] * len(PEERS)
