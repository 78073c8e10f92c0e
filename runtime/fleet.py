"""The actors of a runtime: supervisor, router and models; it starts and stops them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ..actors.bounded import Bounded
from ..actors.child_spec import ChildSpec, SupervisorSpec
from ..actors.engine import Engine
from ..actors.events import ModelAdded, ModelRemoved
from ..actors.future import LoopFuture
from ..actors.mailbox import Life
from ..actors.messages import (
    AddModel,
    Announce,
    RemoveModel,
    StartChild,
    StopChild,
    Withdraw,
)
from ..actors.model_actor import ModelActor
from ..actors.model_snapshot import snapshot_of
from ..actors.model_state import ModelState, Surroundings
from ..actors.paths import Paths
from ..actors.policies.errors import ModelUnavailableError, RuntimeClosedError
from ..actors.policies.status import ModelStatus
from ..actors.reference import LoopRef
from ..actors.router_actor import RouterActor
from ..actors.router_state import RouterState
from ..actors.snapshots import ModelSnapshot
from ..config.model import ModelConfig
from ..config.runtime import RuntimeConfig
from .bus import Bus
from .collector import resting_collector
from .dead_letters import DeadLetters
from .drain_report import DrainReport
from .executors.adapters import executor_for
from .executors.health_checks import probe_for
from .executors.threads import Threads
from .plans import Plans
from .snapshot import RuntimeSnapshot
from .supervision import ESSENTIAL, Supervision, answer_now

log = logging.getLogger(__name__)

ROUTER, MODELS = "router", "models"
_LOOK = 0.01
_JOIN = 0.2
"""Seconds for the threads of a model to end; those that are stuck are left."""


def keeper_of(model_id: str) -> str:
    """The name of the child that keeps the worker processes of a model."""
    return f"workers:{model_id}"


class Member:
    """One model of the fleet, as the runtime sees it from outside."""

    __slots__ = ("config", "ref", "state", "threads")

    def __init__(self, config: ModelConfig, state: ModelState, threads: Threads) -> None:
        self.config = config
        self.state = state
        self.threads = threads
        self.ref: LoopRef[Any]


class Fleet:
    """All methods run on the engine's loop."""

    def __init__(self, config: RuntimeConfig, bus: Bus, draw: Callable[[], float]) -> None:
        self.config = config
        self.members: dict[str, Member] = {}
        self.plans = Plans.of(config.models, config.groups)
        self._bus = bus
        self._draw = draw
        self._surroundings = Surroundings(bus.publish, draw)
        self.dead_letters = DeadLetters(bus.publish)
        self.engine = Engine(
            mailbox_size=config.global_.mailbox_size, on_dead_letter=self.dead_letters.take
        )
        self.router_state = RouterState(config.global_, draw)
        self.supervision = Supervision(self.engine, bus.publish, draw)
        self.supervisor: LoopRef[Any]
        self.router: LoopRef[Any]
        self.paths: Paths

    def start(self, run: Any) -> None:
        """Start all actors on the running loop; `run` executes a task told to the router."""
        self.engine.attach()
        self.supervision.start()
        router = ChildSpec(
            ROUTER,
            lambda: RouterActor(self.router_state, run, self._bus.publish),
            restart=ESSENTIAL,
        )
        self.router = self.supervision.add(router)
        models = SupervisorSpec(MODELS, restart=ESSENTIAL, prefix="")
        self.supervisor = self.supervision.add(models)
        settings = self.config.global_
        self.paths = Paths(
            self.engine,
            self.router,
            task_timeout=settings.task_timeout,
            grace=settings.stop_grace,
            when_all_out=settings.when_all_out,
            failover=settings.failover,
        )
        with resting_collector():
            for model in self.config.models:
                self.add(model)

    def add(self, config: ModelConfig) -> None:
        """Start a model's actor; the router sends it tasks once it says that it can serve."""
        threads = Threads(f"model {config.id}")
        executor = executor_for(config, threads)
        state = ModelState(
            config,
            executor,
            probe=probe_for(config, executor),
            alerts=self.config.global_.alerts,
            attempt_timeout=self.config.attempt_timeout(config),
            health_interval=self.config.global_.health_check_interval,
            draw=self._draw,
        )
        member = Member(config, state, threads)
        spec = ChildSpec(
            f"model:{config.id}",
            lambda: ModelActor(state, self.router, self._surroundings),
            restart=config.restart,
            tell=self.router,
        )
        member.ref = answer_now(self.supervise(StartChild(spec)))
        self.members[config.id] = member
        self.plans = self.plans.with_model(config)
        self.router.send(AddModel(config, member.ref))
        member.ref.send(Announce())
        self._bus.publish(ModelAdded, model_id=config.id)
        self._keep(member)

    def _keep(self, member: Member) -> None:
        """Supervise what the executor has of its own; without that it still works."""
        make = getattr(member.state.executor, "keeper", None)
        if make is None:
            return
        config = member.config
        try:
            self.supervise(
                StartChild(ChildSpec(keeper_of(config.id), make, restart=config.restart))
            )
        except Exception:  # the supervisor crashed on it
            log.exception("the worker processes of %s are not supervised", config.id)

    async def remove(self, model_id: str, *, drain: bool) -> None:
        """Send a model no more tasks, let its calls end if `drain`, then stop its actor."""
        member = self.member(model_id)
        self.router.send(RemoveModel(model_id))
        # Without its actor nobody counts its calls, and none of them could be retried there.
        if drain and member.ref.mailbox.life is Life.ALIVE:
            with suppress(Exception):  # the actor crashed on it, which is the same
                await member.ref.request(Withdraw())
        if self.members.get(model_id) is not member:
            return  # removed by somebody else in the meantime
        self.supervise(StopChild(keeper_of(model_id)))
        stopped = self.supervise(StopChild(f"model:{model_id}"))
        del self.members[model_id]
        self.plans = self.plans.without_model(model_id)
        if isinstance(stopped, LoopFuture):
            await stopped
        await self._let_go(member)
        self._bus.publish(ModelRemoved, model_id=model_id)

    def member(self, model_id: str) -> Member:
        """The model of this id. Raises `ModelUnavailableError` that names those there are."""
        member = self.members.get(model_id)
        if member is None:
            known = ", ".join(self.members) or "none"
            raise ModelUnavailableError(
                f"there is no model {model_id!r} in this fleet; there are: {known}",
                model_id=model_id,
            )
        return member

    def stop_model(self, model_id: str) -> None:
        """Stop a model's actor for good; its running calls end as they will."""
        self.router.send(RemoveModel(model_id))
        self.supervise(StopChild(keeper_of(model_id)))
        self.supervise(StopChild(f"model:{model_id}"))

    async def stop(self) -> None:
        """End tasks, then models in reverse order, the router, and the supervisor at last."""
        grace = self.config.global_.stop_grace
        reason = RuntimeClosedError("the runtime stopped before the task was done")
        self.paths.waiting.revoke_all(reason)
        await self.wait_for_tasks(grace)
        await self.engine.tasks.end(grace)
        await self.supervision.stop(grace)
        self.engine.close()
        self.paths.waiting.close()
        for member in self.members.values():
            await self._let_go(member)
        await asyncio.to_thread(self._join_threads)

    async def _let_go(self, member: Member) -> None:
        """Close a model's executor; one that fails or hangs keeps no other from it."""
        grace = self.config.global_.stop_grace
        try:
            await Bounded(member.state.executor.close(), self.engine.now() + grace, grace)
        except Exception:
            log.exception("the executor of %s could not be closed", member.config.id)
        member.threads.close()

    def _join_threads(self) -> None:
        for member in self.members.values():
            member.threads.join(_JOIN)

    async def drain(self, limit: float) -> DrainReport:
        """Wait for the tasks under way, `limit` seconds at most; what is left then."""
        left = await self.wait_for_tasks(limit)
        names = dict.fromkeys(self.paths.waiting.owners()) if left else ()
        if left:
            log.warning("%d tasks were not done after %.3g s of draining", left, limit)
        return DrainReport(left, tuple(names))

    async def wait_for_tasks(self, limit: float) -> int:
        """Until no task is under way, `limit` seconds at most; how many are left."""
        until = self.engine.now() + limit
        while self.router_state.in_flight and self.engine.now() < until:
            await asyncio.sleep(_LOOK)
        return self.router_state.in_flight

    def configs(self) -> tuple[ModelConfig, ...]:
        """The settings of all models."""
        return tuple(member.config for member in self.members.values())

    def snapshot(self) -> RuntimeSnapshot:
        """Everything, also of actors that are down."""
        return RuntimeSnapshot(
            at=datetime.now(UTC),
            models={model_id: self.read(member) for model_id, member in self.members.items()},
            router=self.router_state.snapshot(),
            children=self.supervision.snapshot(),
            dead_letters=self.dead_letters.snapshot(),
        )

    def read(self, member: Member) -> ModelSnapshot:
        """A model's snapshot; without its actor it is unavailable."""
        found = snapshot_of(member.state, self.engine.now())
        if member.ref.mailbox.life is Life.ALIVE:
            return found
        return replace(found, status=ModelStatus.UNAVAILABLE)

    def supervise(self, message: Any) -> Any:
        """Ask the supervisor of the models."""
        return self.supervision.awake(MODELS).call(message)
