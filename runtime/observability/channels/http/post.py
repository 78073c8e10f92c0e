"""Sends one message over HTTP, and says in words of ours why a receiver did not take it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .....actors.alerting.notification import DeliveryError
from .....actors.policies.outcomes.retry_after import parse_retry_after
from .....config.errors import ConfigurationError
from .....config.values.secrets import is_url
from ..secret import Hidden

if TYPE_CHECKING:
    from aiohttp import ClientSession

_MAY_PASS = frozenset({302, 303, 307, 408, 425, 429})
"""Besides those from 500 on: another try may succeed."""
_GONE = 410
_HEADERS = {"User-Agent": "hive-resilience", "Content-Type": "application/json"}


def check_extra(channel: str) -> None:
    """Raises `ConfigurationError` where aiohttp is missing."""
    try:
        import aiohttp  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError as error:
        told = f"the channel {channel!r} needs aiohttp: pip install 'hive-resilience[http]'"
        raise ConfigurationError(told, key="alerts.channels") from error


class HttpPost:
    """The connections of one channel: no redirects, no cookies, certificates are checked."""

    def __init__(self) -> None:
        self._session: ClientSession | None = None
        self._is_gone = False

    async def send(self, url: Hidden, body: bytes, headers: Mapping[str, str]) -> None:
        """Post it. Raises `DeliveryError` unless the receiver says that it has taken it."""
        if self._is_gone:
            raise _gone()
        if not is_url(url):
            raise DeliveryError("the URL of the receiver is none", permanent=True)
        status, told = await self._status(url, body, headers)
        if 200 <= status < 300:
            return
        self._is_gone = status == _GONE
        raise _refusal(status, told)

    async def close(self) -> None:
        """Close the connections; a later message opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _status(
        self, url: Hidden, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str]]:
        from aiohttp import ClientError

        try:
            async with self._open().post(
                url,
                data=body,
                headers={**_HEADERS, **headers},
                allow_redirects=False,
                proxy=proxy_for(url),
            ) as answer:
                return answer.status, answer.headers
        except (ClientError, OSError, ValueError) as error:
            reason = _reason(error)
        raise DeliveryError(reason)  # outside: the error of the client names the URL

    def _open(self) -> ClientSession:
        if self._session is None:
            from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

            from .resolver import ThreadResolver

            self._session = ClientSession(
                connector=TCPConnector(resolver=ThreadResolver(), limit=4),
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=None),  # the delivery has the limit
            )
        return self._session


def proxy_for(url: str) -> str | None:
    """The proxy on the way to `url`, by HTTP_PROXY, HTTPS_PROXY and NO_PROXY."""
    from urllib.request import getproxies, proxy_bypass  # not cheap to import

    parts = urlsplit(url)
    found = getproxies()
    proxy = found.get(parts.scheme) or found.get("all")
    if not proxy or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _refusal(status: int, headers: Mapping[str, str]) -> DeliveryError:
    if status == _GONE:
        return _gone()
    if 300 <= status < 400:
        return DeliveryError(
            f"answered {status}; redirects are not followed", permanent=status not in _MAY_PASS
        )
    return DeliveryError(
        f"answered {status}",
        retry_after=parse_retry_after(headers, time.time()),
        permanent=status < 500 and status not in _MAY_PASS,
    )


def _gone() -> DeliveryError:
    told = "answered 410: the receiver wants no more until the settings change"
    return DeliveryError(told, permanent=True)


def _reason(error: Exception) -> str:
    from aiohttp import (
        ClientConnectorCertificateError,
        ClientConnectorDNSError,
        ClientSSLError,
        ServerDisconnectedError,
    )

    match error:
        case ClientConnectorDNSError():
            return "the name of the receiver is not found"
        case ClientConnectorCertificateError():
            return "the certificate of the receiver does not hold"
        case ClientSSLError():
            return "no secure connection to the receiver"
        case ServerDisconnectedError() | ConnectionResetError():
            return "the receiver closed the connection"
        case TimeoutError():
            return "the receiver did not answer in time"
        case OSError():
            return "no connection to the receiver"
        case ValueError():
            return "the request cannot be written: two authorizations, or an odd URL"
        case _:
            return f"the exchange failed ({type(error).__name__})"
