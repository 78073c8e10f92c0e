"""Every limit of the server, with its default."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from ...config.errors import ConfigurationError

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What the server takes at most. Spans are seconds, sizes are bytes.

    Raises `ConfigurationError` for a limit that is not more than 0, or that is endless.

    >>> ServerLimits(drain=5.0).drain
    5.0
    """

    header_bytes: int = 32 * 1024
    """Bytes of all headers of a request together; more is answered with 431."""
    header_count: int = 100
    """Headers of a request; more are answered with 431."""
    request_line_bytes: int = 8 * 1024
    """Bytes of a request's target; more is answered with 414."""
    body_bytes: int = 32 * _MIB
    """Bytes of a request's body; more is answered with 413."""
    held_bytes: int = 256 * _MIB
    """Bytes of all bodies that are held at once; the next request is answered with 503."""
    headers_within: float = 10.0
    """Seconds from a request's first byte, or from the connection, to the end of its headers."""
    body_within: float = 60.0
    """Seconds from the end of the headers to the end of the body."""
    body_grace: float = 10.0
    """Seconds of a body before its pace counts."""
    body_bytes_per_second: int = 1024
    """Bytes a second that a body brings at least, once `body_grace` is over."""
    keep_alive: float = 75.0
    """Seconds that a connection may be without a request."""
    reader_idle: float = 120.0
    """Seconds after which a client that takes nothing of its answer is dropped."""
    connections: int = 4096
    """Connections at once; the next one is answered with 503 and closed."""
    connections_per_address: int = 256
    """Connections of one address at once, off loopback; the next one is answered with 503."""
    in_flight: int = 1024
    """Requests under way at once; the next one is answered with 503."""
    streams_per_key: int = 256
    """Streams of one key at once; the next one is answered with 429."""
    header_hold: float = 15.0
    """Seconds that the headers of a stream wait for its first content."""
    keep_alive_every: float = 15.0
    """Seconds of silence in a stream before the client gets a sign of life."""
    drain: float = 30.0
    """Seconds that requests under way have to end when the server is told to stop."""
    hops: int = 2
    """Servers of this kind that a request may have passed; more is answered with 508."""
    longest_retry_after: float = 60.0
    """The longest `Retry-After` that an answer states, in seconds."""
    metadata_bytes: int = 4096
    """Bytes of the metadata that a request brings."""

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if not _is_fitting(value, whole=one.type == "int"):
                kind = "a whole number" if one.type == "int" else "a number"
                raise ConfigurationError(
                    f"ServerLimits.{one.name}: should be {kind} above 0, not {value!r}",
                    key=one.name,
                )


def _is_fitting(value: object, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        return False
    return 0 < value < math.inf
