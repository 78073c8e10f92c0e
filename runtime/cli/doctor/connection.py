"""One look at a server: its name, a connection, its certificate, and what HEAD answers."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import unquote, urlsplit

from ...executors.transport.options import tls_context
from ...observability.channels.in_thread import OneThread
from .servers import Server

_MOST_ADDRESSES = 4
Addresses = Sequence[tuple[int, int, int, str, tuple[object, ...]]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NotReachedError(Exception):
    """There is no way to the server; the text says where it ended, the advice what to do."""

    def __init__(self, text: str, advice: str) -> None:
        super().__init__(text)
        self.advice: str = advice


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look has found."""

    addresses: int
    tls: str | None = None
    """The version of TLS; None: the connection is plain."""
    expires: float | None = None
    """When the certificate ends, in seconds since 1970."""
    status: int | None = None
    """What HEAD was answered; None: it was not asked, or what came is no HTTP."""
    ahead: float | None = None
    """Seconds that this machine's clock is ahead of the server's; None: it told no time."""


async def look_at(server: Server, limit: float) -> Seen:
    """What a server shows within `limit` seconds. Raises `NotReachedError`."""
    stage = f"{server.name} does not answer"
    try:
        async with asyncio.timeout(limit):
            return await _seen(server)
    except TimeoutError:
        advice = "is there a firewall or a proxy between? --timeout gives it longer"
        raise NotReachedError(f"{stage} within {limit:g} s", advice) from None
    except ssl.SSLCertVerificationError as error:
        told = f"the certificate is not trusted: {error.verify_message or 'it does not verify'}"
        raise NotReachedError(told, _trust(error)) from None
    except (ssl.SSLError, asyncio.IncompleteReadError) as error:
        told = f"the connection is not made: {getattr(error, 'reason', None) or 'it ended early'}"
        raise NotReachedError(
            told, "does the server speak TLS at this port? http or https"
        ) from None
    except OSError as error:
        told = f"no connection: {_reason(error)}"
        raise NotReachedError(told, "does the server run, and listen at this port?") from None


def _reason(error: OSError) -> str:
    """asyncio's own words name the address in Python's spelling."""
    number = error.errno or 0
    return os.strerror(number) if number > 0 else str(error.strerror or error)


def _trust(error: ssl.SSLCertVerificationError) -> str:
    message = error.verify_message or ""
    if "expired" in message or "not yet" in message:
        return "renew the certificate at the server; a wrong clock here has the same effect"
    if "match" in message:
        return "use the name that stands in the certificate as the host"
    return "name the authority that has signed it: ca_file"


async def _seen(server: Server) -> Seen:
    host, port = _first_stop(server)
    addresses = await _resolved(host, port)
    async with _connected(server, addresses) as (reader, writer):
        secured = writer.get_extra_info("ssl_object")
        seen = Seen(len(addresses), *_certificate(secured))
        if server.path is None:
            return seen
        return await _asked(server, seen, reader, writer)


def _first_stop(server: Server) -> tuple[str, int]:
    if server.proxy is None:
        return server.host, server.port
    parts = urlsplit(server.proxy)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


async def _resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, looked up in a thread that keeps no process from ending."""
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = await OneThread[Addresses]("doctor names").run(look_up)
    except (OSError, UnicodeError) as error:
        told = getattr(error, "strerror", None) or "it is no name"
        advice = "is the name spelled right, and does DNS work here?"
        raise NotReachedError(f"{host} does not resolve: {told}", advice) from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@asynccontextmanager
async def _connected(server: Server, addresses: list[str]) -> AsyncGenerator[Streams]:
    reader, writer = await _opened(server, addresses)
    try:
        if server.proxy is not None and server.secure:
            await _tunnel(server, reader, writer)
            await writer.start_tls(tls_context(server.ca_file), server_hostname=server.host)
        yield reader, writer
    finally:
        writer.transport.abort()


async def _opened(server: Server, addresses: list[str]) -> Streams:
    host, port = _first_stop(server)
    direct = server.proxy is None and server.secure
    to_proxy = server.proxy is not None and urlsplit(server.proxy).scheme == "https"
    secure = tls_context(server.ca_file) if direct or to_proxy else None
    failure: OSError | None = None
    for address in addresses[:_MOST_ADDRESSES]:
        try:
            return await asyncio.open_connection(
                address, port, ssl=secure, server_hostname=host if secure else None
            )
        except ssl.SSLError:
            raise
        except OSError as error:
            failure = error
    assert failure is not None  # a name that resolves has an address
    raise failure


async def _tunnel(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    lines = [f"CONNECT {server.name} HTTP/1.1", f"Host: {server.name}", *_proxy_key(server)]
    status, _ = await _exchanged(lines, reader, writer)
    if status != 200:
        told = f"the proxy lets no connection to {server.name} through: it answers {status}"
        raise NotReachedError(told, "does the proxy want a password, or know this host?")


async def _asked(
    server: Server, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Seen:
    through = server.proxy is not None and not server.secure
    target = f"http://{server.name}{server.path}" if through else server.path
    key = _proxy_key(server) if through else []
    lines = [f"HEAD {target} HTTP/1.1", f"Host: {server.name}", "Connection: close", *key]
    began = time.time()
    status, headers = await _exchanged(lines, reader, writer)
    ahead = _ahead(headers, began, time.time())
    return Seen(seen.addresses, seen.tls, seen.expires, status, ahead)


async def _exchanged(
    lines: list[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[int | None, dict[str, str]]:
    """Status and headers of an answer; None: what came is no HTTP."""
    writer.write("\r\n".join([*lines, "", ""]).encode("ascii", "replace"))
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None, {}
    first, *rest = head.split("\r\n")
    version, _, told = first.partition(" ")
    if not version.startswith("HTTP/") or not told[:3].isdigit():
        return None, {}
    pairs = (line.partition(":") for line in rest)
    return int(told[:3]), {name.lower(): value.strip() for name, _, value in pairs}


def _ahead(headers: dict[str, str], began: float, ended: float) -> float | None:
    """A date has whole seconds, and was written between two looks at the clock: 0 within these."""
    try:
        date = parsedate_to_datetime(headers["date"]).timestamp()
        date += int(headers.get("age", "0"))  # an answer out of a cache is as old as it says
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if began > date + 1.0:
        return began - date - 1.0
    return min(0.0, ended - date)


def _certificate(secured: ssl.SSLObject | None) -> tuple[str | None, float | None]:
    if secured is None:
        return None, None
    until = (secured.getpeercert() or {}).get("notAfter")
    return secured.version(), ssl.cert_time_to_seconds(str(until)) if until else None


def _proxy_key(server: Server) -> list[str]:
    parts = urlsplit(server.proxy or "")
    if parts.username is None:
        return []
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return [f"Proxy-Authorization: Basic {b64encode(pair).decode()}"]
