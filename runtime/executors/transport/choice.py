"""What carries an executor's requests: aiohttp, or a client that was given."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ....config.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx2

    from .options import ConnectionOptions
    from .protocol import Transport


def transport_for(
    user: str, options: ConnectionOptions, client: httpx2.AsyncClient | None = None
) -> Transport:
    """The transport of an executor called `user`; raises `ConfigurationError` without a library."""
    if client is None:
        return own_transport(user, options)
    _check_given(options)
    from .httpx_transport import HttpxTransport

    return HttpxTransport(client)


def transport_beneath(user: str, options: ConnectionOptions, client: object) -> Transport:
    """The transport beneath a provider's client, unless one was given, which has its own."""
    if client is not None:
        _check_given(options)
    return own_transport(user, options)


def own_transport(user: str, options: ConnectionOptions) -> Transport:
    """The transport over aiohttp, which is imported here at the earliest."""
    try:
        import_module("aiohttp")
    except ImportError as error:
        message = f"{user} needs aiohttp: pip install 'hive-resilience[http]'"
        raise ConfigurationError(message) from error
    from .aiohttp_transport import AiohttpTransport

    return AiohttpTransport(options)


def _check_given(options: ConnectionOptions) -> None:
    if not options.are_usual:
        message = "a client that is given makes its own connections: leave out proxy and ca_file"
        raise ConfigurationError(message, key="client")
