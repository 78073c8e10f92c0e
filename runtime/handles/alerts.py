"""What an operator holds in the hand: the alerts of a running fleet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from ...actors.alerting.messages import (
    Acknowledge,
    AddSilence,
    AlertSnapshot,
    EndSilence,
    ListAlerts,
    ListDeliveries,
    ListSilences,
    RefusedVerb,
    SendTest,
    SilenceSnapshot,
)
from ...actors.alerting.notification import DeliveryRecord
from ...actors.engine.future import LoopFuture, is_pending
from ...actors.policies.outcomes.errors import InvalidRequestError
from ...config.settings.observability.alert_routes import Matchers
from ...config.values.units import NotNegative, Positive, Written
from ..observability.actions import PROGRAM

if TYPE_CHECKING:
    from pykka import Future

    from ...actors.engine.reference import AnyRef
    from ..portal.portal import OnLoop

_LONGEST_TEXT = 200


class AlertsHandle:
    """The alerts of a running fleet, from any thread. A call is done when it returns.

    Raises `InvalidRequestError` for what is not there, and for texts that are none.
    """

    __slots__ = ("_on_loop", "_ref")

    def __init__(self, ref: AnyRef, on_loop: OnLoop) -> None:
        self._ref = ref
        self._on_loop = on_loop

    def list(self) -> tuple[AlertSnapshot, ...]:
        """Every alert that is pending or fires, the oldest first."""
        found: tuple[AlertSnapshot, ...] = self._ask(ListAlerts())
        return tuple(sorted(found, key=lambda alert: alert.since))

    def silences(self) -> tuple[SilenceSnapshot, ...]:
        """Every silence that is in force or will be."""
        found: tuple[SilenceSnapshot, ...] = self._ask(ListSilences())
        return found

    def deliveries(self) -> tuple[DeliveryRecord, ...]:
        """What became of the last notifications, the newest first."""
        found: tuple[DeliveryRecord, ...] = self._ask(ListDeliveries())
        return found

    def acknowledge(
        self, fingerprint: str, *, by: str = PROGRAM, reason: str = ""
    ) -> AlertSnapshot:
        """Say that a person knows: the alert is not repeated and not escalated any more."""
        message = Acknowledge(_text("fingerprint", fingerprint), *_told(by, reason))
        found: AlertSnapshot = self._ask(message)
        return found

    def silence(
        self,
        match: Mapping[str, str],
        *,
        duration: Written,
        begins_in: Written = 0.0,
        by: str = PROGRAM,
        comment: str = "",
        silence_id: str | None = None,
    ) -> SilenceSnapshot:
        """Do not tell alerts with these labels for a while; `*` in a value stands for any text.

        `silence_id` is one that another process has chosen; None: a new one.

        Labels are `alert`, `condition`, `severity`, `model`, and those of rules. Spans are seconds
        or texts such as "2h". What was told before is still resolved where it was told.
        """
        labels = _read(Matchers, match, "match")
        lasts, begins = (
            _read(Positive, duration, "duration"),
            _read(NotNegative, begins_in, "begins_in"),
        )
        message = AddSilence(dict(labels), begins, lasts, *_told(by, comment), silence_id)
        found: SilenceSnapshot = self._ask(message)
        return found

    def unsilence(self, silence_id: str, *, by: str = PROGRAM, reason: str = "") -> SilenceSnapshot:
        """End a silence: what still fires is told."""
        message = EndSilence(_text("silence_id", silence_id), *_told(by, reason))
        found: SilenceSnapshot = self._ask(message)
        return found

    def test(self, channel: str, *, by: str = PROGRAM) -> Future[DeliveryRecord]:
        """Send a notification that says nothing. Await what became of the first try.

        In a blocking program call `.get(timeout=...)`.
        """
        message = SendTest(_text("channel", channel), _text("by", by))
        future: LoopFuture[DeliveryRecord] = self._on_loop(lambda: self._begun(message))
        return future

    def _begun(self, message: SendTest) -> LoopFuture[DeliveryRecord]:
        found: LoopFuture[DeliveryRecord] | RefusedVerb = self._ref.call(message)
        if isinstance(found, RefusedVerb):
            raise InvalidRequestError(found.reason)
        return found

    def _ask(self, message: object) -> Any:
        return self._on_loop(lambda: self._answer(message))

    def _answer(self, message: object) -> Any:
        found: Any = self._ref.call(message)
        if is_pending(found):
            if not found.settled:
                raise InvalidRequestError("the actor of alerts is being restarted; try again")
            found = found.get()
        if isinstance(found, RefusedVerb):
            raise InvalidRequestError(found.reason)
        return found


def _told(by: str, reason: str) -> tuple[str, str]:
    return _text("by", by), _text("reason", reason) if reason else ""


def _text(name: str, value: object) -> str:
    """A text in one line. Raises `InvalidRequestError` for anything else."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT or not value.isprintable():
        told = f"{name} is a text in one line, of {_LONGEST_TEXT} characters at most"
        raise InvalidRequestError(told)
    return value


def _read(kind: Any, value: object, name: str) -> Any:
    read: Callable[[object], Any] = TypeAdapter[Any](kind).validate_python
    try:
        return read(value)
    except ValidationError as error:
        told = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise InvalidRequestError(f"{name}: {told}") from None
