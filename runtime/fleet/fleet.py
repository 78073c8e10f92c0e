"""The actors of a runtime: supervisor, router and models; it starts and stops them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ...actors.engine.background_tasks import BackgroundTasks, Work
from ...actors.engine.engine import Engine
from ...actors.engine.future import Promise
from ...actors.engine.reference import AnyRef
from ...actors.events import ModelAdded
from ...actors.execution.environment import TaskEnvironment
from ...actors.fleet_messages import (
    AddModel,
    Announce,
    FleetChanged,
    Reconfigure,
    RemoveModel,
    Terms,
)
from ...actors.model.load import ModelLoad
from ...actors.model.state import ModelState
from ...actors.policies.chance import Draw
from ...actors.policies.outcomes.errors import RuntimeClosedError
from ...actors.router.actor import RouterActor
from ...actors.router.reference import AskedTask, RouterRef
from ...actors.router.state import RouterState
from ...actors.snapshots import ModelSnapshot
from ...actors.supervision.child_spec import ChildSpec, SupervisorSpec
from ...actors.supervision.messages import ReconfigureChild, StartChild, StopChild
from ...actors.task import Task
from ...actors.task_hook import TaskHook
from ...config.settings.model import ModelConfig
from ...config.settings.runtime import RuntimeConfig
from ..observability.dead_letters import DeadLetters
from ..observability.event_bus import EventBus
from ..observability.snapshot import DrainReport, RuntimeSnapshot
from ..observability.watched import FleetAlerting
from .backend import Backend, terms_of
from .clustering import Clustering, actor_of, cluster_snapshot, clustering_of
from .degrading import Degrading
from .draining import drained, tasks_ended
from .gc_pause import gc_paused
from .member import Member, actor_name, supervise_workers, workers_name
from .members import Members
from .removal import Removal
from .supervision_tree import ESSENTIAL, Supervision, answer_now

Run = Callable[[Task | AskedTask, Promise[Any]], None]
ROUTER, MODELS = "router", "models"
_MOMENT = 0.05
"""Seconds that a step of the end gets where no grace remains."""
_JOIN = 0.2
"""Seconds for the threads of a model to end; those that are stuck are left."""


class Fleet:
    """All methods run on the engine's loop."""

    def __init__(
        self,
        config: RuntimeConfig,
        bus: EventBus,
        draw: Draw,
        *,
        lasting: Mapping[str, object],
    ) -> None:
        self.config: RuntimeConfig = config
        self.members: Members = Members(config, lasting)
        self._bus = bus
        self._draw = draw
        self.dead_letters: DeadLetters = DeadLetters(bus.publish)
        self.engine: Engine = Engine(
            mailbox_size=config.global_.mailbox_size, on_dead_letter=self.dead_letters.take
        )
        self.router_state: RouterState = RouterState(config.global_, draw)
        self.router_state.regroup(config.members_of_groups)
        self.supervision: Supervision = Supervision(self.engine, bus.publish, draw)
        self._background = BackgroundTasks()
        self.clustering: Clustering | None = None  # it is on its own, so far
        self.alerting: FleetAlerting = FleetAlerting()
        self.supervisor: AnyRef
        self.router: AnyRef
        self.environment: TaskEnvironment
        self._removal: Removal

    def start(self, run: Run, hook: TaskHook | None = None) -> None:
        """Start all actors on the running loop; `run` executes a task from the router's mailbox."""
        self.engine.attach()
        self.members.hold()
        self.supervision.start()
        router = ChildSpec(
            ROUTER,
            lambda: RouterActor(self.router_state, run, self._bus.publish),
            restart=ESSENTIAL,
        )
        self.router = RouterRef.of(self.supervision.add(router))
        self.supervisor = self.supervision.add(SupervisorSpec(MODELS, restart=ESSENTIAL, prefix=""))
        self.environment = TaskEnvironment(self.engine, self.router, self.config.global_, hook)
        self.degrading: Degrading = Degrading.of(self.members, self.router_state, self.environment)
        self._removal = Removal(
            self.members,
            self.router,
            self.supervise,
            self._grace,
            self._bus.publish,
            self.engine.now,
        )
        self.clustering = self.clustering or clustering_of(self.config.global_.cluster)
        if self.clustering is not None:
            self.clustering.start(self.supervision, self.router, self._bus.publish)
        with gc_paused():
            for model in self.config.models:
                self.add(model)

    def add(self, config: ModelConfig, backend: Backend | None = None) -> None:
        """Start a model's actor; the router sends it tasks once it can serve."""
        backend = backend or self.backend_of(config)
        state = ModelState(config, self.terms(config, backend), draw=self._draw)
        member = Member(config, state, backend)
        spec = ChildSpec(
            actor_name(config.id),
            lambda: actor_of(self.clustering, state, self.router, self._bus.publish),
            restart=config.restart,
            notify=self.router,
        )
        member.ref = answer_now(self.supervise(StartChild(spec)))
        self.members.add(member)
        if self.clustering is not None:
            self.clustering.add(config.id, member.ref)
        self._introduce(member)
        self._bus.publish(ModelAdded, model_id=config.id)
        supervise_workers(member, self.supervise)

    async def joined(self) -> None:
        """Wait for the first shares, where the fleet is part of a cluster."""
        if self.clustering is not None:
            await self.clustering.joined()

    def backend_of(self, config: ModelConfig) -> Backend:
        """What calls a model. Raises `ConfigurationError` where it cannot be called like this."""
        return Backend.of(
            config, lambda: self.config.global_.connect_timeout, self.environment.hook
        )

    def change(self, config: ModelConfig, backend: Backend) -> None:
        """Give a model other settings and perhaps another executor; a model that leaves stays.

        `retire` closes the former one. Does nothing for a model that an operator has stopped.
        """
        member = self.member(config.id)
        if member.ref.is_dead():
            return
        if config.restart != member.config.restart:
            for name in (actor_name(config.id), workers_name(config.id)):
                self.supervision.awake(MODELS).send(ReconfigureChild(name, config.restart))
        self.members.change(member, config, backend)
        member.ref.send(Reconfigure(config, self.terms(config, backend)))
        if member.leaving is not None:
            self.members.mark(member, None)
            self._introduce(member)

    def retire(self, model_id: str, backend: Backend) -> None:
        """Close the backend that `change` has replaced, once its calls have ended."""
        member = self.member(model_id)
        with suppress(Exception):  # the supervisor crashed on it
            self.supervise(StopChild(workers_name(model_id)))
        supervise_workers(member, self.supervise)
        self.in_background(self._removal.of_backend(member, backend), f"replace {model_id}")

    def discard(self, model_id: str, backend: Backend) -> None:
        """Take back `add`, or what it has done before it failed."""
        if model_id in self.members:
            backend.leave_open()
            self.remove_in_background(model_id)
            return
        if self.supervision.has(MODELS, actor_name(model_id)):
            self.supervise(StopChild(actor_name(model_id)))
        self.discard_backend(backend)

    def discard_backend(self, backend: Backend) -> None:
        """Close a backend that is not used after all; what Python gave for it stays open."""
        backend.leave_open()
        work = self.members.close(backend, self._grace())
        self.in_background(work, f"discard {backend.model_id}")

    def _introduce(self, member: Member) -> None:
        """Tell the router of a model, and let the model tell it how it is."""
        self._read_payloads_for(member.config)
        self.router.send(AddModel(member.config, member.ref, ModelLoad(member.state)))
        member.ref.send(Announce())

    def _read_payloads_for(self, config: ModelConfig) -> None:
        """Where a model speaks known families, a payload may say what a task is bound to."""
        if config.spoken is not None:
            self.environment.reads_payloads = True

    def adopt(self, config: RuntimeConfig) -> None:
        """Take over the settings of the whole runtime; `change` tells the models."""
        self.config, settings = config, config.global_
        for model in config.models:
            self._read_payloads_for(model)
        self.engine.limit_mailboxes(settings.mailbox_size)
        self.environment.adopt(settings)
        self.degrading.adopt(settings.degradation)

    def tell_router(self, message: FleetChanged) -> None:
        """Tell the router of a reload, after all its other changes."""
        self.router.send(message)
        self.members.plan(self.config.groups)

    def in_background(self, work: Work[None], name: str) -> None:
        """Run `work` in a task of the fleet, which `stop` waits for."""
        self._background.spawn(self.engine.loop, work, name)

    def terms(self, config: ModelConfig, backend: Backend) -> Terms:
        """How a model is called by these settings."""
        return terms_of(self.config, config, backend)

    async def remove(self, model_id: str, *, drain: bool) -> None:
        """Send a model no more tasks, let its calls end if `drain`, then stop its actor."""
        await self._removal.begin(model_id, drain=drain)

    def remove_in_background(self, model_id: str) -> None:
        """Drain and remove a model without waiting for it."""
        self.in_background(self._removal.insist(model_id), f"remove {model_id}")

    def is_stopping(self, model_id: str) -> bool:
        """Whether a removed model still has its actor."""
        return model_id not in self.members and self.supervision.has(MODELS, actor_name(model_id))

    def member(self, model_id: str) -> Member:
        """The model of this id. Raises `ModelUnavailableError` that names those there are."""
        return self.members.named(model_id)

    def stop_model(self, model_id: str) -> None:
        """Stop a model's actor for good; its running calls go on."""
        self.router.send(RemoveModel(model_id))
        self.supervise(StopChild(workers_name(model_id)))
        self.supervise(StopChild(actor_name(model_id)))

    async def stop(self, until: float) -> None:
        """End tasks, then models in reverse order, the router, and finally the supervisor.

        All of it by `until` (seconds on the loop's clock); each step has a moment even then.
        """

        def left() -> float:
            return max(_MOMENT, until - self.engine.now())

        self._removal.end()
        reason = RuntimeClosedError("the runtime stopped before the task was done")
        self.environment.waiting.revoke_all(reason)
        await tasks_ended(self.router_state, self.engine.now, left())
        await self.engine.tasks.end(left())
        if self.clustering is not None:
            await self.clustering.leave(left())
        await self.supervision.stop(left())
        self.engine.close()
        self.environment.waiting.close()
        await self.members.close_all(left())
        await self._background.wait(left())
        await self._background.end(left())
        await self.members.join_threads(_JOIN)

    async def drain(self, limit: float) -> DrainReport:
        """Wait for the tasks under way, at most `limit` seconds; what remains then."""
        waiting = self.environment.waiting
        return await drained(self.router_state, waiting, self.engine.now, limit)

    def snapshot(self) -> RuntimeSnapshot:
        """The whole fleet at one moment, actors that are down included."""
        return RuntimeSnapshot(
            at=datetime.now(UTC),
            models=self.members.snapshot(self.engine.now(), self.router_state.line.waiting_for),
            router=self.router_state.snapshot(self.engine.now()),
            children=self.supervision.snapshot(),
            dead_letters=self.dead_letters.snapshot(),
            degradation=self.router_state.level.status(self.engine.now()),
            cluster=cluster_snapshot(self.clustering, self.engine.now()),
        )

    def events_dropped(self) -> dict[str, int]:
        """Events that subscribers have lost, by the name of the listener."""
        return self._bus.dropped()

    def read(self, member: Member) -> ModelSnapshot:
        """One model's snapshot."""
        waiting = self.router_state.line.waiting_for(member.config.id)
        return member.snapshot(self.engine.now(), waiting)

    def supervise(self, message: object) -> object:
        """Ask the supervisor of the models."""
        return self.supervision.awake(MODELS).call(message)

    def _grace(self) -> float:
        return self.config.global_.stop_grace
