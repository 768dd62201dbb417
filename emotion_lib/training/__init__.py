"""Training with checkpoints and early stopping on validation, logs, and resuming after a kill."""

from ..environment import require

require("keras")

from .checkpoint import finish
from .devices import use_all_devices
from .fitting import average_precision, fit
from .frozen_features import cached_features
from .muon import Muon
from .precision import check_configuration, set_precision
from .schedule import affordable_epochs, cosine_decay, seconds_per_training

__all__ = [
    "Muon",
    "affordable_epochs",
    "average_precision",
    "cached_features",
    "check_configuration",
    "cosine_decay",
    "finish",
    "fit",
    "seconds_per_training",
    "set_precision",
    "use_all_devices",
]
