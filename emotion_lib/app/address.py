"""The address of the server: a socket that listens, and files for TLS."""

import os
import socket
import ssl
from pathlib import Path

from ..errors import EmotionError


class ServerError(EmotionError, OSError):
    """An address that cannot be served, or a page that cannot be started."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Visitors who come before the server is ready wait in it, so that an address is taken at once,
    and not found to be taken after the models were loaded.

    Args:
        host: name or address of this machine.
        port: number of the port; 0: any free one.

    Raises:
        ServerError: the port is taken, not allowed or no port number, or this machine has no such
            address.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
        try:
            if (
                os.name == "posix"
            ):  # on other systems this option would let two servers share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address[0], port, *address[2:]))
            listener.listen(2048)
        except BaseException:
            listener.close()
            raise
    except (OSError, OverflowError, UnicodeError) as error:
        raise ServerError(
            f"Expected to serve on {host}, port {port}. Received: {str(error).rstrip('.')}. "
            "Choose a free port, or an address of this machine: --port 7861 --host 127.0.0.1 "
            "(make app PORT=7861 HOST=127.0.0.1)"
        ) from error
    return listener


def url(listener: socket.socket, *, secure: bool = False, root_path: str = "") -> str:
    """Return the address at which a browser of this machine finds the page."""
    host, port = listener.getsockname()[:2]
    if ":" in host:
        host = f"[{host}]"
    return f"{'https' if secure else 'http'}://{host}:{port}{root_path}"


def check_certificate(certificate: Path | None, key: Path | None) -> None:
    """Load the files for TLS, which the server itself would report by a traceback.

    Args:
        certificate: file with the certificate, PEM.
        key: file with its private key, PEM; None: it is in the other file.

    Raises:
        ServerError: they cannot be read, or do not belong together.
    """
    if certificate is None:
        if key is not None:
            raise ServerError(
                f"Expected a certificate with the key {key}. Received: none. "
                "Add it: --ssl-certfile FILE."
            )
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except OSError as error:  # SSLError is one
        raise ServerError(
            f"Expected a certificate with its private key, as PEM. Received: {error} "
            f"({certificate}, {key or 'no file of the key'}). "
            "Give both: --ssl-certfile FILE --ssl-keyfile FILE."
        ) from error
