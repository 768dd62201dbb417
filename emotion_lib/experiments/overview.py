"""All results on one page, ``docs/results.md``."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ..artifacts import Run
from ..files import digest_of
from .cost_points import cost_table
from .model_convention import is_perceived
from .notebook_text import NotebookText
from .peers import PEERS, Peer
from .perceived_tables import runs_of_data_set
from .published_section import published_section
from .run_tables import DATASETS, further_table, table_of
from .shares import millions, percent, percent_with_interval


def all_results_text(
    runs: Sequence[Run], found: Mapping[NotebookText, Sequence[Run]], served: Run
) -> str:
    """Return the page of all results, ``docs/results.md``.

    Args:
        runs: all full runs.
        found: the runs of each notebook.
        served: the served model.
    """
    parts = [
        "# Results",
        "<!-- Written by `emotion report docs` from the records. -->",
        "All full runs. FER-2013 and FER+: trained on the training images that have no "
        "pixel-identical twin in a test split; the epoch was chosen on PublicTest (validation); "
        'PrivateTest (test) chose nothing. "Without twins": the test images that have no twin in '
        "the *original* training split, for comparison with models that were trained on it.",
        "## Accuracy against cost",
        "![Accuracy against multiply-adds](results/accuracy_against_cost.webp)",
        f"<!-- Digest of the figure's data: {_digest(cost_table(runs, served))} -->",
        "Multiply-adds per face of convolutions and dense layers; classical classifiers are not "
        "shown. A name begins with the number of its notebook. The models of other projects were "
        "evaluated here, on the same images, with the weights that they ship; their training data "
        "held the twins."
        f"{_shown_by(served)}",
        table_of([_peer_row(peer) for peer in PEERS]),
        *published_section(runs),
        "## Pages per notebook",
        "\n".join(_link(notebook) for notebook in found),
    ]
    shown = _with_served(runs, served)
    names = {run.record.data.name for run in shown}
    for name in sorted(names, key=lambda name: [*DATASETS, name].index(name)):
        chosen = [run for run in shown if run.record.data.name == name]
        marked = served.name if served.record.data.name == name else ""
        parts += [f"## {DATASETS.get(name, name)}", *runs_of_data_set(chosen, marked)]
    further = further_table(shown)
    if further:
        parts += ["## Other evaluations", further]
    return "\n\n".join(parts) + "\n"


def _shown_by(served: Run) -> str:
    """Return a sentence on which output of the served model the figure shows; "" if it has one."""
    if not is_perceived(served.record):
        return ""
    return (
        " The served model answers as FER+'s viewers do; the figure shows its label head, which "
        "follows FER-2013's labels."
    )


def _with_served(runs: Sequence[Run], served: Run) -> list[Run]:
    """Return the runs and the served model, if its scores were scaled anew: then it is no run."""
    known = {(run.name, run.record.data.name) for run in runs}
    if (served.name, served.record.data.name) in known:
        return list(runs)
    return [*runs, served]


def _digest(table: pd.DataFrame) -> str:
    return digest_of(table.to_csv(float_format="%.4f"), length=12)


def _link(notebook: NotebookText) -> str:
    return f"- [{notebook.number} · {notebook.title}](results/{notebook.path.stem}.md)"


def _peer_row(peer: Peer) -> dict[str, str]:
    return {
        "other project": peer.name,
        "test [95 % interval]": percent_with_interval(peer.accuracy, peer.interval),
        "without twins": percent(peer.without_twins),
        "multiply-adds": millions(peer.multiply_adds),
    }
