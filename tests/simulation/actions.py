"""What happens to the runtime in one run: traffic, floods, cancellations, crashes, operators."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from hive_resilience import ModelHandle, ResilienceError, Task, TaskResult
from hive_resilience.testing import InjectedCrash

from .alerts import MESSAGES as ALERTS_MESSAGES
from .chance import Chance
from .chaos import experiments
from .ledger import Entry
from .load import relief
from .orders import new_task, order
from .pipeline import pipelines
from .reloads import reloads
from .streams import streams
from .world import World

ROUTER_MESSAGES = (
    *(
        "Dispatch",
        "Next",
        "TaskFinished",
        "TaskEnded",
        "AttemptReported",
        "SpendRetry",
        "LastResort",
        "StopWaiting",
    ),
    *("DispatchStream", "StreamAttemptReported"),
    *("ModelChanged", "QuotaParked", "Task", "AddModel", "RemoveModel", "ChildDown"),
    *("AlertsDue", "FleetChanged", "Poison", "JoinLine", "PlaceOffered", "LineDue"),
    *("ShedFrom", "LowerLimits"),
)
MODEL_MESSAGES = (
    "AcquireStream",
    "SilenceAllowed",
    "SpendHedge",
    "HedgeEnded",
    *("Acquire", "Settle", "FailoverReported", "CallReturned", "StopWaiting", "Park", "Announce"),
    *("ProbeDue", "Probed", "CheckHealth", "DrainModel", "Operate", "Start", "TrafficCheckDue"),
    *("AlertsDue", "Reconfigure", "ReleaseExecutor", "Poison"),
    *("PlaceWanted", "Admit", "KeepPlace", "ShedFrom", "LowerLimits"),
)
SUPERVISOR_MESSAGES = (
    *("Crashed", "Stopped", "RestartDue", "RestartChild", "StartChild", "StopChild", "StopDue"),
    *("StopAll", "Start", "RestartTogetherDue", "ReconfigureChild", "Poison"),
)

Driver = Callable[[World, Chance], Coroutine[Any, Any, None]]


# Traffic.


async def traffic(world: World, chance: Chance) -> None:
    """Requests one after the other, and now and then a flood of them."""
    rate = chance.about(0.2, 3.0)
    while True:
        await asyncio.sleep(chance.expovariate(rate))
        for _ in range(chance.randint(10, 60) if chance.happens(0.02) else 1):
            request(world, chance)


def request(world: World, chance: Chance) -> None:
    """One request of some kind; some are cancelled after a while."""
    lot = chance.random()
    if lot < 0.75:
        asked = execute(world, chance)
    elif lot < 0.80:
        asked = submit(world, chance)
    elif lot < 0.86:
        asked = batch(world, chance)
    elif lot < 0.92:
        asked = ask_the_router(world, chance)
    elif lot < 0.97:
        asked = call(world, chance)
    else:
        asked = check_health(world, chance)
    if chance.happens(0.1):
        entry = world.ledger.entries[-1]
        wait = chance.choice([0.0, chance.about(0.001, 20.0)])
        asyncio.get_running_loop().call_later(wait, cancel, world, entry, asked)


def cancel(world: World, entry: Entry, asked: asyncio.Task[None]) -> None:
    if not asked.done():
        entry.cancel_asked = True
        world.watch.note(entry.name, "cancelled")
        asked.cancel()


def execute(world: World, chance: Chance) -> asyncio.Task[None]:
    task, plan, strategy, limit, scope = order(world, chance)
    work = world.judged(task, world.runtime.execute(task, strategy=strategy, plan=plan))
    return world.ask("execute", work, task=task, plan=plan, limit=limit, scope=scope)


def submit(world: World, chance: Chance) -> asyncio.Task[None]:
    task, plan, strategy, limit, scope = order(world, chance)
    work = world.judged(task, _submitted(world, task, strategy=strategy, plan=plan))
    return world.ask("submit", work, task=task, plan=plan, limit=limit, scope=scope)


async def _submitted(world: World, task: Task, **how: Any) -> TaskResult:
    return await asyncio.wrap_future(world.runtime.submit(task, **how))


def batch(world: World, chance: Chance) -> asyncio.Task[None]:
    tasks = [new_task(world, chance) for _ in range(chance.randint(1, 4))]
    runtime = world.runtime
    send = chance.choice([runtime.execute_all, runtime.execute_any, runtime.execute_settled])
    limits = [task.timeout or world.settings.task_timeout for task in tasks]
    return world.ask("batch", send(tasks), limit=max(limits))


def ask_the_router(world: World, chance: Chance) -> asyncio.Task[None]:
    task = new_task(world, chance)
    if chance.happens(0.3):
        world.runtime.router.tell(new_task(world, chance))
    limit = task.timeout or world.settings.task_timeout
    # While the router is down its mailbox keeps the task, and the time does not run yet.
    return world.ask("ask", _awaited(world.runtime.router.ask(task, block=False)), limit=limit * 50)


def call(world: World, chance: Chance) -> asyncio.Task[None]:
    model = chance.choice(world.models)
    step = model.next_step()
    timeout = chance.about(0.5, 30.0)
    model_id = chance.choice([*world.ids, "nobody"])
    work = world.runtime.call(model_id, model.perform, step, timeout=timeout)
    return world.ask("call", work, limit=timeout)


def check_health(world: World, chance: Chance) -> asyncio.Task[None]:
    handle = _handle(world, chance)
    if handle is None:
        return execute(world, chance)
    return world.ask("check", _awaited(handle.check_health()))


async def _awaited(waiter: Any) -> Any:
    return await waiter


# Crashes.


async def crashes(world: World, chance: Chance) -> None:
    """Now between two messages, now at the next message of some kind."""
    pause = chance.about(2.0, 60.0)
    while True:
        await asyncio.sleep(chance.expovariate(1 / pause))
        for _ in range(chance.choice([1, 1, 1, 2, 6])):
            _crash_somebody(world, chance)


def _crash_somebody(world: World, chance: Chance) -> None:
    name = chance.choice(["router", "supervisor", "root", *world.ids, *world.ids])
    supervisors = dict.fromkeys(("supervisor", "root"), SUPERVISOR_MESSAGES)
    messages = {"router": ROUTER_MESSAGES, **supervisors}
    kind = chance.choice(messages.get(name, MODEL_MESSAGES))
    world.watch.arm(name, kind)
    if kind == "Poison":
        world.poison(name)


async def crashes_of_alerts(world: World, chance: Chance) -> None:
    """The actor of alerts crashes, too, where there is one."""
    while world.alerts.on:
        await asyncio.sleep(chance.about(1.0, 20.0))
        kind = chance.choice(ALERTS_MESSAGES)
        world.watch.arm("alerts", kind)
        if kind == "Poison":
            world.poison("alerts")


# Operators.


async def operators(world: World, chance: Chance) -> None:
    """Somebody turns the switches of models."""
    pause = chance.about(5.0, 100.0)
    while True:
        await asyncio.sleep(chance.expovariate(1 / pause))
        handle = _handle(world, chance)
        if handle is not None:
            _operate(world, handle, chance)


def _operate(world: World, handle: ModelHandle, chance: Chance) -> None:
    switches = (
        *(handle.trip, handle.reset, handle.force_open, handle.disable, handle.metrics_only),
        *(handle.enter_maintenance, handle.leave_maintenance, handle.reset, handle.restart),
        handle.leave_maintenance,
    )
    switch = chance.choice(switches)
    world.watch.note("operator", f"{switch.__name__} {handle.id}")
    try:
        switch()
    except (ResilienceError, InjectedCrash) as refused:
        world.watch.note("operator", f"refused: {refused}")


def _handle(world: World, chance: Chance) -> ModelHandle | None:
    running = [i for i in world.ids if i not in world.stopped]
    return world.runtime.model(chance.choice(running)) if running else None


async def changes(world: World, chance: Chance) -> None:
    """Models come and go."""
    pause = chance.about(20.0, 200.0)
    gone: list[str] = []
    while True:
        await asyncio.sleep(chance.expovariate(1 / pause))
        if len(world.ids) > 1 and chance.happens(0.5):
            gone.append(_remove(world, chance))
        elif len(world.ids) < 8:
            back = chance.choice([None, *gone])
            _add(world, None if back in world.ids else back)


def _add(world: World, model_id: str | None) -> None:
    config = world.new_model(model_id)
    world.watch.note("operator", f"adds {config.id}")
    try:
        world.runtime.add_model(config)
    except (InjectedCrash, ResilienceError) as refused:
        world.watch.note("operator", f"not added: {refused}")
    else:
        world.stopped.discard(config.id)
        world.adopt(config.id)


def _remove(world: World, chance: Chance) -> str:
    model_id = chance.choice(world.ids)
    if chance.happens(0.1):
        world.watch.note("operator", f"stops {model_id}")
        world.stop(model_id)
    else:
        world.ask("remove", _removed(world, model_id, chance.happens(0.5)))
    return model_id


async def _removed(world: World, model_id: str, drain: bool) -> None:
    """An operator whose removal met a crash of the supervisor tries again."""
    while True:
        try:
            await world.runtime.remove_model(model_id, drain=drain)
        except InjectedCrash:
            continue
        return


DRIVERS: dict[str, Driver] = {
    "traffic": traffic,
    "crashes": crashes,
    "crashes_of_alerts": crashes_of_alerts,
    "operators": operators,
    "changes": changes,
    "experiments": experiments,
    "pipelines": pipelines,
    "reloads": reloads,
    "relief": relief,
    "streams": streams,
}
