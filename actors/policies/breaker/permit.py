"""The right to make one call, and its refusal."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from ....config.errors import ResilienceError
from ..outcomes.fault import Fault
from .states import State


class Issuer(Protocol):
    """The giver of a permit, which hears how the call ended; True where the result counted."""

    def settle_success(self, permit: Permit, now: float, duration: float) -> bool: ...

    def settle_failure(
        self,
        permit: Permit,
        now: float,
        error: BaseException,
        duration: float,
        fault: Fault | None,
        retry_after: float | None = None,
    ) -> bool: ...

    def settle_ignored(self, permit: Permit, now: float) -> bool: ...


class PermitSettledError(ResilienceError, RuntimeError):
    """A permit was settled a second time; nothing was changed."""

    code = "permit_settled"

    def __init__(self) -> None:
        super().__init__(
            "this permit is settled already; call exactly one of success(), failure() and "
            "ignore(), once"
        )


class Permit:
    """The right to make one call; settle it exactly once.

    Each way to settle it answers whether the result counted: a result that belongs to an older
    generation, or to a trial that was given up, does not. `now` is monotonic seconds,
    `duration` the seconds the call took.
    """

    # Not a dataclass: one is made for each call, and a plain __init__ is the fastest there is.
    __slots__ = ("generation", "issuer", "settled")

    def __init__(self, issuer: Issuer, generation: int) -> None:
        self.issuer: Issuer = issuer
        self.generation: int = generation
        self.settled: bool = False

    def success(self, now: float, duration: float = 0.0) -> bool:
        """The call answered. Raises `PermitSettledError` where it is settled already."""
        if self.settled:
            raise PermitSettledError
        self.settled = True
        return self.issuer.settle_success(self, now, duration)

    def failure(
        self,
        now: float,
        error: BaseException,
        duration: float = 0.0,
        fault: Fault | None = None,
        retry_after: float | None = None,
    ) -> bool:
        """The call failed with `error`, whose kind decides what follows.

        `fault` is its kind and `retry_after` the seconds that it asks to wait, for callers that
        have read them already: a point in time can be read only by the wall clock.
        """
        if self.settled:
            raise PermitSettledError
        self.settled = True
        return self.issuer.settle_failure(self, now, error, duration, fault, retry_after)

    def ignore(self, now: float) -> bool:
        """The call says nothing about the model: the permit is given back, nothing counts."""
        if self.settled:
            raise PermitSettledError
        self.settled = True
        return self.issuer.settle_ignored(self, now)


class Rejection(NamedTuple):
    """No call now. `retry_after`: seconds until a call may be made, infinite where not known."""

    retry_after: float
    state: State
