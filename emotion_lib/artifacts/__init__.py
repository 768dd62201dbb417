"""Models and runs on disk, and the leaderboard of all runs.

Only this package writes to the artifacts folder, with two exceptions: the checkpoint of a training
that is running, and the executed copy of a notebook.
"""

import lazy_loader

# The names stand in __init__.pyi. They are imported when they are first used: reading a model needs
# a quarter of them, and predicting shall start at once.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
