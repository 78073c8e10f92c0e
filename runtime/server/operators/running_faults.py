"""The faults of experiments that run, for a worker that starts while they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from ....actors.policies.chaos.fault import FaultSpec
from ....actors.policies.chaos.kinds import OF_CALLS
from ...handles.chaos import USUAL_ID
from ...runtime import Runtime


@dataclass(frozen=True, slots=True)
class Asked:
    """An operator's request, for other workers to do the same.

    `digest` of the operator's key; `id` for what is made, so that all have the same.
    """

    path: str
    body: str
    digest: str | None
    id: str

    def encoded(self) -> str:
        """For the line to them."""
        return orjson.dumps([self.path, self.body, self.digest, self.id]).decode()


class RunningFaults:
    """Keeps what was asked for each fault, as long as its experiment runs on this worker.

    A later worker has a fault for the rest of its duration. Its number of calls begins again there.
    What is done once, as the end of an actor, is not done once more.
    """

    def __init__(
        self, runtime: Runtime, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._runtime = runtime
        self._now = now
        self._kept: dict[str, tuple[datetime, Asked]] = {}

    def knows(self, id: str) -> bool:
        """Whether the fault of this request runs here already."""
        return id in self._kept

    def keep(self, asked: Asked) -> None:
        """The fault has been injected here just now."""
        self._forget_the_over()
        if _spec(asked).fault in OF_CALLS:
            self._kept[asked.id] = self._now(), asked

    def all(self) -> list[str]:
        """Those that run, for the line."""
        self._forget_the_over()
        found = (self._rest(at, asked) for at, asked in self._kept.values())
        return [asked.encoded() for asked in found if asked is not None]

    def _forget_the_over(self) -> None:
        since = {one.id: one.since for one in self._runtime.chaos.running()}
        self._kept = {
            id: (at, asked)
            for id, (at, asked) in self._kept.items()
            if (began := since.get(_experiment(asked))) is not None and at >= began
        }

    def _rest(self, at: datetime, asked: Asked) -> Asked | None:
        longest = self._runtime.config.global_.chaos.max_duration
        left = (_spec(asked).duration or longest) - (self._now() - at).total_seconds()
        if left <= 0:
            return None
        body = orjson.dumps({**_fields(asked), "duration": left}).decode()
        return Asked(asked.path, body, asked.digest, asked.id)


def _experiment(asked: Asked) -> str:
    return str(_fields(asked).get("experiment", USUAL_ID))


def _spec(asked: Asked) -> FaultSpec:
    fields = _fields(asked)
    return FaultSpec.model_validate({n: fields[n] for n in FaultSpec.model_fields if n in fields})


def _fields(asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(asked.body)
    return found
