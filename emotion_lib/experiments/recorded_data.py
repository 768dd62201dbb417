"""The data set that a recorded run was made on."""

from .. import datasets
from ..artifacts import ArtifactError, Record
from ..datasets import Dataset


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
