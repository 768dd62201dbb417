"""The error of a use that needs the project's checkout."""

from ..errors import EmotionError
from ..paths import ROOT, is_checkout


class CheckoutError(EmotionError, RuntimeError):
    """The library is an installed package, and the checkout's files are needed."""


def require_checkout(purpose: str) -> None:
    """Raise an error if the library does not run from a checkout of the project.

    Args:
        purpose: what needs the checkout, as the message names it.

    Raises:
        CheckoutError: the library is an installed package.
    """
    if not is_checkout():
        raise CheckoutError(
            f"Expected a checkout of the project for {purpose}. Received: the installed package in "
            f"{ROOT}. Run the command in a checkout, installed by `make setup`."
        )
