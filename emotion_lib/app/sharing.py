"""A public address for the page, by the tunnel of Gradio."""

import contextlib
import secrets
import threading
from pathlib import Path


def share(port: int, folder: Path) -> threading.Thread:
    """Ask Gradio's service for a public address, and print it when it is there.

    The page is served to this machine meanwhile, and also if there is no public address.

    Args:
        port: of the server, on this machine.
        folder: for a file that the tunnel needs; it ends with the server.

    Returns:
        The thread that asks.
    """
    thread = threading.Thread(
        target=_open_and_print, args=(port, folder), name="emotion-share", daemon=True
    )
    thread.start()
    return thread


def close_tunnels() -> None:
    """End the processes of all tunnels."""
    from gradio import tunneling

    for tunnel in tunneling.CURRENT_TUNNELS:
        with contextlib.redirect_stdout(None):  # it prints what it ends
            tunnel.kill()
    tunneling.CURRENT_TUNNELS.clear()


def _open_and_print(port: int, folder: Path) -> None:
    try:
        address = _open(port, folder)
    except Exception as error:  # of any library, and of the service itself
        reason = " ".join(str(error).split()) or type(error).__name__
        print(
            f"Expected a public address of Gradio's service. Received: {reason} "
            "The page is served to this machine alone. A public address needs a connection to the "
            "internet and the program frpc, which Gradio downloads.",
            flush=True,
        )
        return
    print(
        f"Public address, for up to a week: {address}\n"
        "Whoever knows it can use the page, unless --auth asks for a password.",
        flush=True,
    )


def _open(port: int, folder: Path) -> str:
    from gradio import networking, tunneling
    from gradio.exceptions import ChecksumMismatchError

    # Gradio writes it into the current folder.
    networking.CERTIFICATE_PATH = str(folder / "share" / "certificate.pem")
    try:
        address = networking.setup_tunnel("127.0.0.1", port, secrets.token_urlsafe(32), None, None)
    except ChecksumMismatchError:
        # Gradio would run it the next time, as it checks only what it has just downloaded.
        Path(tunneling.BINARY_PATH).unlink(missing_ok=True)
        raise
    return address.replace("http://", "https://", 1)
