"""One run: the runtime, its models, and everything that is written down about them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from hive_resilience import ModelConfig, Outcome, Plan, Runtime, RuntimeConfig, Task, TaskResult
from hive_resilience.actors.events import ChildCrashed, CircuitChanged, Event, ModelAdded
from hive_resilience.actors.model.state import ModelState
from hive_resilience.runtime.testing.crashes import Poison, actor_of
from hive_resilience.testing import InjectedCrash

from .alerts import Alerts
from .answers import stood_idle
from .chance import Chance
from .chaos import Experiments
from .fleet import global_config, model_config
from .fleet_invariants import other_settings
from .ledger import Entry, Ledger
from .load import Load
from .promises import broken_promises, hedges, refused_with_room, waits_beside_idle
from .readings import Reading
from .samples import Samples
from .watch import Watch
from .weather import Model

FEWEST, MOST = 1, 5
_MAY_LINGER = frozenset({Outcome.CANCELLED, Outcome.TIMEOUT})
"""How the attempts end that another model has overtaken."""


class World:
    """A runtime under a seed. `models` and `states` keep those that were removed, too."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.ledger = Ledger()
        self.watch = Watch(self.ledger)
        self.samples = Samples()
        self.events: list[Event] = []
        self.models: list[Model] = []
        self.readings: list[Reading] = []
        self.states: dict[str, ModelState] = {}
        self.stopped: set[str] = set()
        self.hedges = 0
        """Attempts beside others that the results show, where nothing but a hedge allows them."""
        self.closing = False
        self.hurry = asyncio.Event()
        """Set when the runtime is about to stop: nobody dawdles any more."""
        self.chance = Chance(seed, "fleet")
        self.load = Load(seed)
        self._names = 0
        count = self.chance.randint(FEWEST, MOST)
        configs = tuple(self.new_model() for _ in range(count))
        self.alerts = Alerts(seed)
        self.experiments = Experiments(seed)
        parts = {"alerts": self.alerts.config, "chaos": self.experiments.config}
        settings = self.load.settings(global_config(self.chance)).model_copy(update=parts)
        config = RuntimeConfig(global_=settings, models=configs)
        self.settings = config.global_
        self.runtime = Runtime(config, draw=Chance(seed, "draws").random)

    @property
    def fleet(self) -> Any:
        return self.runtime._fleet

    @property
    def ids(self) -> list[str]:
        """The models that take part now."""
        return list(self.fleet.members)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def new_name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}-{self._names}"

    def new_model(self, model_id: str | None = None) -> ModelConfig:
        """One more model under a weather of its own; `model_id` comes back after it was removed."""
        model_id = model_id or self.new_name("m")
        probed = self.chance.happens(0.6)
        name = self.new_name(model_id)
        model = Model(name, Chance(self.seed, name), probed=probed)
        self.models.append(model)
        return self.load.model(model_config(model_id, model, self.chance))

    def begin(self) -> None:
        """Listen, once the runtime runs."""
        self.experiments.begin(self)
        self.runtime.subscribe(self.events.append, CircuitChanged, ChildCrashed, ModelAdded)
        self.watch.observe("router", self.fleet.router, answered=self._router_answered)
        self.watch.observe("supervisor", self.fleet.supervisor)
        self.watch.observe("root", self.fleet.supervision.root)
        if self.alerts.on:
            self.watch.observe("alerts", actor_of(self.runtime, "alerts"))
        for model_id in self.ids:
            self.adopt(model_id)

    def adopt(self, model_id: str) -> None:
        """Listen to a model that has joined."""
        member = self.fleet.members[model_id]
        name, state = self.new_name(model_id), member.state
        self.states[name] = state
        self.watch.observe(
            model_id,
            member.ref,
            state,
            lambda: self.samples.take_one(name, state, self.now()),
            lambda message, answer: self.load.model_answered(
                name, state, message, answer, self.now()
            ),
        )

    def ask(
        self,
        kind: str,
        work: Awaitable[Any],
        *,
        task: Task | None = None,
        limit: float | None = None,
        scope: tuple[str, ...] | None = None,
        plan: Plan | None = None,
    ) -> asyncio.Task[None]:
        """Follow one request to its end."""
        name = task.id if task is not None else self.new_name(kind)
        # Not those that leave, or are not back yet.
        present = frozenset(self.ids) & set(self.fleet.router_state.candidates)
        own = None if plan is None else plan.at_most_once
        once = self.settings.at_most_once if own is None else own
        entry = Entry(kind, name, self.now(), limit, scope, task, once, present, self.closing)
        self.watch.note(name, kind)
        asked = self.ledger.open(entry, work)
        asked.add_done_callback(lambda _: self.watch.note(name, "ends"))
        return asked

    async def judged(self, task: Task, work: Awaitable[TaskResult]) -> TaskResult:
        """The result of a task, and what is wrong with it at this very moment."""
        result = await work
        self.watch.violations += self.experiments.unmarked(result)
        task_id, entry = task.id, self.ledger.by_task[task.id]
        idle = stood_idle(self.fleet, result, entry, self.now())
        self.hedges += hedges(result)
        # A router that starts just now has not heard what happened while it was down.
        fresh = self.watch.started.get("router") == self.now()
        self.watch.violations += broken_promises(
            self.fleet, result, entry, self.now(), self.watch.started
        )
        if fresh:
            idle = []
        idle = [i for i in idle if self.watch.started.get(i) != self.now()]  # it came just now
        ended = f"{task_id} ended at {self.now():.3f}"
        self.watch.violations += [f"{ended} while {i} stood idle: {result.error}" for i in idle]
        if result.success and any(r.outcome in _MAY_LINGER for r in result.attempts):
            # The losers clean up behind the winner.
            patience = self.settings.stop_grace + 0.001
            asyncio.get_running_loop().call_later(patience, self._no_call_of, task_id, ended)
        else:
            self._no_call_of(task_id, ended)
        return result

    def _no_call_of(self, task_id: str, ended: str) -> None:
        if any(model.serving[task_id] for model in self.models):
            self.watch.violations.append(f"{ended}, and a call still runs for it")

    def sample(self) -> None:
        """Look at all counters."""
        self.samples.take(self.states, self.fleet, self.now())
        self.watch.violations += other_settings(self.fleet)
        self.watch.violations += waits_beside_idle(self.fleet, self.now())
        self.watch.violations += self.alerts.misheard(self.runtime)
        self.load.sample(self.fleet)
        self.watch.violations += self.experiments.late(self.now())

    def _router_answered(self, message: Any, answer: Any) -> None:
        found = refused_with_room(self.fleet, message, answer, self.now())
        self.watch.violations += found
        self.load.router_answered(self.fleet, message, answer, self.now())

    def poison(self, name: str) -> None:
        """Crash an actor between two messages."""
        actor_of(self.runtime, name).send(Poison())

    def stop(self, model_id: str) -> None:
        """Stop a model's actor for good; it stays a member of the fleet."""
        self.stopped.add(model_id)
        while True:
            try:
                self.runtime.model(model_id).stop()
            except InjectedCrash:  # of the supervisor: the operator tries again
                continue
            return
