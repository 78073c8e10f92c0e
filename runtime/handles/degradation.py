"""What an application holds in the hand of the fleet's level."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from ...actors.adaptation_events import DegradationChanged
from ...actors.engine.future import is_pending
from ...actors.level_messages import HoldLevel, ReleaseLevel
from ...actors.policies.degradation.levels import DegradationLevel, DegradationStatus
from ...actors.policies.outcomes.errors import InvalidRequestError
from ...config.values.units import Positive, Written
from ..observability.actions import OPERATOR, PROGRAM, Actions, Author

if TYPE_CHECKING:
    from ..fleet.degrading import KeyOf
    from ..fleet.fleet import Fleet
    from ..observability.event_bus import EventBus
    from ..portal.portal import OnLoop


class DegradationHandle:
    """How bad the fleet is, from any thread. A call is done when it returns."""

    __slots__ = ("_actions", "_bus", "_fleet", "_on_loop")

    def __init__(self, fleet: Fleet, on_loop: OnLoop, actions: Actions, bus: EventBus) -> None:
        self._fleet, self._on_loop = fleet, on_loop
        self._actions, self._bus = actions, bus

    @property
    def level(self) -> DegradationLevel:
        """The level that holds now."""
        return self.status().level

    def status(self) -> DegradationStatus:
        """The level, why it holds, and what is done at it."""
        return self._on_loop(self._status)

    def is_on(self, feature: str) -> bool:
        """Whether a feature of the application may run: it is in no `features_off` of the level."""
        return feature not in self._fleet.degrading.actions.features_off

    def hold(
        self,
        level: DegradationLevel | str,
        duration: Written | None = None,
        *,
        reason: str = OPERATOR,
        by: str = PROGRAM,
    ) -> DegradationStatus:
        """Set the level by hand, for seconds or a text such as "2h"; None: until `release`.

        Raises `InvalidRequestError` for a level or a span that is none.
        """
        message = HoldLevel(_level(level), _span(duration), *_told(by, reason))
        until = "" if message.duration is None else f" for {message.duration:.6g} s"
        return self._act("hold_level", message, Author(message.by, message.reason), until)

    def release(self, *, reason: str = OPERATOR, by: str = PROGRAM) -> DegradationStatus:
        """Go by the figures again, also where no level was set by hand."""
        message = ReleaseLevel(*_told(by, reason))
        return self._act("release_level", message, Author(message.by, message.reason))

    def on_change(self, callback: Callable[[DegradationChanged], object]) -> Callable[[], None]:
        """Call a function at every change of the level, in a thread of its own.

        The function that comes back ends it.
        """
        return self._bus.subscribe(callback, DegradationChanged)

    def cache_by(self, key_of: KeyOf | None) -> None:
        """Keep answers by the key that this function gives for a task; None: keep none.

        A kept answer is given only where all else has failed, and its result says so. The function
        runs on the fleet's loop, once a task; None of it: the answers of this task are not kept.
        """
        self._on_loop(lambda: self._fleet.degrading.cache_by(key_of))

    def _status(self) -> DegradationStatus:
        return self._fleet.router_state.level.status(self._fleet.engine.now())

    def _act(
        self, action: str, message: HoldLevel | ReleaseLevel, author: Author, more: str = ""
    ) -> DegradationStatus:
        router = self._fleet.router

        def deed() -> DegradationStatus:
            before = self._status().level
            found: DegradationStatus = self._actions.deed(lambda: _answered(router.call(message)))
            self._actions.tell(action, None, author, before, f"{found.level}{more}")
            return found

        status = self._on_loop(deed)
        self._actions.keep()
        return status


def _told(by: object, reason: object) -> tuple[str, str]:
    author = Author.of(by, reason)
    return author.reason, author.by


def _answered(found: Any) -> DegradationStatus:
    if is_pending(found):
        if not found.settled:
            raise InvalidRequestError("the router is being restarted; try again")
        found = found.get()
    status: DegradationStatus = found
    return status


def _level(told: object) -> DegradationLevel:
    try:
        return DegradationLevel(told)  # type: ignore[arg-type]  # what is no text is no level
    except ValueError:
        known = ", ".join(DegradationLevel)
        why = f"there is no level {str(told)[:50]!r}; there are {known}"
        raise InvalidRequestError(why) from None


def _span(told: object) -> float | None:
    if told is None:
        return None
    read: Callable[[object], Any] = TypeAdapter[Any](Positive).validate_python
    try:
        found: float = read(told)
    except ValidationError as error:
        why = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise InvalidRequestError(f"duration: {why}") from None
    return found
