"""The peer of a runtime in a cluster: what its models share, and the actor that exchanges."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from ...actors.cluster.link import Link
from ...actors.cluster.peer import ClusterActor, leave
from ...actors.cluster.state import Pace, PeerState
from ...actors.cluster.survey import Summary
from ...actors.engine.reference import AnyRef
from ...actors.events import Publish
from ...actors.model.actor import ModelActor
from ...actors.model.shared_actor import Membership, SharedModelActor
from ...actors.model.state import LATE, ModelState
from ...actors.policies.cluster.limits import limits_of
from ...actors.policies.cluster.records import Limits
from ...actors.policies.cluster.shared_model import Scope, SharedModel
from ...actors.policies.metrics.figures import ClusterFigures
from ...actors.supervision.child_spec import ChildSpec
from ...config.errors import ResilienceError
from ...config.settings.distribution.cluster import ClusterConfig
from ...config.settings.distribution.cluster import Scope as Reach
from ..cluster.overview.asking import fleet_of, operate_fleet
from ..cluster.overview.fleet_snapshot import FleetSnapshot
from ..cluster.overview.summing import models_here, peer_here, release, sums_of
from ..observability.snapshot import ClusterSnapshot, ShareSnapshot
from .model_figures import figures_of
from .supervision_tree import ESSENTIAL, Supervision

NAME = "cluster"


class Clustering:
    """Joins a cluster through `link`. All methods run on the loop of the fleet."""

    def __init__(self, settings: ClusterConfig, link: Link, name: str | None = None) -> None:
        self.settings: ClusterConfig = settings
        pace = Pace(
            every=settings.exchange_every,
            idle_every=settings.idle_every,
            timeout=settings.exchange_timeout,
            share_time=settings.share_time,
            join=settings.join_timeout,
        )
        self.state: PeerState = PeerState(name or _own_name(), link, settings.alone, pace)
        self.shared: dict[str, SharedModel] = {}
        self._states: dict[str, ModelState] = {}
        self._ref: AnyRef
        self.now: Callable[[], float]
        self.state.summarize = self.summary

    def start(self, supervision: Supervision, router: AnyRef, publish: Publish) -> None:
        """Start the peer's actor as a child of the root; its models come one by one."""
        self.state.router = router
        spec = ChildSpec(NAME, lambda: ClusterActor(self.state, publish), restart=ESSENTIAL)
        self._ref = supervision.add(spec)
        self.now = self._ref.engine.now

    def actor(self, state: ModelState, router: AnyRef, publish: Publish) -> SharedModelActor:
        """The actor of a model that takes part."""
        model_id = state.config.id
        self._states[model_id] = state
        if model_id not in self.shared:
            self.shared[model_id] = SharedModel(
                model_id,
                _limits(state),
                alone=self.settings.alone,
                share_time=self.settings.share_time,
                scope=_scope(state),
            )
        shared = self.shared[model_id]

        def adopt(state: ModelState) -> None:
            shared.reconfigure(_limits(state), alone=self.settings.alone, scope=_scope(state))

        return SharedModelActor(state, router, publish, Membership(shared, self._ref, adopt))

    def add(self, model_id: str, ref: AnyRef) -> None:
        """A model has started."""
        self.state.models[model_id] = ref
        self._hurry()

    async def joined(self) -> None:
        """Wait for the first shares, `join_timeout` at most; then the runtime starts alone."""
        self._hurry()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.settings.join_timeout):
                await self.state.first_answer.wait()

    def summary(self) -> Summary:
        """How this process is, for those that look at the whole fleet."""
        now = self.now()
        there = ((model, self._states[model]) for model in self.state.models)
        return Summary(
            socket.gethostname(),
            os.getpid(),
            release(),
            tuple(sums_of(figures_of(state, now, model)) for model, state in there),
        )

    def figures(self, now: float) -> ClusterFigures:
        """For the metrics."""
        state = self.state
        there = {model: self.shared[model] for model in state.models}
        return ClusterFigures(
            joined=state.joined,
            peers=state.peers,
            exchanges=state.exchanges,
            failed=state.failed,
            durations=state.took.copy(),
            owner_changes=state.owner_changes,
            places={model: shared.places(now) for model, shared in there.items()},
            stale={model: state.stale[model] for model in self.shared},
        )

    async def look(self) -> FleetSnapshot:
        """All processes; this one alone where no owner answers."""
        try:
            return await fleet_of(self.state.link, self.settings.name, self.state.name)
        except ResilienceError as error:
            return self._alone(str(error))

    def _alone(self, error: str) -> FleetSnapshot:
        state, now, summary = self.state, self.now(), self.summary()
        places = {model: shared.places(now) for model, shared in self.shared.items()}
        breakers = {one: it.breaker.state(now).value for one, it in self._states.items()}
        return FleetSnapshot(
            at=datetime.now(UTC),
            name=self.settings.name,
            epoch=state.epoch,
            learning=state.learning,
            fenced=state.fenced,
            error=error,
            peers=(peer_here(state.name, summary, places),),
            models=models_here(summary, breakers),
        )

    async def operate(self, model_id: str, verb: str, reason: str) -> None:
        """Do something to a model in all processes. Raises as `operate_fleet` does."""
        state = self.state
        timeout = state.pace.timeout
        await operate_fleet(state.link, model_id, verb, reason, peer=state.name, timeout=timeout)

    def _hurry(self) -> None:
        self.state.is_urgent = True
        self.state.news.set()

    async def leave(self, limit: float) -> None:
        """Give the places back, and end the link, in `limit` seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await leave(self.state)
                await self.state.link.close()


def clustering_of(settings: ClusterConfig) -> Clustering | None:
    """What joins the cluster of the settings; None: they name none.

    Nothing of it is imported then. Raises `ConfigurationError` without the extra `ray`.
    """
    if settings.address is None:
        return None
    from ..cluster.joining import link_of

    return Clustering(settings, link_of(settings))


def cluster_snapshot(clustering: Clustering | None, now: float) -> ClusterSnapshot | None:
    """How the peer is; None where there is none."""
    if clustering is None:
        return None
    state = clustering.state
    return ClusterSnapshot(
        name=state.name,
        joined=state.joined,
        epoch=state.epoch,
        peers=state.peers,
        learning=state.learning,
        fenced=state.fenced,
        exchanges=state.exchanges,
        failed=state.failed,
        age=now - state.answered_at,
        error=state.error,
        shares={model: _share(shared, now) for model, shared in clustering.shared.items()},
    )


def _share(shared: SharedModel, now: float) -> ShareSnapshot:
    view = shared.sight.view
    return ShareSnapshot(
        places=shared.places(now),
        limit=shared.limits.places,
        seconds=max(0.0, shared.share.until - now),
        state=None if view is None else view.state.value,
    )


def actor_of(
    clustering: Clustering | None, state: ModelState, router: AnyRef, publish: Publish
) -> ModelActor:
    """The actor of a model: of this process alone, or of a cluster."""
    if clustering is None:
        return ModelActor(state, router, publish)
    return clustering.actor(state, router, publish)


def _own_name() -> str:
    """A name that no other process has, nor has had."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def _limits(state: ModelState) -> Limits:
    return limits_of(
        state.config,
        trial_timeout=state.attempt_timeout + LATE,
        max_parking=state.max_parking,
    )


def _scope(state: ModelState) -> Scope:
    config = state.config
    return Scope(
        places=config.bulkhead.scope is Reach.CLUSTER,
        rates=config.rate_limit.scope is Reach.CLUSTER,
        breaker=config.circuit_breaker.scope is Reach.CLUSTER,
    )
