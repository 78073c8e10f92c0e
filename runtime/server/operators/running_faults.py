"""The faults of experiments that run, for a worker that starts while they do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from ....actors.policies.chaos.fault import FaultSpec
from ....actors.policies.chaos.kinds import OF_CALLS
from ...handles.chaos import USUAL_ID
from ...runtime import Runtime
from ..dialects.dialect import is_object
from .again import WHOLE, Part


@dataclass(frozen=True, slots=True)
class Asked:
    """An operator's request, for other workers to do the same.

    `digest` of the operator's key; `id` for what is made, so that all have the same. `worker` was
    asked, and `among` so many workers the calls of a fault are divided; 0: nothing is.
    """

    path: str
    body: str
    digest: str | None
    id: str
    worker: int
    among: int

    def encoded(self) -> str:
        """For the line to them."""
        return orjson.dumps(astuple(self)).decode()

    def part_of(self, worker: int) -> Part:
        """The part of a worker: the first is that of the one that was asked.

        A worker whose number is above `among` has none.

        >>> asked = Asked("/", "{}", None, "1", worker=3, among=4)
        >>> [asked.part_of(number).at for number in (3, 4, 1, 2, 5)]
        [0, 1, 2, 3, 4]
        """
        if self.among == 0:
            return WHOLE
        at = (worker - self.worker) % self.among if worker <= self.among else self.among
        return Part(at, self.among)


class RunningFaults:
    """Keeps what was asked for each fault, as long as its experiment runs on this worker.

    A later worker has a fault for the rest of its duration, with its whole part of the calls. The
    end of an actor, which is done once, is not done once more.
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
        if spec_in(_fields(asked)).fault in OF_CALLS:
            self._kept[asked.id] = self._now(), asked

    def all(self) -> list[str]:
        """Those that run, for the line."""
        self._forget_the_over()
        found = (self._rest(at, asked) for at, asked in self._kept.values())
        return [asked.encoded() for asked in found if asked is not None]

    def _forget_the_over(self) -> None:
        running = self._runtime.chaos.running()
        since: dict[str | None, datetime] = {one.id: one.since for one in running}
        self._kept = {
            id: (at, asked)
            for id, (at, asked) in self._kept.items()
            if (began := since.get(experiment_in(asked.body))) is not None and at >= began
        }

    def _rest(self, at: datetime, asked: Asked) -> Asked | None:
        longest = self._runtime.config.global_.chaos.max_duration
        left = (spec_in(_fields(asked)).duration or longest) - (self._now() - at).total_seconds()
        if left <= 0:
            return None
        body = orjson.dumps({**_fields(asked), "duration": left}).decode()
        return replace(asked, body=body)


def experiments(told: Iterable[str]) -> set[str]:
    """The ids of the experiments that run on other workers, by what those have said of it."""
    asked = (Asked(*orjson.loads(one)) for all_ in told for one in orjson.loads(all_))
    return {experiment for one in asked if (experiment := experiment_in(one.body)) is not None}


def experiment_in(body: str | bytes) -> str | None:
    """The id of the experiment that a request is for; None: it says none that could be one."""
    try:
        fields: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return str(fields.get("experiment", USUAL_ID)) if is_object(fields) else None


def spec_in(fields: Mapping[str, Any]) -> FaultSpec:
    """The fault among the fields of a request. Raises `pydantic.ValidationError`."""
    return FaultSpec.model_validate({n: fields[n] for n in FaultSpec.model_fields if n in fields})


def _fields(asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(asked.body)
    return found
