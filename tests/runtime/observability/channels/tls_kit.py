"""A certificate that this machine made itself, for `localhost`."""

from __future__ import annotations

import ssl
from pathlib import Path

PEM = str(Path(__file__).parents[2] / "executors" / "transport" / "localhost.pem")


def server_context() -> ssl.SSLContext:
    """For a server that shows it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    return context
