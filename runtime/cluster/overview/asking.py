"""What an operator asks of the owners of a fleet, through any link to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from ....actors.cluster.errors import ClusterUnreachableError
from ....actors.cluster.link import FLEET, OPERATE, Link, LinkLostError
from ....actors.cluster.messages import Done, Operate
from ....actors.cluster.survey import AskFleet, FleetTold
from ....actors.cluster.wire import MessageError, RefusedError, decode, encode
from ....actors.policies.outcomes.errors import InvalidRequestError
from .fleet_snapshot import FleetSnapshot
from .summing import models_of, peers_of

VERBS = ("trip", "reset", "force_open", "disable", "metrics_only")
"""What an operator may do to a model's breaker in the whole fleet."""
LONGEST_ASK = 2.0
"""Seconds for an answer of the owners."""
T = TypeVar("T")
_EARLIER = "nothing that the owners of a fleet do"


async def fleet_of(
    link: Link, cluster: str, peer: str = "", timeout: float = LONGEST_ASK
) -> FleetSnapshot:
    """All processes of the fleet. Raises `ClusterUnreachableError`."""
    told = _read(await _call(link, FLEET, encode(AskFleet(peer)), timeout), FleetTold)
    return FleetSnapshot(
        at=datetime.now(UTC),
        name=cluster,
        epoch=told.epoch,
        learning=told.learning,
        fenced=told.fenced,
        error=None,
        peers=peers_of(told),
        models=models_of(told),
    )


async def operate_fleet(
    link: Link, model_id: str, verb: str, reason: str, *, peer: str = "", timeout: float
) -> None:
    """Do something to a model in all processes.

    Raises `ClusterUnreachableError`, and `InvalidRequestError` for what the owners refuse.
    """
    check_verb(verb)
    message = encode(Operate(peer, model_id, verb, reason))
    _read(await _call(link, OPERATE, message, timeout), Done)


def check_verb(verb: str) -> None:
    """Raises `InvalidRequestError` for a verb that is none."""
    if verb not in VERBS:
        raise InvalidRequestError(f"there is no verb {verb[:50]!r}; there are {', '.join(VERBS)}")


async def _call(link: Link, verb: str, message: bytes, timeout: float) -> bytes:
    try:
        return await link.call(verb, message, timeout)
    except TimeoutError:
        told = f"the owners of the cluster have not answered within {timeout:g} s"
        raise ClusterUnreachableError(told) from None
    except LinkLostError as error:
        told = str(error)
        if _EARLIER in told:
            told = "the owners are of an earlier release; end them, and the next peer makes others"
        raise ClusterUnreachableError(told) from None


def _read(data: bytes, kind: type[T]) -> T:
    try:
        return decode(data, kind)
    except RefusedError as error:
        raise InvalidRequestError(f"the owners of the cluster refuse: {error}") from None
    except MessageError as error:
        raise ClusterUnreachableError(str(error)) from None
