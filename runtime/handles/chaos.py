"""What an operator holds in the hand: the chaos experiments of a running fleet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from ...actors.policies.chaos.errors import ChaosRefusedError
from ...actors.policies.chaos.fault import FaultSpec
from ...actors.policies.outcomes.errors import InvalidRequestError
from ..observability.actions import OPERATOR, PROGRAM, Author

if TYPE_CHECKING:
    from ..chaos.chaos import Chaos
    from ..chaos.status import ExperimentReport, ExperimentStatus, Steady
    from ..portal.portal import OnLoop

T = TypeVar("T")
USUAL_ID = "chaos"
"""The experiment of a fault that names none."""
_LONGEST = 200


class ChaosHandle:
    """The experiments of a running fleet, from any thread. A call is done when it returns.

    Where chaos is not enabled nothing runs, and `inject` raises `ChaosRefusedError`.
    """

    __slots__ = ("_chaos", "_kept", "_on_loop")

    def __init__(self, chaos: Chaos | None, on_loop: OnLoop, kept: Callable[[], None]) -> None:
        self._chaos = chaos
        self._on_loop = on_loop
        self._kept = kept

    @property
    def enabled(self) -> bool:
        """Whether chaos was enabled at the start of the runtime."""
        return self._chaos is not None

    def running(self) -> tuple[ExperimentStatus, ...]:
        """Every experiment under way."""
        chaos = self._chaos
        return () if chaos is None else self._on_loop(chaos.running)

    def reports(self) -> tuple[ExperimentReport, ...]:
        """What came of the experiments: those under way, then the last twenty, newest first."""
        chaos = self._chaos
        return () if chaos is None else self._on_loop(chaos.reports)

    def inject(
        self,
        fault: str,
        *,
        experiment: str = USUAL_ID,
        title: str = "",
        seed: int = 0,
        allow_outage: bool = False,
        reason: str = OPERATOR,
        by: str = PROGRAM,
        **settings: Any,
    ) -> ExperimentStatus:
        """Inject a fault from now on, as a part of an experiment; see `docs/chaos.md`.

        `settings` are those of a fault: models, share, calls, duration (seconds) ... It ends by its
        duration, with its lease unless `renew` is called, or by `stop`. The same `seed` hits the
        same calls. Raises `ChaosRefusedError` where that is not allowed, and
        `InvalidRequestError` for settings that no fault has.
        """
        spec, author = _spec(fault, settings), Author.of(by, reason)
        id, told = _line("experiment", experiment), _line("title", title or experiment)
        if type(seed) is not int or type(allow_outage) is not bool:
            raise InvalidRequestError("seed is a whole number, allow_outage is true or false")
        chaos = self._here()
        status = self._on_loop(
            lambda: chaos.inject(id, told, seed, spec, author, allow_outage=allow_outage)
        )
        self._kept()
        return status

    def renew(self, experiment: str = USUAL_ID) -> bool:
        """A sign that the runner lives: the lease begins again. False: it does not run any more."""
        chaos = self._chaos
        return chaos is not None and self._on_loop(lambda: chaos.renew(experiment))

    def stop(
        self, id: str | None = None, *, reason: str = OPERATOR, by: str = PROGRAM
    ) -> tuple[ExperimentReport, ...]:
        """End one experiment, or all: every fault of it is cleared when this returns."""
        chaos, author = self._chaos, Author.of(by, reason)
        if chaos is None:
            return ()
        found = self._on_loop(lambda: chaos.stop_all(author.reason, author, id))
        self._kept()
        return found

    def steady(self, window: float = 60.0) -> Steady:
        """How the fleet is, by the tasks of the last `window` seconds. Raises as `inject` does."""
        chaos = self._here()
        return self._on_loop(lambda: chaos.steady(window))

    def _here(self) -> Chaos:
        if self._chaos is None:
            raise ChaosRefusedError("chaos is off: set chaos.enabled before the start")
        return self._chaos


def _spec(fault: str, settings: dict[str, Any]) -> FaultSpec:
    try:
        return FaultSpec.model_validate({"fault": fault, **settings})
    except ValidationError as error:
        told = "; ".join(
            ".".join(map(str, one["loc"])) + (": " if one["loc"] else "") + one["msg"]
            for one in error.errors(include_url=False, include_input=False)
        )
        raise InvalidRequestError(f"no such fault: {told}") from None


def _line(name: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or not value.isprintable():
        told = f"{name} is a text in one line, of {_LONGEST} characters at most"
        raise InvalidRequestError(told)
    return value
