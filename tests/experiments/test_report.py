import json
import re

import nbformat
import pandas as pd
import pytest

from emotion_lib import artifacts
from emotion_lib.experiments import report
from emotion_lib.paths import ROOT, best_dir

ROW = dict.fromkeys(artifacts.LEADERBOARD_COLUMNS, "") | {
    "run": "01_x", "dataset": "fer2013", "n": 3589, "accuracy": 0.65, "ci_low": 0.634, "ci_high": 0.6655, "macro_f1": 0.6,
    "accuracy_without_twins": 0.64, "n_without_twins": 3301, "val_accuracy": 0.66, "parameters": 843623, "epochs": 24,
    "seconds": 1800, "device": "CPU", "backend": "tensorflow", "precision": "float32",
}  # fmt: skip


@pytest.fixture
def leaderboard(tmp_path):
    (tmp_path / "artifacts").mkdir()
    lines = [",".join(map(str, row)) for row in (ROW.keys(), ROW.values())]
    (tmp_path / "artifacts" / "leaderboard.csv").write_text("\n".join(lines) + "\n")


def test_the_table_says_n_interval_and_cost(leaderboard):
    row = report.results_table().splitlines()[-1]
    assert "01_x | 66.0% | 65.0% [63.4%, 66.5%], 3,589" in row
    for text in ("64.0%, 3,301", "843,623", "30 min, 24 epochs", "CPU (tensorflow, float32)"):
        assert text in row


def test_one_table_a_data_set_and_the_served_run_stands_out(tmp_path):
    served = json.loads((best_dir() / "run.json").read_text())["name"]
    rows = [
        ROW | {"run": "11_y", "dataset": "emoji_scenes", "mean_average_precision": 0.9},
        ROW,
        ROW | {"run": served},
    ]
    (tmp_path / "artifacts").mkdir()
    pd.DataFrame(rows).to_csv(tmp_path / "artifacts" / "leaderboard.csv", index=False)
    first, *tables = report.results_table().split("\n\n**")
    assert f"`{served}`" in first and "of the 3,589 test images" in first
    assert [table.split(":")[0] for table in tables] == ["FER-2013", "Scenes composed of emoji"]
    assert (
        f"| **{served}** (served) |" in tables[0]
        and "| 01_x |" in tables[0]
        and "exact match" in tables[1]
    )


def test_what_runs_were_judged_on_besides(save):
    record = save("01_full", full=True).record
    half = record.metrics.further["test, half"]
    *_, table = report.results_table().split("\n\n**")
    assert table.startswith("Judged otherwise")
    assert f"| 01_full | test, half | {half.accuracy:.1%} [" in table and "], 14 |" in table


BEGIN, END = "<!-- results: by a command -->", "<!-- end of results -->"


def test_only_what_stands_between_the_markers_changes(leaderboard, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    report.write_readme(readme)
    text = readme.read_text()
    assert (
        text.startswith(f"before\n{BEGIN}\nThe model")
        and text.endswith(f"{END}\nafter\n")
        and "old" not in text
    )


def test_missing_markers(leaderboard, tmp_path):
    (tmp_path / "README.md").write_text("nothing here")
    with pytest.raises(ValueError, match="Received: 0"):
        report.write_readme(tmp_path / "README.md")


def test_the_readme_shows_what_is_tracked(monkeypatch):
    """Every table in it is the one that its command would write."""
    monkeypatch.setenv("ARTIFACTS_DIR", str(ROOT / "artifacts"))
    text = (ROOT / "README.md").read_text()
    for name, table in report.SECTIONS.items():
        assert table() in text, name


def test_html_report_needs_nothing_from_elsewhere(leaderboard, tmp_path):
    executed = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# 01 · A run"),
            nbformat.v4.new_code_cell(
                "1 + 1", outputs=[nbformat.v4.new_output("stream", text="two\n")]
            ),
        ]
    )
    folder = tmp_path / "artifacts" / "01_x"
    folder.mkdir()
    nbformat.write(executed, folder / "01_x.ipynb")
    first = report.write_html()
    pages = {page.name: page.read_text() for page in first.parent.glob("*.html")}
    assert set(pages) == {"index.html", "01_x.html"}
    assert "0.650" in pages["index.html"] and 'href="01_x.html"' in pages["index.html"]
    assert "A run" in pages["01_x.html"] and "two" in pages["01_x.html"]
    for page in pages.values():
        assert not re.search(r"<(script|link)|(src|href)=.https?:|url\(", page)


def test_html_report_without_runs_says_what_to_do(leaderboard):
    with pytest.raises(artifacts.ArtifactError, match="make run-all"):
        report.write_html()


def test_the_command_takes_one_of_two_words(capsys):
    assert report.main(["pdf"]) == 2
    assert "Received: ['pdf']" in capsys.readouterr().err
