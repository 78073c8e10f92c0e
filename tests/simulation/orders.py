"""What is asked of the runtime: tasks, plans and strategies of chance."""

from __future__ import annotations

from hive_resilience import Plan, Priority, Strategy, Task
from hive_resilience.config import OnInterrupt

from .chance import Chance
from .fleet import STRATEGIES
from .world import World

PAYLOADS = ("prompt", {"messages": [{"role": "user", "content": "prompt"}]})
Order = tuple[Task, Plan | None, Strategy | None, float, tuple[str, ...] | None]


def order(world: World, chance: Chance) -> Order:
    task = new_task(world, chance)
    plan = _plan(world, chance) if chance.happens(0.4) else None
    strategy = chance.choice([None, None, *STRATEGIES])
    limit = task.timeout or (plan and plan.timeout) or world.settings.task_timeout
    return task, plan, strategy, limit, None if plan is None else plan.model_ids


def new_task(world: World, chance: Chance) -> Task:
    timeout = chance.choice([None, chance.about(0.05, 100.0)])
    priority = chance.choice(list(Priority))
    return Task(chance.choice(PAYLOADS), id=world.new_name("t"), priority=priority, timeout=timeout)


def _plan(world: World, chance: Chance) -> Plan:
    ids = chance.some([*world.ids, "nobody"], 4)
    weights = {i: chance.choice([0.0, 1.0, 5.0]) for i in ids} if chance.happens(0.3) else None
    return Plan(
        ids[0],
        tuple(ids[1:]),
        strategy=chance.choice([None, *STRATEGIES]),
        timeout=chance.choice([None, chance.about(0.1, 60.0)]),
        max_concurrent=chance.choice([None, 1, 2, 3]),
        weights=weights,
        route_refusals=chance.happens(0.5),
        hedge_after=chance.choice([None, None, "auto", "never", 0.5, 3.0]),
        at_most_once=chance.choice([None, None, None, True]),
        on_interrupt=chance.choice([None, *OnInterrupt]),
    )
