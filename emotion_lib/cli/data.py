"""``emotion data``: list the data sets, or import one."""

from typing import Annotated

import typer


def data(
    name: Annotated[
        str | None, typer.Argument(help="Name of a data set. Without one: list them all.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="PATH", help="Folder, zip or CSV file to import.")
    ] = None,
) -> None:
    """List the data sets, or import one and print the number of images per class and split.

    FER-2013 is downloaded from Kaggle unless --source names a copy, or FER2013_PATH does.

    For example: emotion data fer2013 --source fer2013.zip
    """
    from .. import datasets

    if name is None:
        if source is not None:
            raise ValueError(
                "Expected the name of a data set with --source. Received: none. For example: "
                f"emotion data fer2013 --source {source}"
            )
        for each in datasets.names():
            print(each)
        return
    print(datasets.load(name, source=source).summary())
