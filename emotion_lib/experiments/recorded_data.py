"""The data set that a recorded run was made on."""

from collections.abc import Callable

from .. import datasets
from ..artifacts import ArtifactError, Record
from ..datasets import Dataset

Data = Callable[[str], Dataset | None]


def recorded_data(record: Record) -> Dataset:
    """Return the data set of a record, such as "fer2013" or "ferplus perceived".

    Raises:
        ArtifactError: the data here is not that of the record.
        DataError: the data is not here.
    """
    dataset = datasets.load(record.data.name)
    if dataset.fingerprint != record.data.fingerprint:
        raise ArtifactError(
            f"Expected the data that {record.name} was trained on (fingerprint "
            f"{record.data.fingerprint}). Received: {dataset.fingerprint}. Run the notebook again "
            "on this data."
        )
    return dataset


def data_here(name: str) -> Dataset | None:
    """Return a data set by the name that a record gives it, or None if it is not here.

    Nothing is downloaded.
    """
    source = name.partition(" ")[0]
    if source not in datasets.names() or not datasets.is_available(source):
        return None
    return datasets.load(name)
