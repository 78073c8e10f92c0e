"""The faults of experiments that run, for a worker that starts while they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from ....actors.policies.chaos.fault import FaultSpec
from ....actors.policies.chaos.kinds import OF_CALLS
from ...handles.chaos import USUAL_ID
from ...runtime import Runtime
from ..dialects.dialect import is_object


@dataclass(frozen=True, slots=True)
class Asked:
    """An operator's request, for other workers to do the same.

    `digest` of the operator's key; `id` for what is made, so that all have the same. `workers`:
    the numbers of those that were asked, the first of them by the operator.
    """

    path: str
    body: str
    digest: str | None
    id: str
    workers: tuple[int, ...]

    def encoded(self) -> str:
        """For the line to them."""
        return orjson.dumps(astuple(self)).decode()

    @classmethod
    def decoded(cls, told: bytes) -> Asked:
        """What another worker was asked."""
        path, body, digest, id, workers = orjson.loads(told)
        return cls(path, body, digest, id, tuple(workers))

    def part_of(self, number: int, most: int) -> str | None:
        """The body for a worker: its part of the calls of a fault; None: it has none of them.

        `most` calls are hit where the body says no number. What is no fault, or none that is
        allowed, is for the worker to refuse.

        >>> asked = Asked("/", '{"calls":5}', None, "1", (3, 1))
        >>> [asked.part_of(number, 100) for number in (3, 1)]
        ['{"calls":3}', '{"calls":2}']
        """
        fields = _object_in(self.body)
        calls = fields.get("calls", most)
        if not fields or type(calls) is not int or not 0 < calls <= most:
            return self.body
        others = len(self.workers)
        at = self.workers.index(number) if number in self.workers else number % others
        part = calls // others + (at < calls % others)
        return orjson.dumps({**fields, "calls": part}).decode() if part else None


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
        return replace(asked, body=body)


def _object_in(body: str) -> Mapping[str, Any]:
    with suppress(orjson.JSONDecodeError):
        found: object = orjson.loads(body)
        if is_object(found):
            return found
    return {}


def _experiment(asked: Asked) -> str:
    return str(_fields(asked).get("experiment", USUAL_ID))


def _spec(asked: Asked) -> FaultSpec:
    fields = _fields(asked)
    return FaultSpec.model_validate({n: fields[n] for n in FaultSpec.model_fields if n in fields})


def _fields(asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(asked.body)
    return found
