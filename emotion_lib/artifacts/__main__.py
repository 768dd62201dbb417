"""``python -m emotion_lib.artifacts``: bring records together, write the leaderboard."""

import argparse
import sys
from pathlib import Path

from . import ArtifactError, collect, write_leaderboard


def main(arguments: list[str] | None = None) -> int:
    """``python -m emotion_lib.artifacts collect FOLDER | leaderboard``."""
    parser = argparse.ArgumentParser(
        prog="python -m emotion_lib.artifacts", description="Recorded runs and the leaderboard."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("collect", help="bring the records of runs made with another ARTIFACTS_DIR into this one")
    command.add_argument("folder", type=Path, help="that ARTIFACTS_DIR")
    commands.add_parser("leaderboard", help="write leaderboard.csv anew from the runs' records")
    options = parser.parse_args(arguments)
    try:
        if options.command == "collect":
            print(f"collected: {', '.join(collect(options.folder)) or 'nothing'}")
        else:
            print(write_leaderboard())
    except ArtifactError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
