"""``python -m emotion_lib.datasets``: import or download a data set and say what is in it."""

import argparse
import sys

from . import DataError, load, names
from .sources import fer2013


def main(arguments: list[str] | None = None) -> int:
    """Load a data set, which imports it if need be, and print its counts; 2 if it cannot be had."""
    parser = argparse.ArgumentParser(
        prog="python -m emotion_lib.datasets",
        description="Import a data set into the cache of the data folder, and print what is in it.",
        epilog=fer2013.HOW_TO_GET,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=names(), help="which data set")
    parser.add_argument("--source", metavar="PATH", help="folder, zip or CSV to import")
    options = parser.parse_args(arguments)
    try:
        dataset = load(options.name, source=options.source or None)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    print(dataset.counts().to_string())
    print(f"fingerprint {dataset.fingerprint}", *dataset.notes, sep="\n- ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
