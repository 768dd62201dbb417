"""Names, counts and advice that the modules of FER-2013 share."""

from pathlib import Path

from ....labels import SEVEN_EXPRESSIONS

CLASS_NAMES = SEVEN_EXPRESSIONS
USAGES = ("Training", "PublicTest", "PrivateTest")  # the CSV's names of train, validation and test
OFFICIAL_COUNTS = {"Training": 28_709, "PublicTest": 3_589, "PrivateTest": 3_589}
SIZE = 48  # px per side
KAGGLE_HANDLE = "msambare/fer2013"
ENVIRONMENT_VARIABLE = "FER2013_PATH"

HOW_TO_GET = f"""Ways to get it:
  - with a Kaggle account:  emotion data fer2013
                            (kagglehub downloads {KAGGLE_HANDLE})
  - a download by hand:     emotion data fer2013 --source PATH
                            PATH: the Kaggle folder, its zip or tar, or fer2013.csv or
                            icml_face_data.csv, which may be compressed (.gz, .zip, .tar.gz)
  - the same by name:       name it fer2013/, fer2013.zip or fer2013.csv in the data folder,
                            or set {ENVIRONMENT_VARIABLE}
  - no data at all:         DATASET = "synthetic" in a notebook, or `make smoke`: drawn faces,
                            to try things out only"""


def is_debris(name: str) -> bool:
    """Return whether a file of an archive is one that macOS adds beside the real files."""
    return "__MACOSX" in Path(name).parts or Path(name).name.startswith("._")


def wrong_counts(counts: dict[str, int]) -> dict[str, int]:
    """Return the counts of images per usage that are not the official ones."""
    wrong = {}
    for usage, count in counts.items():
        if count != OFFICIAL_COUNTS[usage]:
            wrong[usage] = count
    return wrong


def has_official_tests(counts: dict[str, int]) -> bool:
    """Return whether validation and test split have the official number of images."""
    return not wrong_counts(counts).keys() & {"PublicTest", "PrivateTest"}
