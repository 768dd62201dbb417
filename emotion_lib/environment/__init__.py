"""The environment of a result: commit, package versions, processor, memory and GPUs.

What an installation lacks is here too. Importing this package does not import Keras.
"""

import lazy_loader

# The names are in __init__.pyi. They are imported when they are first used: reading a picture asks
# for optional packages alone, and subprocess and importlib.metadata take 16 ms.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
