"""How the runtime helps itself, for the banner: its level, and the experiments that run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ....actors.policies.degradation.levels import DegradationLevel, DegradationStatus
from ....actors.policies.outcomes.errors import InvalidRequestError
from ...chaos.status import ExperimentStatus
from ...runtime import Runtime
from ..failures import refused
from ..request import Request
from .controls import check_reason, fields_of, named
from .visitor import Visitor

Record = dict[str, Any]


class Adaptation:
    """Looks at the degradation and the chaos of a runtime, and stops an experiment."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def record(self) -> Record:
        """The level, None where it is none, and every experiment that runs."""
        runtime = self._runtime
        return {
            "degradation": _level(runtime.degradation.status()),
            "experiments": [_experiment(one) for one in runtime.chaos.running()],
        }

    async def stop(self, request: Request, visitor: Visitor) -> None:
        """Stop the experiment of the body. Raises `Refused` where it does not run."""
        fields = await fields_of(request, ("id", "reason"))
        check_reason(fields["reason"])
        chaos = self._runtime.chaos
        if fields["id"] not in {one.id for one in chaos.running()}:
            raise refused(404, "not_found", "this experiment does not run any more")
        try:
            chaos.stop(fields["id"], reason=fields["reason"].strip(), by=named(visitor))
        except InvalidRequestError as error:
            raise refused(409, "not_done", str(error)) from None


def _level(status: DegradationStatus) -> Record | None:
    if status.level is DegradationLevel.NONE:
        return None
    held = status.held
    reason = status.reason if held is None else f"held by {held.by}: {held.reason}"
    return {
        "level": str(status.level),
        "reason": reason,
        "since": _milliseconds(status.since),
        "doing": _doing(status),
    }


def _doing(status: DegradationStatus) -> str:
    words = {
        "plan": f"tasks without a plan go by {status.plan}",
        "shed": "tasks of a low priority are turned away early",
        "limits": "limits of calls in flight are lowered",
        "features_off": f"switched off: {', '.join(status.features_off)}",
        "cache": "kept answers stand in for failed ones",
    }
    return "; ".join(words.get(action, action) for action in status.actions)


def _experiment(one: ExperimentStatus) -> Record:
    return {
        "id": one.id,
        "title": one.title,
        "since": _milliseconds(one.since),
        "until": _milliseconds(one.until),
        "faults": ", ".join(one.faults),
        "hits": one.hits,
    }


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1e3)
