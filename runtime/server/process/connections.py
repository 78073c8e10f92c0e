"""The connections of a server, in all and of each address."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv6Address, ip_address
from typing import Protocol

from ..limits import ServerLimits

SPARE = 128
"""Connections over the limit that hear why they are closed; all others hear nothing."""
_NETWORK_BITS = 64


class Connection(Protocol):
    """What the server asks of a connection."""

    def check(self, now: float) -> None:
        """End it where its client is late; `now` is monotonic seconds."""
        ...

    def shutdown(self) -> None:
        """The server stops: this connection serves what it has begun, and ends."""
        ...

    def abort(self) -> None:
        """End it now."""
        ...


class Connections:
    """Counts them; `limit` is of all together."""

    def __init__(self, limits: ServerLimits, limit: int | None = None) -> None:
        self.limit: int = limit or limits.connections
        self.all: set[Connection] = set()
        self._per_address = limits.connections_per_address
        self._addresses: Counter[str] = Counter()

    def add(self, connection: Connection, address: str | None) -> bool:
        """Whether there is room for it; it counts in both cases."""
        self.all.add(connection)
        if address is not None:
            self._addresses[address] += 1
        has_room = len(self.all) <= self.limit
        return has_room and (address is None or self._addresses[address] <= self._per_address)

    def remove(self, connection: Connection, address: str | None) -> None:
        """It has ended."""
        if connection not in self.all:
            return
        self.all.remove(connection)
        if address is not None:
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]

    @property
    def are_far_too_many(self) -> bool:
        """Whether there is no room even for a word of refusal."""
        return len(self.all) > self.limit + SPARE


def counted_address(client: tuple[str, int] | None) -> str | None:
    """What counts as one address; None: it is not counted, on loopback and on a socket file.

    A holder of IPv6 addresses has at least a whole network of them.

    >>> counted_address(("2001:db8::1", 5)) == counted_address(("2001:db8::2", 6))
    True
    """
    if client is None:
        return None
    try:
        address = ip_address(client[0].partition("%")[0])
    except ValueError:
        return client[0]
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        if mapped is None:
            return None if address.is_loopback else str(int(address) >> _NETWORK_BITS)
        address = mapped
    return None if address.is_loopback else str(address)
