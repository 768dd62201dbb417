"""All results on one page, ``docs/results.md``."""

from collections.abc import Mapping, Sequence

import pandas as pd

from .. import evaluation
from ..artifacts import Run
from ..files import digest_of
from .cost_points import cost_table
from .model_convention import is_perceived
from .notebook_text import NotebookText
from .peers import PEERS, Peer
from .perceived_tables import CONVENTION
from .published_section import published_section
from .recorded_scores import evaluation_of
from .run_groups import folded, group_names
from .run_points import ranking_table
from .run_ranks import run_ranks
from .run_tables import DATASETS, groups_table, notes_on, table_of
from .served_sentence import served_sentence
from .shares import millions, percent, percent_with_interval

# The data set whose runs are ranked in a figure and compared pair by pair.
RANKED = "fer2013"
_PAGE = "results/{}.md"
_POWER = "evidence/statistics.md"


def all_results_text(
    runs: Sequence[Run], found: Mapping[NotebookText, Sequence[Run]], served: Run
) -> str:
    """Return the page of all results, ``docs/results.md``.

    Args:
        runs: all full runs.
        found: the runs of each notebook.
        served: the served model.
    """
    shown = _with_served(runs, served)
    page = _PAGE.format(served.name.split("/")[0])
    parts = [
        "# Results",
        "<!-- Written by `emotion report docs` from the records. -->",
        f"{len(runs)} full runs of {len(found)} notebooks. [How to read the tables]"
        "(#how-to-read-the-tables) stands at the end.",
        "## The served model",
        f"{served_sentence(served.record)} [Its runs and figures]({page}), "
        "[its model card](../artifacts/best/MODEL_CARD.md).",
    ]
    names = {run.record.data.name for run in shown}
    for name in sorted(names, key=lambda name: [*DATASETS, name].index(name)):
        chosen = [run for run in shown if run.record.data.name == name]
        parts += _data_set(name, chosen, served)
    parts += _cost(runs, served)
    parts += published_section(runs)
    parts += ["## Pages per notebook", "\n".join(_link(notebook) for notebook in found)]
    parts += ["## How to read the tables", _READING]
    return "\n\n".join(parts) + "\n"


_READING = """\
- **Row.** One network, trained with one seed or with several. Of several seeds a row shows the mean
  and, in round brackets, the lowest and the highest; on test also the standard deviation, after ±.
  A name begins with the number of its notebook and leads to the notebook's page, which lists every
  run.
- **Rank.** Networks that cannot be told apart share a rank. They are sorted by test accuracy. The
  first opens a group, and the next ones join it as long as they cannot be told apart *from this
  first one*: by McNemar's exact test on the same images, adjusted for all pairs of the table
  (Benjamini-Hochberg, 5 %). The first that can be told apart opens the next group; its place is
  the rank, as in sports: 1, 1, 1, 4. So two of a group may differ, and the last of a group may not
  differ from the first of the next. Of several seeds the middle one on validation is compared. A
  dash: no scores of the same images. `emotion runs` ranks every run, this page every network.
- **Validation, test.** FER-2013 and FER+: the epoch was chosen on PublicTest (validation), and
  PrivateTest (test) chose nothing. Training images that have a pixel-identical twin in a test split
  were dropped.
- **Square brackets.** The 95 % interval of one run, from the number of its test images. It does not
  contain the chance of another seed.
- **Training.** Wall time of the epochs, each with its validation, on the named processor or GPU
  with the named backend; reading the data and the last evaluation are not in it. Times of different
  machines do not compare. A student's is without its teachers', a classifier's without that of the
  network whose features it takes; an ensemble's is the sum of its members'."""


def _data_set(name: str, runs: Sequence[Run], served: Run) -> list[str]:
    """Return the section on one data set."""
    parts = [f"## {DATASETS.get(name, name)}", notes_on(runs)]
    if is_perceived(runs[0].record):
        parts.append(CONVENTION)
    if name == RANKED:
        parts += [
            "![Test accuracy of all runs](results/all_runs.webp)",
            f"<!-- Digest of the figure's data: {_digest(ranking_table(runs))} -->",
            "Test accuracy, best on validation first: a point with its 95 % interval, or a ring "
            "for each seed and a point at their mean.",
            *_pairs(runs),
        ]
    groups = folded(runs)
    marked = served.name if served.record.data.name == name else ""
    ranks = run_ranks(group.middle for group in groups)
    return [*parts, groups_table(groups, group_names(groups), marked, _PAGE, ranks)]


def _pairs(runs: Sequence[Run]) -> list[str]:
    """Return a paragraph on how many pairs of runs differ; nothing for a single run."""
    if len(runs) < 2:
        return []
    tests = {run.name: evaluation_of(run) for run in runs}
    pairs = evaluation.paired_tests(tests)
    sentence = evaluation.pairs_sentence(pairs, runs[0].record.metrics.test.n)
    return [f"{sentence} [What a difference must be to be seen]({_POWER})."]


def _cost(runs: Sequence[Run], served: Run) -> list[str]:
    """Return the section on accuracy and multiply-adds."""
    return [
        "## Accuracy against cost",
        "![Accuracy against multiply-adds](results/accuracy_against_cost.webp)",
        f"<!-- Digest of the figure's data: {_digest(cost_table(runs, served))} -->",
        "Multiply-adds per face of convolutions and dense layers. Of the networks of one notebook "
        "with the same cost, the best on validation is shown, and of several seeds the middle one; "
        "classical classifiers and repetitions of another notebook's network are not shown. The "
        "models of other projects were evaluated here, on the same images, with the weights that "
        f"they ship; their training data held the twins.{_shown_by(served)}",
        table_of([_peer_row(peer) for peer in PEERS]),
    ]


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
    return f"- [{notebook.heading}](results/{notebook.path.stem}.md)"


def _peer_row(peer: Peer) -> dict[str, str]:
    return {
        "other project": peer.name,
        "test [95 % interval]": percent_with_interval(peer.accuracy, peer.interval),
        "without twins": percent(peer.without_twins),
        "multiply-adds": millions(peer.multiply_adds),
    }
