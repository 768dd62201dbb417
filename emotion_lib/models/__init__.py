"""Networks and their conversion. One builder per file; every model takes raw pixels 0..255."""

from ..environment import require

require("keras")
