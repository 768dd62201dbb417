"""``python -m emotion_lib.cli``: the command ``emotion``."""

from . import main

main()
