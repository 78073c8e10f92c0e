"""What an error of a server can mean, and the tables of the families that say so. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .....actors.policies.outcomes.classify import fault_of_status
from .....actors.policies.outcomes.codes import FAULT_OF_CODE
from .....actors.policies.outcomes.codes import UNKNOWN_MODEL as UNKNOWN_MODEL_CODES
from .....actors.policies.outcomes.errors import AuthenticationReason
from .....actors.policies.outcomes.fault import Fault


class Meaning(NamedTuple):
    """The kind of failure; why the account is not let through; whether the model is not there."""

    fault: Fault
    reason: AuthenticationReason | None = None
    lasting: bool = False


REQUEST = Meaning(Fault.REQUEST)
REFUSED = Meaning(Fault.CONTENT_REFUSED)
LIMIT = Meaning(Fault.MODEL_LIMIT)
UNKNOWN_MODEL = Meaning(Fault.MODEL_LIMIT, lasting=True)
RATE = Meaning(Fault.RATE_LIMITED)
PASSING = Meaning(Fault.TRANSIENT)
FAILURE = Meaning(Fault.FAILURE)
KEY = Meaning(Fault.UNAUTHORIZED, "key")
PERMISSION = Meaning(Fault.UNAUTHORIZED, "permission")
QUOTA = Meaning(Fault.UNAUTHORIZED, "quota")
CREDIT = Meaning(Fault.UNAUTHORIZED, "credit")

_OF_STATUS = {401: KEY, 402: CREDIT, 403: PERMISSION}
_SAYS_LITTLE = frozenset({400, 401, 403, 404, 412, 413, 422, 429, 500})
"""Statuses under which providers send what has a status of its own elsewhere."""


def of_status(status: int) -> Meaning:
    """What a status means by itself."""
    return _OF_STATUS.get(status) or Meaning(fault_of_status(status))


def may_mean_more(status: int | None) -> bool:
    """Whether the words that come with a status may say something else than it does."""
    return status is None or status in _SAYS_LITTLE


@dataclass(frozen=True, slots=True)
class FaultTable:
    """What a family of providers means by its codes, for `details[].reason` and the like too.

    `pairs` are for codes that mean something else under one status; `types` are asked only where
    there is no status, since they come with several.
    """

    codes: Mapping[str, Meaning]
    pairs: Mapping[tuple[int, str], Meaning] = field(default_factory=dict[tuple[int, str], Meaning])
    types: Mapping[str, Meaning] = field(default_factory=dict[str, Meaning])
    limits: frozenset[int] = frozenset()
    """Statuses that say, whatever else is told, that the server cannot do what it was asked."""

    def of_codes(self, codes: Iterable[str], status: int | None) -> Meaning | None:
        """What the first of the codes means that is known, those of one status before all."""
        codes = tuple(codes)
        for code in codes:
            if status is not None and (status, code) in self.pairs:
                return self.pairs[status, code]
        return next((self.codes[code] for code in codes if code in self.codes), None)

    def of_types(self, codes: Iterable[str]) -> Meaning | None:
        """What the first of the types means that is known."""
        return next((self.types[code] for code in codes if code in self.types), None)


EVERYWHERE: Mapping[str, Meaning] = {
    **{
        code: Meaning(fault, lasting=code in UNKNOWN_MODEL_CODES)
        for code, fault in FAULT_OF_CODE.items()
        if fault is not Fault.UNAUTHORIZED
    },
    "insufficient_quota": QUOTA,
    "billing_hard_limit_reached": QUOTA,
    "billing_not_active": CREDIT,
}
"""The codes that mean the same in every family."""
