"""``emotion data``: list the data sets, or import one."""

from typing import Annotated

import typer

from .terminal import text_table


def data(
    name: Annotated[
        str | None, typer.Argument(help="Name of a data set. Without one, all are listed.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="PATH", help="Folder, zip or CSV file to import.")
    ] = None,
) -> None:
    """List the data sets, or import one and print its number of images per class and split.

    FER-2013 is downloaded from Kaggle unless --source or FER2013_PATH names a copy.

    For example: emotion data fer2013 --source fer2013.zip
    """
    from .. import datasets

    if name is None and source is not None:
        raise ValueError(
            "Expected the name of a data set with --source. Received: none. For example: "
            f"emotion data fer2013 --source {source}"
        )
    if name is None:
        print(text_table([_row(each) for each in datasets.names()]))
        return
    loaded = datasets.load(name, source=source)
    print(loaded.counts().to_string())
    print(f"fingerprint {loaded.fingerprint}", *loaded.notes, sep="\n- ")


def _row(name: str) -> dict[str, str]:
    from .. import datasets

    if datasets.needs_source(name):
        state = "needs --source"
    else:
        state = "yes" if datasets.is_available(name) else "no"
    description, *_ = (datasets.module(name).__doc__ or "").splitlines()
    return {"data set": name, "on this machine": state, "description": description.rstrip(".")}
