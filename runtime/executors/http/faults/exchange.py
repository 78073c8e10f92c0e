"""What is known of a call and of its answer before that is read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

from .limits import stated_limits
from .meaning import FaultTable
from .passing_on import passed_on
from .private import Private


class Exchange(NamedTuple):
    """One call: which model is asked where, what its errors must not show, what they mean.

    `status`, `headers` and `rate_limits` are those of the answer, once there is one, `told` those
    of its headers that may be passed on, and `body` its bytes once it is whole. `own_name`: whether
    the name that was sent is that of the settings, and not of a payload.
    """

    model: str
    model_id: str | None = None
    url: str = ""
    faults: FaultTable = FaultTable({})
    private: Private = Private()
    headers: Mapping[str, str] = {}
    rate_limits: Mapping[str, str] = {}
    own_name: bool = True
    status: int = 0
    body: bytes = b""
    told: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"Exchange({self.model!r}, {self.model_id!r})"


def answered(exchange: Exchange, status: int, headers: Mapping[str, str]) -> Exchange:
    """The same with the head of the answer."""
    limits = stated_limits(headers, time.time())
    told = passed_on(headers, exchange.private)
    return exchange._replace(status=status, headers=headers, rate_limits=limits, told=told)
