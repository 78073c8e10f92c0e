"""A fleet that goes and comes back under chance, and what has to hold of each choice in it.

The watch looks at every choice of the router, with rules of its own: from the books of the models
and the time at which each breaker closed, never from what the code under test says of itself.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import ModelConfig, Plan, Runtime, RuntimeConfig, Strategy, Task
from hive_resilience.actors.messages import Next
from hive_resilience.actors.policies.balancing.sessions import place_of
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.router import selection
from hive_resilience.actors.router.picking import STICKY, pick
from hive_resilience.actors.router.state import RouterState
from hive_resilience.config import BulkheadConfig, CircuitBreakerConfig, GlobalConfig, RetryConfig
from hive_resilience.testing import run_virtual

from .chance import Chance

SPAN = 10.0
"""Seconds of a ramp."""
LASTS = 120.0
LONGEST = 10 * SPAN
_BREAKER = CircuitBreakerConfig(
    failure_threshold=3, recovery_timeout=3.0, recovery_jitter=0.0, success_threshold=1
)


class Weather:
    """A model that answers, fails or takes long, each for a while; `answers` has what it said."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.mood = "well"
        self.until = 0.0
        self.answers: dict[str, str] = {}

    async def __call__(self, task: Task) -> str:
        now = asyncio.get_running_loop().time()
        if now >= self.until:
            self.mood = self.chance.choice(("well", "well", "down", "slow"))
            self.until = now + self.chance.about(2.0, 30.0)
        if self.mood == "down":
            raise ConnectionError
        await asyncio.sleep(self.chance.about(1.0, 8.0) if self.mood == "slow" else 0.1)
        answer = self.answers[task.id] = self.chance.choice(("yes", "yes", "no"))
        return answer


