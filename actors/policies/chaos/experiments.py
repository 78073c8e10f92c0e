"""The experiments under way: what they inject, which calls they hit, and when they end.

An experiment ends when its runner stops it, when its lease is over, when its last fault is, or when
too many tasks fail. A lease that is over hits nothing, even before any timer has noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ....config.settings.chaos import ChaosConfig
from .abort import TaskWatch
from .blast_radius import reason_to_refuse
from .errors import ChaosRefusedError, another_runs
from .fault import FaultSpec, Injection, in_force
from .kinds import AT_ONCE, OF_CALLS
from .selection import Selection


class Hit(NamedTuple):
    """A call that an experiment hits, and with what."""

    experiment: str
    injection: Injection


class Ended(NamedTuple):
    """An experiment that has to end, and why; `aborted`: because of what it did to the tasks."""

    id: str
    reason: str
    aborted: bool = False


class Experiment:
    """One of them. Times are seconds on the loop's clock."""

    __slots__ = (
        *("began", "by", "id", "lease_until", "others", "seed", "selections", "title", "watch"),
    )

    def __init__(self, id: str, title: str, seed: int, by: str, now: float) -> None:
        self.id: str = id
        self.title: str = title
        self.seed: int = seed
        self.by: str = by
        self.began: float = now
        self.lease_until: float = now
        self.selections: list[Selection] = []
        self.others = 0
        """Hits of what is no call: actors, workers, the disk."""
        self.watch: TaskWatch = TaskWatch()

    @property
    def injections(self) -> tuple[Injection, ...]:
        """What it injects."""
        return tuple(one.injection for one in self.selections)

    @property
    def hits(self) -> int:
        """Calls and other things that it has hit."""
        return self.others + sum(one.hits for one in self.selections)

    @property
    def until(self) -> float:
        """When it ends at the latest."""
        last = max((one.until for one in self.injections), default=self.lease_until)
        return min(last, self.lease_until)


class Experiments:
    """All that are under way, a few at most."""

    def __init__(self, settings: ChaosConfig) -> None:
        self.settings: ChaosConfig = settings
        self._running: dict[str, Experiment] = {}

    def __iter__(self) -> Iterator[Experiment]:
        return iter(tuple(self._running.values()))

    def __len__(self) -> int:
        return len(self._running)

    def get(self, id: str) -> Experiment | None:
        """The experiment of this id."""
        return self._running.get(id)

    def begin(
        self,
        id: str,
        title: str,
        seed: int,
        by: str,
        spec: FaultSpec,
        usable: frozenset[str],
        now: float,
        *,
        allow_outage: bool = False,
    ) -> tuple[Experiment, Injection]:
        """Inject one more fault, in an experiment that runs or a new one.

        Raises `ChaosRefusedError`, and then nothing has changed.
        """
        found = self._running.get(id)
        if found is None and len(self._running) >= self.settings.max_experiments:
            raise another_runs(self._running)
        number = 0 if found is None else len(found.selections)
        injection = in_force(spec, number, self.settings, now)
        all_of_them = (injection, *(one for each in self for one in each.injections))
        refusal = None if allow_outage else reason_to_refuse(all_of_them, usable)
        if refusal is not None:
            raise ChaosRefusedError(refusal)
        experiment = found or Experiment(id, title, seed, by, now)
        experiment.selections.append(Selection(injection, experiment.seed))
        experiment.lease_until = now + self.settings.lease
        self._running[id] = experiment
        return experiment, injection

    def renew(self, id: str, now: float) -> bool:
        """A sign of the runner: the lease begins again. False where there is no such experiment."""
        found = self._running.get(id)
        if found is None or now >= found.lease_until:
            return False
        found.lease_until = now + self.settings.lease
        return True

    def end(self, id: str) -> Experiment | None:
        """Forget an experiment, with all of its faults."""
        return self._running.pop(id, None)

    def hit(self, model_id: str, priority: str, now: float) -> Hit | None:
        """What a call of this model meets; None: nothing."""
        for experiment in self._running.values():
            if now >= experiment.lease_until:
                continue
            for one in experiment.selections:
                if one.injection.kind in OF_CALLS and one.hits_call(model_id, priority, now):
                    return Hit(experiment.id, one.injection)
        return None

    def hit_probe(self, model_id: str, now: float) -> Hit | None:
        """What a health check of this model meets; it counts as no call."""
        for experiment in self._running.values():
            if now >= experiment.lease_until:
                continue
            for one in experiment.selections:
                injection = one.injection
                is_meant = injection.hits_probes and injection.is_about(model_id)
                if is_meant and injection.kind in OF_CALLS and one.is_on(now):
                    return Hit(experiment.id, injection)
        return None

    def note_task(self, answered: bool) -> None:
        """A task of the fleet has ended."""
        for experiment in self._running.values():
            experiment.watch.note(answered)

    def due(self, now: float) -> list[Ended]:
        """The experiments that have to end now."""
        found = (self._reason(one, now) for one in self._running.values())
        return [ended for ended in found if ended is not None]

    def _reason(self, one: Experiment, now: float) -> Ended | None:
        aborted = one.watch.reason_to_abort(self.settings)
        if aborted is not None:
            return Ended(one.id, aborted, aborted=True)
        if now >= one.lease_until:
            return Ended(one.id, "its lease is over: nothing was heard of its runner")
        lasting = [each for each in one.selections if each.injection.kind not in AT_ONCE]
        if lasting and not any(each.is_on(now) for each in lasting):
            return Ended(one.id, "its time is over, or its calls are used up")
        return None
