"""One call of a server: what it needs of a task and of an attempt, and what it goes by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from ....config.errors import ResilienceError
from ....config.values.caller_headers import joined
from ..transport.options import CONNECT_TIMEOUT
from ..transport.protocol import Failure, TransportError
from .api_key import Key
from .faults.errors import transport_error
from .faults.exchange import Exchange

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class HasPayload(Protocol):
    """What is needed of a task."""

    @property
    def payload(self) -> object:
        """The request."""
        ...


class CallContext(Protocol):
    """What is needed of an attempt's context."""

    @property
    def model_id(self) -> str:
        """The model's id in the runtime."""
        ...

    @property
    def deadline(self) -> float | None:
        """Seconds that remain."""
        ...


class Call(NamedTuple):
    """One call: for which model of the runtime, with which key, and how many seconds are left."""

    model_id: str | None
    key: Key | None
    left: float | None
    headers: Mapping[str, str] = _NO_HEADERS
    """Those of the model's own settings: as private as the key."""
    connect_timeout: float = CONNECT_TIMEOUT
    callers: Mapping[str, str] = _NO_HEADERS
    """What of its caller's headers goes on."""

    @property
    def sent(self) -> dict[str, str]:
        """The headers of both."""
        return {name: Key(value) for name, value in joined(self.headers, self.callers).items()}


def connection_error(error: TransportError, call: Call, exchange: Exchange) -> ResilienceError:
    """What it means for a call that its exchange has failed."""
    connecting = error.failure is Failure.CONNECT_TIMEOUT
    limit = call.connect_timeout if connecting else call.left
    return transport_error(error, exchange, limit=limit)