class World:
    """A runtime under a seed, its models, and what was found to be wrong."""

    def __init__(self, seed: int) -> None:
        self.chance = Chance(seed, "balancing")
        self.found: list[str] = []
        self.closed_at: dict[str, float] = {}
        self.models = {f"m{n}": Weather(Chance(seed, f"m{n}")) for n in range(3)}
        configs = [self._config(i, weather) for i, weather in self.models.items()]
        settings = GlobalConfig(ramp_up=SPAN, max_queued_requests=0)
        config = RuntimeConfig(global_=settings, models=tuple(configs))
        self.runtime = Runtime(config, draw=Chance(seed, "draws").random)

    def _config(self, model_id: str, weather: Weather) -> ModelConfig:
        price = self.chance.choice((1.0, 2.0))
        return ModelConfig(
            id=model_id,
            executor=weather,
            retry=RetryConfig(max_retries=0),
            circuit_breaker=_BREAKER,
            bulkhead=BulkheadConfig(max_concurrent=self.chance.randint(1, 4), max_queue=20),
            prices={"input": price, "output": price},  # type: ignore[arg-type]
        )

    async def live(self) -> None:
        async with self.runtime as runtime:
            tasks: list[asyncio.Task[Any]] = []
            while runtime._engine.loop.time() < LASTS:
                tasks.append(asyncio.create_task(self._one()))
                await asyncio.sleep(self.chance.about(0.02, 1.0))
                self._operate()
                self._look()
            await asyncio.gather(*tasks)
            await self._afterwards()

    def _operate(self) -> None:
        if self.chance.happens(0.02):
            handle = self.runtime.model(self.chance.choice(list(self.models)))
            handle.enter_maintenance()
            asyncio.get_running_loop().call_later(3.0, handle.leave_maintenance)

    async def _one(self) -> None:
        chance, runtime = self.chance, self.runtime
        session = f"chat {chance.randint(1, 9)}" if chance.happens(0.4) else None
        strategy = chance.choice(list(Strategy))
        first, *rest = chance.some(list(self.models), 3)
        plan = Plan(first, tuple(rest), own_fallbacks=False) if chance.happens(0.3) else None
        task = Task("x", session=session, timeout=60.0)
        result = await runtime.execute(task, strategy=strategy, plan=plan)
        if strategy is Strategy.QUORUM and result.success:
            said = [self.models[i].answers.get(task.id) for i in result.voters]
            if len(said) < 2 or set(said) != {result.value}:
                self.found.append(f"a quorum of {said} has answered {result.value!r}")

    async def _afterwards(self) -> None:
        """The weather clears, and all ramps end: the first model has all tasks again."""
        for weather in self.models.values():
            weather.mood, weather.until = "well", float("inf")
        await asyncio.sleep(20.0)
        first = next(iter(self.models))
        for _ in range(2):
            for model_id in self.models:
                await self.runtime.execute(Task("x"), plan=Plan(model_id))
            await asyncio.sleep(LONGEST)
        used = [(await self.runtime.execute(Task("x"))).model_used for _ in range(30)]
        if set(used) != {first}:
            self.found.append(f"{first} does not get its whole share: {used}")

    # What has to hold.

    def _look(self) -> None:
        """At any time: ramps have an end, and the last usable model has none."""
        state, now = self.runtime._fleet.router_state, self.runtime._engine.loop.time()
        ramping = state.snapshot(now).ramping
        if state.routing.usable_count < 2 and ramping:
            self.found.append(f"the last usable model ramps up: {ramping}")
        for model_id, share in ramping.items():
            if not 0.1 <= share < 1.0:
                self.found.append(f"{model_id} has the share {share}")
        for model_id in self.models:
            breaker = self.runtime._fleet.members[model_id].state.breaker
            if breaker.state(now) is not State.CLOSED or model_id in state.unavailable:
                self.closed_at.pop(model_id, None)
            since = now - self.closed_at.setdefault(model_id, now)
            if model_id in ramping and since > LONGEST + 1.0:
                self.found.append(f"the ramp of {model_id} does not end")

    def judge(self, state: RouterState, wanted: Next, chosen: str | None, now: float) -> None:
        """One choice of the router."""
        if chosen is None:
            return
        ids = state.candidates if wanted.plan is None else wanted.plan.model_ids
        able = [i for i in ids if i not in wanted.tried and state.routing.is_usable(i)]
        free = [i for i in able if self._has_place(i, now)]
        if wanted.session is not None and wanted.strategy in STICKY:
            self._judge_session(state, wanted, chosen, able, free)
        elif wanted.strategy in (Strategy.SEQUENTIAL, Strategy.CHEAPEST):
            prices = state.balance.prices
            cheap = wanted.strategy is Strategy.CHEAPEST
            first = min(able, key=prices.__getitem__) if cheap else able[0]
            self._judge_move(state, wanted, first, chosen, free)
        elif wanted.strategy is Strategy.LEAST_IN_FLIGHT and not state.balance.ramps:
            least = min((self._in_flight(i) for i in free), default=None)
            if least is not None and self._in_flight(chosen) != least:
                self.found.append(f"{chosen} has more calls than {least}")

    def _judge_session(
        self, state: RouterState, wanted: Next, chosen: str, able: list[str], free: list[str]
    ) -> None:
        session = wanted.session or ""
        best = max(free or able, key=lambda i: place_of(session, i))
        if chosen != best:
            self._judge_move(state, wanted, best, chosen, free, "a session has left")

    def _judge_move(
        self,
        state: RouterState,
        wanted: Next,
        first: str,
        chosen: str,
        free: list[str],
        told: str = "a task was moved from",
    ) -> None:
        """Only a ramp moves a task, and only to where it can begin at once."""
        if chosen == first:
            return
        if first not in state.balance.ramps:
            self.found.append(f"{told} {first}, which does not ramp up ({wanted.strategy})")
        elif chosen not in free:
            self.found.append(f"{told} {first} to {chosen}, which is full ({wanted.strategy})")

    def _has_place(self, model_id: str, now: float) -> bool:
        model = self.runtime._fleet.members[model_id].state
        admitted = model.breaker.retry_after(now) is None
        return admitted and model.bulkhead.in_flight < model.bulkhead.limit

    def _in_flight(self, model_id: str) -> int:
        return len(self.runtime._fleet.members[model_id].state.permits)


def simulate(seed: int, patch: pytest.MonkeyPatch) -> list[str]:
    """What is wrong in the run of one seed."""
    world = World(seed)

    def watched(state: RouterState, wanted: Next, now: float) -> str | None:
        chosen = pick(state, wanted, now)
        world.judge(state, wanted, chosen, now)
        return chosen

    with patch.context() as patched:
        patched.setattr(selection, "pick", watched)
        run_virtual(world.live())
    return world.found
