"""The verbs of a fleet in this process, by its handle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import orjson

from ....actors.policies.chaos.errors import ChaosRefusedError
from ..status import ExperimentReport, ExperimentStatus, Steady
from .verbs import Record


class Handle(Protocol):
    """`runtime.chaos`, as far as experiments need it."""

    @property
    def enabled(self) -> bool: ...

    def inject(self, fault: str, **settings: Any) -> ExperimentStatus: ...

    def renew(self, experiment: str, /) -> bool: ...

    def stop(self, id: str | None, /, *, reason: str, by: str) -> tuple[ExperimentReport, ...]: ...

    def running(self) -> tuple[ExperimentStatus, ...]: ...

    def reports(self) -> tuple[ExperimentReport, ...]: ...

    def steady(self, window: float, /) -> Steady: ...


class LocalVerbs:
    """`Verbs` of a runtime in this process."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def inject(self, fault: str, settings: Record) -> Record:
        """Inject a fault; what the experiment is then."""
        return _plain(self._handle.inject(fault, **settings))

    def renew(self, experiment: str) -> bool:
        """A sign that the runner lives; False: the experiment does not run any more."""
        return self._handle.renew(experiment)

    def stop(self, experiment: str | None, reason: str, by: str) -> Sequence[Record]:
        """End one experiment, or all; what came of each."""
        return [_plain(one) for one in self._handle.stop(experiment, reason=reason, by=by)]

    def running(self) -> Sequence[Record]:
        """Every experiment under way."""
        if not self._handle.enabled:
            raise ChaosRefusedError("chaos is off: set chaos.enabled before the start")
        return [_plain(one) for one in self._handle.running()]

    def reports(self) -> Sequence[Record]:
        """What came of the experiments, the newest first."""
        return [_plain(one) for one in self._handle.reports()]

    def steady(self, window: float) -> Record:
        """How the fleet is, by the tasks of the last `window` seconds."""
        return _plain(self._handle.steady(window))


def _plain(record: object) -> Record:
    found: Record = orjson.loads(orjson.dumps(record))
    return found
