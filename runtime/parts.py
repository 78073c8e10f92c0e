"""The parts beside a running fleet that have a handle of their own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from ..actors.policies.outcomes.errors import InvalidRequestError
from .observability.actions import Actions
from .observability.event_bus import EventBus
from .observability.watching import Watching
from .portal.portal import Portal

if TYPE_CHECKING:
    from .chaos.chaos import Chaos
    from .handles.alerts import AlertsHandle
    from .handles.chaos import ChaosHandle


class Parts(ABC):
    """The handles of what watches a fleet, and of what acts on it by itself."""

    _bus: EventBus
    _portal: Portal
    _watching: Watching
    _chaos: Chaos | None = None

    @property
    def alerts(self) -> AlertsHandle:
        """The alerts: look at them, acknowledge and silence them; see `docs/alerts.md`.

        Raises `InvalidRequestError` where they are off.
        """
        from .handles.alerts import AlertsHandle
        from .observability.alerting import Alerting

        self._check_started()
        part = self._portal.do(lambda: self._watching.part(Alerting))
        if part is None or part.ref is None:
            raise InvalidRequestError(
                "alerts are off: set alerts.enabled, a rule or a channel before the start"
            )
        return AlertsHandle(part.ref, self._portal.do)

    @property
    def chaos(self) -> ChaosHandle:
        """The chaos experiments: inject, look at and stop them; see `docs/chaos.md`."""
        from .handles.chaos import ChaosHandle

        self._check_started()
        return ChaosHandle(self._chaos, self._portal.do, self._actions.keep)

    @property
    def _actions(self) -> Actions:
        return Actions(self._bus, self._portal.is_here)

    @abstractmethod
    def _check_started(self) -> None:
        """Raises `RuntimeClosedError` before the start and after the end."""
