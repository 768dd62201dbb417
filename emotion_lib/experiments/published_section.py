"""Published accuracies on the page of all results, and what ours would be by their rules."""

from collections.abc import Mapping, Sequence

from ..artifacts import Run
from .markdown import table
from .peers import PEERS, TEST_IMAGES, WITHOUT_TWINS
from .published import PUBLISHED
from .run_groups import best_first, is_trained_here
from .shares import percent, percent_with_interval

_TWINS = TEST_IMAGES - WITHOUT_TWINS


def published_section(runs: Sequence[Run]) -> list[str]:
    """Return the paragraphs and tables of the section on published accuracies.

    Args:
        runs: all full runs; the best network and the best ensemble among them are compared.
    """
    parts = [
        "## Published accuracies",
        "As their authors print them, next to what their code or paper says about the measurement. "
        "They were not measured here. Twins: pixel-identical images in the training split.",
        _published_table(),
    ]
    best = _best(runs)
    if not best:
        return parts
    return [
        *parts,
        "### Ours, as a paper would print it: an estimate",
        f"The networks of this project are trained without the twins of {_TWINS} test images. "
        f"Networks that are trained on them remember them: {_rates()}. The estimate replaces our "
        f"accuracy on the twins by these two rates: ({WITHOUT_TWINS:,} × accuracy without twins + "
        f"{_TWINS} × rate) / {TEST_IMAGES:,}. It is not a measurement, as no network here was "
        "trained on the twins. Ours look at each face once, the ensemble also at its mirror image.",
        _estimate_table(best),
    ]


def as_published(without_twins: float, rate: float) -> float:
    """Estimate the accuracy on PrivateTest of a network that was trained on the twins, too.

    Args:
        without_twins: its accuracy on the images without a twin.
        rate: accuracy on the twins of networks that were trained on them.

    Example:
        >>> round(as_published(0.726, 0.91), 3)
        0.741
    """
    return (WITHOUT_TWINS * without_twins + _TWINS * rate) / TEST_IMAGES


def accuracy_on_twins(run: Run) -> float | None:
    """Return a run's accuracy on the test images that have a twin; None where it is not known.

    It follows from the recorded accuracies on all test images and on those without a twin.
    """
    test = run.record.metrics.test
    without_twins = run.record.metrics.test_without_twins
    if without_twins is None or (test.n, without_twins.n) != (TEST_IMAGES, WITHOUT_TWINS):
        return None
    correct = round(test.accuracy * test.n) - round(without_twins.accuracy * without_twins.n)
    return correct / _TWINS


def _published_table() -> str:
    header = ["who", "what", "published", "measured on, and how chosen", "twins in training"]
    rows = []
    for entry in PUBLISHED:
        links = ", ".join(f"[{title}]({address})" for title, address in entry.sources.items())
        rows.append(
            [
                f"{entry.authors}: {links}",
                entry.model,
                f"{entry.percent} %",
                entry.measured,
                entry.twins,
            ]
        )
    return table(header, rows)


def _rates() -> str:
    """Return what other projects' networks reach on the twins: "one 84 %, another 91 %"."""
    return ", ".join(f"{peer.name} {100 * peer.on_twins:.0f} %" for peer in PEERS)


def _estimate_table(best: Mapping[str, Run]) -> str:
    header = [
        "run",
        "measured [95 % interval]",
        f"without twins, n = {WITHOUT_TWINS:,}",
        f"on the twins, n = {_TWINS}",
        "estimate with twins in training",
    ]
    rates = [peer.on_twins for peer in PEERS]
    rows = []
    for kind, run in best.items():
        test = run.record.metrics.test
        without_twins = run.record.metrics.test_without_twins.accuracy
        low, high = (as_published(without_twins, rate) for rate in (min(rates), max(rates)))
        rows.append(
            [
                f"{kind}: {run.name}",
                percent_with_interval(test.accuracy, test.accuracy_interval_95),
                percent(without_twins),
                percent(accuracy_on_twins(run)),
                f"about {100 * low:.1f} to {100 * high:.1f} %",
            ]
        )
    return table(header, rows)


def _best(runs: Sequence[Run]) -> dict[str, Run]:
    """Return the best network and the best ensemble on validation, by FER-2013's labels."""
    found: dict[str, Run] = {}
    for run in best_first(runs):
        is_ours = is_trained_here(run)
        if run.record.data.name == "fer2013" and is_ours and accuracy_on_twins(run) is not None:
            found.setdefault("best ensemble" if run.record.is_ensemble else "best network", run)
    return found
