"""The commands ``emotion report``: tables and pages from the records of runs."""

from typing import Annotated

import typer

report_app = typer.Typer(
    help="Write tables and pages from the records of runs.", no_args_is_help=True
)


@report_app.command()
def html() -> None:
    """Write all results and executed notebooks as pages that need no network."""
    from ..experiments.html_report import write_html

    print(write_html())


@report_app.command()
def findings() -> None:
    """Write the figures in the prose of notebooks, README.md and docs/ from the records."""
    from ..environment import require_checkout

    require_checkout("its pages")
    from ..experiments.findings import write_findings

    for path in write_findings():
        print(path)


@report_app.command()
def docs(
    redraw: Annotated[
        bool, typer.Option("--redraw", help="Draw all figures, not only those with new data.")
    ] = False,
) -> None:
    """Write all results: figures in prose, README.md, docs/results, the index of the notebooks."""
    from ..environment import require_checkout

    require_checkout("its pages")
    from ..experiments.findings import write_findings
    from ..experiments.readme import write_readme
    from ..experiments.results import write_results

    written = [*write_findings(), *write_results(redraw=redraw), write_readme()]
    print(f"{len(written)} pages and figures are up to date.")


@report_app.command()
def card() -> None:
    """Write the model card of the served model, MODEL_CARD.md."""
    from ..environment import require_checkout

    require_checkout("its model card")
    from ..experiments.model_card import write_model_card

    print(write_model_card())


@report_app.command()
def served() -> None:
    """Measure confidence and confusion of the served model again, for its record and model card."""
    from ..environment import require_checkout

    require_checkout("its record and its model card")
    from ..experiments.promotion import measure_served

    print(measure_served())
