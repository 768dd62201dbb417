"""All results on one page, and the figure and the short table for README.md."""

from collections.abc import Mapping, Sequence

import pandas as pd

from .. import artifacts
from ..artifacts import Run
from ..files import digest_of
from ..paths import best_dir
from .multiply_adds import multiply_adds
from .notebook_text import NotebookText
from .peers import PEERS, Peer
from .published_section import published_section
from .result_figures import best_first, short_name
from .run_tables import DATASETS, further_table, runs_table, table_of, training_time
from .shares import percent, percent_with_interval

# Rows of README.md's table.
ROWS = 10
# A notebook that presents no new method: it repeats short trainings of notebook 13.
WITHOUT_METHOD = {"16_recipe_ablation"}
DATASET = "fer2013"


def served_name() -> str:
    """Return the name of the run that the served model comes from."""
    return artifacts.read_record(best_dir() / "run.json").name


def best_per_notebook(runs: Sequence[Run]) -> list[Run]:
    """Return the best run on validation of each notebook that presents a method, on FER-2013."""
    found = {}
    for run in best_first(runs):
        notebook = run.name.split("/")[0]
        # The served model in another format, or a classifier on its features, is no other method.
        if run.record.model.weights.startswith("the served model"):
            continue
        if run.record.data.name == DATASET and notebook not in WITHOUT_METHOD:
            found.setdefault(notebook, run)
    return list(found.values())


def readme_results(notebooks: Sequence[NotebookText], runs: Sequence[Run]) -> str:
    """Return README.md's table: the served model, then the best run of each method.

    Args:
        notebooks: for the titles.
        runs: all full runs.
    """
    served = served_name()
    titles = {notebook.path.stem: notebook.title for notebook in notebooks}
    counted = multiply_adds()
    chosen = [run for run in runs if run.name == served]
    chosen += [run for run in best_per_notebook(runs) if run.name != served]
    rows = []
    for run in chosen[:ROWS]:
        notebook = run.name.split("/")[0]
        title = "The served model" if run.name == served else titles.get(notebook, notebook)
        test = run.record.metrics.test
        without_twins = run.record.metrics.test_without_twins
        row = {
            "method": f"[{title}](docs/results/{notebook}.md)",
            "run": short_name(run),
            "accuracy [95 % interval]": percent_with_interval(
                test.accuracy, test.accuracy_interval_95
            ),
            "without twins": percent(without_twins.accuracy if without_twins else None),
            "parameters": f"{run.record.model.parameters:,}",
            "multiply-adds": _millions(counted.get(run.name)),
            "training": training_time(run),
        }
        rows.append(row)
    return table_of(rows)


def cost_table(runs: Sequence[Run]) -> pd.DataFrame:
    """Return the points of :func:`emotion_lib.plots.accuracy_against_cost`.

    Of the runs of one notebook with the same cost, the best on validation is kept. Runs without a
    count of their multiply-adds, such as classical classifiers, are left out.
    """
    served = served_name()
    counted = multiply_adds()
    rows = {}
    # The served model first, so that it stands for its notebook.
    for run in sorted(best_first(runs), key=lambda run: run.name != served):
        cost = counted.get(run.name)
        if cost is None or run.record.data.name != DATASET:
            continue
        test = run.record.metrics.test
        low, high = test.accuracy_interval_95
        row = {
            "name": _label(run, served),
            "multiply_adds": cost,
            "accuracy": test.accuracy,
            "low": low,
            "high": high,
            "peer": False,
        }
        rows.setdefault((run.name.split("/")[0], cost), row)
    for peer in PEERS:
        low, high = peer.interval
        rows[peer] = {
            "name": peer.name,
            "multiply_adds": peer.multiply_adds,
            "accuracy": peer.accuracy,
            "low": low,
            "high": high,
            "peer": True,
        }
    return pd.DataFrame(list(rows.values()))


def all_results_text(runs: Sequence[Run], found: Mapping[NotebookText, Sequence[Run]]) -> str:
    """Return the page of all results, ``docs/results.md``.

    Args:
        runs: all full runs.
        found: the runs of each notebook.
    """
    served = served_name()
    parts = [
        "# Results",
        "<!-- Written by `emotion report docs` from the records. -->",
        "All full runs. FER-2013 and FER+: trained on the training images that have no "
        "pixel-identical twin in a test split; the epoch was chosen on PublicTest (validation); "
        'PrivateTest (test) chose nothing. "Without twins": the test images that have no twin in '
        "the *original* training split, for comparison with models that were trained on it.",
        "## Accuracy against cost",
        "![Accuracy against multiply-adds](results/accuracy_against_cost.webp)",
        f"<!-- Digest of the figure's data: {_digest(cost_table(runs))} -->",
        "Multiply-adds per face of convolutions and dense layers; classical classifiers are not "
        "shown. The models of other projects were evaluated here, on the same "
        "images, with the weights that they ship; their training data held the twins.",
        table_of([_peer_row(peer) for peer in PEERS]),
        *published_section(runs),
        "## Pages per notebook",
        "\n".join(_link(notebook) for notebook in found),
    ]
    names = {run.record.data.name for run in runs}
    for name in sorted(names, key=lambda name: [*DATASETS, name].index(name)):
        chosen = [run for run in runs if run.record.data.name == name]
        parts += [f"## {DATASETS.get(name, name)}", runs_table(chosen, served)]
    further = further_table(runs)
    if further:
        parts += ["## Other evaluations", further]
    return "\n\n".join(parts) + "\n"


def _digest(table: pd.DataFrame) -> str:
    return digest_of(table.to_csv(float_format="%.4f"), length=12)


def _link(notebook: NotebookText) -> str:
    return f"- [{notebook.number} · {notebook.title}](results/{notebook.path.stem}.md)"


def _peer_row(peer: Peer) -> dict[str, str]:
    return {
        "other project": peer.name,
        "test [95 % interval]": percent_with_interval(peer.accuracy, peer.interval),
        "without twins": percent(peer.without_twins),
        "multiply-adds": _millions(peer.multiply_adds),
    }


def _label(run: Run, served: str) -> str:
    """Return a run's name in the figure."""
    if run.name == served:
        return "served model"
    number, _, title = run.name.split("/")[0].partition("_")
    part = run.name.partition("/")[2]
    return f"{number} {part or title}".replace("_", " ")


def _millions(count: int | None) -> str:
    return "–" if count is None else f"{count / 1e6:,.0f} M"
