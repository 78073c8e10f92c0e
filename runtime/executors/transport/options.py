"""How connections to a server are made."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from urllib.parse import urlsplit

from ....config.errors import ConfigurationError
from ....config.values.secrets import is_url

CONNECT_TIMEOUT = 5.0
"""Seconds until there is a connection, where no setting says otherwise."""


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """What holds for all connections of one executor."""

    proxy: str | None = field(default=None, repr=False)
    """URL of an HTTP proxy; None: by HTTP_PROXY, HTTPS_PROXY and NO_PROXY."""
    ca_file: str | None = None
    """PEM file of the authorities that are trusted, in place of the system's."""

    def __post_init__(self) -> None:
        if self.proxy is not None:
            checked_proxy(self.proxy)
        if self.ca_file is not None:
            # A program may change its directory before the next connection.
            object.__setattr__(self, "ca_file", os.path.abspath(self.ca_file))
            tls_context(self.ca_file)

    @property
    def are_usual(self) -> bool:
        """Whether nothing is said of the way to a server."""
        return self.proxy is None and self.ca_file is None

    def proxy_for(self, url: str) -> str | None:
        """The proxy on the way to `url`; raises `ConfigurationError` for one of another kind."""
        if self.proxy is not None:
            return self.proxy
        from urllib.request import getproxies, proxy_bypass  # not cheap to import

        parts = urlsplit(url)
        found = getproxies()
        proxy = found.get(parts.scheme) or found.get("all")
        if not proxy or proxy_bypass(parts.netloc.rpartition("@")[2]):
            return None
        return checked_proxy(proxy if "://" in proxy else f"http://{proxy}")


def checked_proxy(url: str) -> str:
    """The URL of a proxy as it is; raises `ConfigurationError` where it cannot be used."""
    if is_url(url):
        return url
    kind, found, _ = url.partition("://")  # nothing else is quoted: there may be a password in it
    shown = f"one of the kind {kind[:20]!r}" if found else "no URL"
    raise ConfigurationError(
        f"the proxy should be http://host:port or https://host:port, and is {shown}",
        key="proxy",
        allowed="an HTTP proxy: http://host:port or https://host:port",
    )


@cache
def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """One for the process: to read the certificates takes some 30 ms.

    Raises `ConfigurationError` for a file that is none of certificates.
    """
    if ca_file is None:
        return _usual_context()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # an `SSLError` is one, too
        reason = "is no PEM file of certificates"
        if not isinstance(error, ssl.SSLError):
            reason = f"cannot be read: {error.strerror}"
        raise ConfigurationError(f"ca_file {ca_file} {reason}", key="ca_file") from error


def _usual_context() -> ssl.SSLContext:
    """Trusts the system's authorities; those of certifi where Python knows of none."""
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath) and find_spec("certifi") is not None:
        import certifi

        return ssl.create_default_context(cafile=certifi.where())
    return ssl.create_default_context()
