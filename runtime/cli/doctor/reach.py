"""What the looks at all servers mean: reached or not, certificates, and the clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from ....config.errors import ConfigurationError
from ....config.settings.runtime import RuntimeConfig
from .connection import NotReachedError, Seen, look_at
from .finding import Finding, mend, note, well
from .servers import CHECK, Server, servers_of

CERTIFICATE, CLOCK = "certificate", "clock"
_AT_ONCE = 16
_DAY = 86_400.0
SOON = 21
"""Days that a certificate should be valid for at least."""
BARELY, FAR = 2.0, 30.0
"""Seconds by which a clock may be wrong without a word, and by which it is to be mended."""
_DOWN = range(502, 505)
"""What a proxy answers in place of a server that is not there."""


async def check_servers(config: RuntimeConfig, limit: float) -> list[Finding]:
    """A finding for each server, its certificate, and this machine's clock; `limit` s each."""
    servers, unknown = servers_of(config)
    places = asyncio.Semaphore(_AT_ONCE)

    async def look(server: Server) -> Seen | Finding:
        async with places:
            return await _look(server, limit, servers[server])

    seen = dict(zip(servers, await asyncio.gather(*map(look, servers)), strict=True))
    found = [told for one in servers for told in _told(one, seen[one], servers[one], time.time())]
    clock = [(server, one.ahead) for server, one in seen.items() if isinstance(one, Seen)]
    return [*unknown, *found, *told_of_clock(clock)]


async def _look(server: Server, limit: float, users: list[str]) -> Seen | Finding:
    try:
        return await look_at(server, limit)
    except NotReachedError as error:
        return mend(CHECK, server.name, f"{error} (for {_some(users)})", error.advice)
    except ConfigurationError as error:
        return mend(CHECK, server.name, f"{error} (for {_some(users)})", "mend ca_file")


def _told(server: Server, seen: Seen | Finding, users: list[str], now: float) -> Iterator[Finding]:
    if isinstance(seen, Finding):
        yield seen
        return
    yield told_of_server(server, seen, users)
    if seen.expires is not None:
        yield told_of_certificate(server, seen.expires - now)


def told_of_server(server: Server, seen: Seen, users: list[str]) -> Finding:
    """A server that has taken a connection."""
    by = " through a proxy" if server.proxy else ""
    spoken = seen.tls or "without TLS"
    told = f"connected{by}, {spoken}, for {_some(users)}"
    if server.path is not None and seen.status is None:
        advice = "is that the port of the model's server, and http or https as it speaks?"
        return mend(CHECK, server.name, f"what answers there speaks no HTTP ({told})", advice)
    if seen.status in _DOWN:
        advice = "is the model's server behind it up?"
        return note(CHECK, server.name, f"answers {seen.status} ({told})", advice)
    return well(CHECK, server.name, told)


def told_of_certificate(server: Server, remaining: float) -> Finding:
    """How long a certificate that was trusted remains valid; `remaining` is seconds."""
    days = int(remaining // _DAY)
    told = f"valid for {days} more days" if days != 1 else "valid for 1 more day"
    if days < SOON:
        return note(CERTIFICATE, server.name, told, "renew it at the server in time")
    return well(CERTIFICATE, server.name, told)


def told_of_clock(seen: list[tuple[Server, float | None]]) -> Iterator[Finding]:
    """This machine's clock beside that of the server which agrees with it most."""
    clocks = [(abs(ahead), ahead, server) for server, ahead in seen if ahead is not None]
    if not clocks:
        if any(server.path is not None for server, _ in seen):
            yield note(CLOCK, "this machine", "no server told its time: it is not compared")
        return
    off, ahead, server = min(clocks, key=lambda one: one[0])
    if off <= BARELY:
        yield well(CLOCK, "this machine", f"agrees with {server.name}")
        return
    told = f"{off:.0f} s {'ahead of' if ahead > 0 else 'behind'} {server.name}"
    advice = "set it by NTP: certificates, signatures and waits until a date depend on it"
    yield (mend if off > FAR else note)(CLOCK, "this machine", told, advice)


def _some(users: list[str]) -> str:
    more = f" and {len(users) - 3} more" if len(users) > 3 else ""
    return ", ".join(users[:3]) + more
