"""What the exceptions mean that come out of aiohttp. Only the system's words are quoted."""

from __future__ import annotations

import os
import ssl

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientProxyConnectionError,
    ClientSSLError,
    EofStream,
)
from aiohttp.http import HttpProcessingError

from ....config.errors import ConfigurationError
from .protocol import Failure, TransportError
from .unpacking import UnpackingError


class ConnectTimeoutError(Exception):
    """There was no connection within `limit` seconds."""

    def __init__(self, limit: float) -> None:
        super().__init__(limit)
        self.limit: float = limit


class WritingError(ValueError):
    """The request cannot be written: no URL, or a header that none can be."""


ERRORS = (
    ClientError,
    ConfigurationError,
    ConnectTimeoutError,
    EofStream,
    HttpProcessingError,
    OSError,  # a `TimeoutError` is one, too
    UnpackingError,
    WritingError,
)
"""All that `transport_error_of` knows."""


def transport_error_of(error: Exception) -> TransportError:
    """The same as one of ours."""
    failure, text = _meaning(error)
    told = _told(error) if isinstance(error, ClientConnectorError) else ""
    return TransportError(failure, text + told)


def _meaning(error: Exception) -> tuple[Failure, str]:
    match error:
        case ConnectTimeoutError():
            return Failure.CONNECT_TIMEOUT, f"no connection within {error.limit:.3g} s"
        case TimeoutError():
            return Failure.TIMEOUT, "no answer in time"
        case ClientConnectorCertificateError():
            return Failure.TLS, "no TLS connection: the certificate does not hold"
        case ClientSSLError():
            return Failure.TLS, "no TLS connection"
        case ClientConnectorDNSError():
            return Failure.NAME, "no connection: the host is not known"
        case ClientProxyConnectionError():
            return Failure.CONNECT, "no connection to the proxy"
        case ClientConnectorError():
            return Failure.CONNECT, "no connection"
        case ClientHttpProxyError():
            return Failure.CONNECT, f"no connection: the proxy answered {error.status}"
        case ConfigurationError():
            return Failure.CONNECT, str(error)
        case UnpackingError() | WritingError():
            return Failure.BROKEN, str(error)
        case _:
            return Failure.BROKEN, f"the connection broke ({type(error).__name__})"


def _told(error: ClientConnectorError) -> str:
    """What the system said of it."""
    if isinstance(error, ClientConnectorCertificateError):
        cause: Exception = error.certificate_error
    else:
        cause = error.os_error
    match cause:
        case ssl.SSLCertVerificationError():
            words = cause.verify_message
        case ssl.SSLError():
            words = (cause.reason or "").replace("_", " ").lower()
        case OSError(errno=int(number)) if not isinstance(error, ClientConnectorDNSError):
            words = os.strerror(number)
        case OSError():
            words = cause.strerror or ""
        case _:
            words = ""
    return f": {words}" if words else ""
