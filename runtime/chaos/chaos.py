"""Owns the experiments of a fleet: what they inject, for how long, and what came of it.

All of it runs on the loop of the fleet. It is a part beside the fleet, and there is none of it
where chaos is not enabled at the start.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from ...actors.chaos_events import ChaosStarted, ChaosStopped, FaultInjected
from ...actors.executor import ExecutionContext
from ...actors.fleet_messages import FailureInjected, InjectionCounted
from ...actors.policies.chaos.errors import ChaosRefusedError
from ...actors.policies.chaos.experiments import Experiments, Hit
from ...actors.policies.chaos.fault import FaultSpec, Injection
from ...actors.policies.chaos.kinds import OF_CALLS
from ...actors.policies.outcomes.attempt import AttemptRecord, Outcome
from ...actors.result import TaskResult
from ...actors.task import Task
from ...actors.task_hook import TaskHook
from ...config.settings.chaos import ChaosConfig
from ...config.settings.runtime import RuntimeConfig
from ..observability.actions import RUNTIME, Actions, Author
from ..observability.event_bus import EventBus
from ..observability.telemetry.here import HERE
from ..observability.watched import Watched
from .call_hits import HITS, CallHit
from .hook import ChaosHook
from .marks import failed, marked, marked_attempts
from .other_faults import OtherFaults
from .reach import PartOf, Reach
from .records import RunRecord
from .seen_tasks import SeenTasks, percentile, success_rate
from .status import ExperimentReport, ExperimentStatus, Steady
from .watching import watch_models

PACE = 1.0
"""Seconds between two looks at the experiments that run."""
KEPT = 20
"""Experiments that are over and still told of."""


class Chaos:
    """A `Part` beside the fleet, and what the hook round its tasks asks."""

    def __init__(
        self, settings: ChaosConfig, reach: Reach, bus: EventBus, part_of: PartOf, actions: Actions
    ) -> None:
        self._experiments = Experiments(settings)
        self._reach = reach
        self._bus = bus
        self._actions = actions
        self._others = OtherFaults(reach, part_of)
        self._records: dict[str, RunRecord] = {}
        self._over: deque[RunRecord] = deque(maxlen=KEPT)
        self._seen = SeenTasks()
        self._timer: asyncio.TimerHandle | None = None
        self._untap = watch_models(bus, self._noticed)

    def hook(self, inner: TaskHook | None) -> ChaosHook:
        """The hook of the fleet; `inner` is the one of telemetry."""
        return ChaosHook(self, inner)

    # A part beside the fleet.

    async def start(self, fleet: Watched, bus: EventBus) -> None:
        """Nothing runs yet."""

    async def adopt(self, config: RuntimeConfig) -> None:
        """Go by other settings; where chaos is not enabled any more, all ends."""
        self._experiments.settings = config.global_.chaos
        if not config.global_.chaos.enabled:
            self.stop_all("chaos is not enabled any more", Author(RUNTIME, "reload", True))

    async def stop(self, limit: float) -> None:
        """Clear everything."""
        self.stop_all("the runtime ends", Author(RUNTIME, "the runtime ends", True))
        self._untap()

    # What operators and runners ask.

    def inject(
        self,
        id: str,
        title: str,
        seed: int,
        spec: FaultSpec,
        author: Author,
        *,
        allow_outage: bool = False,
    ) -> ExperimentStatus:
        """One more fault from now on. Raises `ChaosRefusedError`, and then nothing has changed."""
        if not self._experiments.settings.enabled:
            raise ChaosRefusedError("chaos is not enabled any more: chaos.enabled is false")
        now = self._reach.now()
        self._end_due(now)
        self._check_models(spec)
        self._others.check(spec)
        usable = self._reach.usable()
        experiment, injection = self._experiments.begin(
            id, title, seed, author.by, spec, usable, now, allow_outage=allow_outage
        )
        record = self._records.setdefault(id, RunRecord(experiment))
        self._actions.tell("chaos_inject", None, author, None, f"{id}: {injection}")
        self._tell_start(record, injection, now)
        if injection.kind not in OF_CALLS:
            self._do_other(record, injection, now)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PACE, self._look)
        return record.status(now)

    def renew(self, id: str) -> bool:
        """A sign of the runner; False: there is no such experiment, or its lease is over."""
        now = self._reach.now()
        self._end_due(now)
        return self._experiments.renew(id, now)

    def stop_all(
        self, reason: str, author: Author, id: str | None = None
    ) -> tuple[ExperimentReport, ...]:
        """End one experiment or all, and clear what they inject; what came of each."""
        found = [one.id for one in self._experiments if id is None or one.id == id]
        return tuple(self._end(one, reason, author) for one in found)

    def running(self) -> tuple[ExperimentStatus, ...]:
        """What runs now."""
        now = self._reach.now()
        self._end_due(now)
        return tuple(record.status(now) for record in self._records.values())

    def reports(self) -> tuple[ExperimentReport, ...]:
        """What has become of the experiments, those that run first, then the newest first."""
        return tuple(one.report() for one in (*self._records.values(), *reversed(self._over)))

    def steady(self, window: float) -> Steady:
        """How the fleet is."""
        tasks = self._seen.within(self._reach.now(), window)
        breakers, statuses = self._reach.states()
        return Steady(
            window,
            len(tasks),
            success_rate(tasks),
            percentile(tasks, 0.5),
            percentile(tasks, 0.95),
            tuple(sorted(self._reach.usable())),
            breakers,
            statuses,
        )

    # What the hook asks.

    def of_call(self, task: Task, context: ExecutionContext) -> Hit | None:
        """The fault for this attempt; None: none."""
        if not self._experiments:
            return None
        hits = HITS.get()
        if hits is None:  # a health check that is a small request
            return None
        found = self._experiments.hit(context.model_id, str(task.priority), self._reach.now())
        if found is None:
            return None
        kind = found.injection.kind.value
        hits.append(CallHit(context.model_id, context.attempt, kind, found.experiment))
        here = HERE.get()
        if here is not None:
            here.injected(context.model_id, context.attempt, kind)
        self._note_hit(found.experiment, context.model_id, kind)
        return found

    def of_probe(self, model_id: str) -> Hit | None:
        """The fault for a health check; None: none."""
        if not self._experiments:
            return None
        return self._experiments.hit_probe(model_id, self._reach.now())

    def ended(self, result: TaskResult, hits: Sequence[CallHit]) -> TaskResult:
        """A task is over; the result with its marks."""
        now = self._reach.now()
        self._seen.add(now, result.success, result.execution_time)
        self._experiments.note_task(result.success)
        if result.model_used is not None:
            hit_models = {hit.model_id for hit in hits}
            for record in (*self._records.values(), *self._over):
                record.observed.answered(result.model_used, hit_models, now)
        self._count_failed(result.attempts, hits)
        if hits and not result.success:
            self._reach.router().send(FailureInjected())
        return marked(result, hits)

    def cut(self, attempts: list[AttemptRecord], hits: Sequence[CallHit]) -> None:
        """A task was ended from outside; its records get their marks."""
        if hits:
            self._count_failed(attempts, hits)
            attempts[:] = marked_attempts(attempts, hits)

    def _count_failed(self, attempts: Sequence[AttemptRecord], hits: Sequence[CallHit]) -> None:
        for hit, outcome in failed(attempts, hits):
            self._count(hit.model_id, hit.fault, outcome)

    # Its own clock.

    def _look(self) -> None:
        self._timer = None
        self._end_due(self._reach.now())
        if self._experiments:
            self._timer = asyncio.get_running_loop().call_later(PACE, self._look)

    def _end_due(self, now: float) -> None:
        for ended in self._experiments.due(now):
            author = Author(RUNTIME, ended.reason, True)
            self._end(ended.id, ended.reason, author, aborted=ended.aborted)

    def _end(
        self, id: str, reason: str, author: Author, *, aborted: bool = False
    ) -> ExperimentReport:
        self._experiments.end(id)
        record = self._records.pop(id)
        now = self._reach.now()
        self._others.clear(id)
        record.end(reason, author.by, now, aborted=aborted)
        self._over.append(record)
        told = {"experiment": id, "title": record.experiment.title, "reason": reason}
        self._bus.publish(ChaosStopped, **told, hits=record.experiment.hits, aborted=aborted)
        self._actions.tell("chaos_stop", None, author, id, "cleared")
        if not self._experiments and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return record.report()

    # What it notes.

    def _do_other(self, record: RunRecord, injection: Injection, now: float) -> None:
        id = record.experiment.id
        for model_id in self._others.do(id, injection):
            record.experiment.others += 1
            self._note_hit(id, model_id, injection.kind.value)
            record.observed.cleared(now)

    def _note_hit(self, id: str, model_id: str | None, kind: str) -> None:
        self._bus.publish(FaultInjected, experiment=id, model_id=model_id, fault=kind)
        if model_id is not None:
            self._records[id].observed.hit(model_id, self._reach.now())
            self._count(model_id, kind)

    def _count(self, model_id: str, kind: str, outcome: Outcome | None = None) -> None:
        actor = self._reach.actor(model_id)
        if actor is not None:
            actor.send(InjectionCounted(kind, outcome))

    def _noticed(self, model_id: str) -> None:
        for record in self._records.values():
            record.observed.noticed(model_id, self._reach.now())

    def _tell_start(self, record: RunRecord, injection: Injection, now: float) -> None:
        one = record.experiment
        self._bus.publish(
            ChaosStarted,
            experiment=one.id,
            title=one.title,
            fault=injection.kind.value,
            models=tuple(injection.spec.models),
            share=injection.share,
            until=record.status(now).until,
        )

    def _check_models(self, spec: FaultSpec) -> None:
        unknown = [one for one in spec.models if self._reach.actor(one) is None]
        if unknown:
            raise ChaosRefusedError(f"there is no model {unknown[0]!r} in this fleet")
