"""``python -m emotion_lib.artifacts leaderboard``: write the leaderboard from the runs' records."""

import argparse
import sys

from . import ArtifactError, write_leaderboard


def main(arguments: list[str] | None = None) -> int:
    """``python -m emotion_lib.artifacts leaderboard``."""
    parser = argparse.ArgumentParser(
        prog="python -m emotion_lib.artifacts",
        description="The leaderboard. `emotion runs` lists runs and imports them.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("leaderboard", help="write leaderboard.csv from the runs' records")
    parser.parse_args(arguments)
    try:
        print(write_leaderboard())
    except ArtifactError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
