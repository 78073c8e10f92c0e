"""What a supervisor knows of its children. It survives a crash of the supervisor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from ..engine.future import Promise
from ..engine.reference import AnyRef
from ..policies.outcomes.errors import InvalidRequestError
from ..policies.restart import RestartPolicy, wants_restart
from ..policies.supervision import SupervisionStrategy
from ..snapshots import ChildSnapshot
from .child_spec import ChildSpec, Spec, SupervisorSpec

_EARLY = 0.01
"""Seconds: a loop may ring that much early, by the resolution of its clock."""


class Child:
    """One supervised actor: its spec, its history, and where it is now."""

    __slots__ = (
        "cause",
        "inner",
        "name",
        "policy",
        "ref",
        "restarts",
        "returns",
        "spec",
        "stopping",
        "timer",
    )

    def __init__(
        self,
        spec: ChildSpec,
        ref: AnyRef,
        policy: RestartPolicy,
        inner: SupervisorState | None,
        prefix: str,
    ) -> None:
        self.spec: ChildSpec = spec
        self.name: str = prefix + spec.name
        """The name in events and snapshots."""
        self.returns: bool = wants_restart(spec.restart.type, normal_exit=False)
        """Whether the child comes back after a crash."""
        self.ref: AnyRef = ref
        self.policy: RestartPolicy = policy
        """Its own, or the one of all children where they restart together."""
        self.inner: SupervisorState | None = inner
        """The children of a child that is a supervisor."""
        self.restarts: int = 0
        self.cause: BaseException | None = None
        """The error of the last crash."""
        self.timer: asyncio.TimerHandle | None = None
        """Until its restart, or until its stop takes too long."""
        self.stopping: Promise[bool] | None = None
        """Answers the callers that wait for its stop; None while no stop is asked for."""

    def snapshot(self, now: float) -> ChildSnapshot:
        """The child at one moment."""
        alive = self.ref.is_running()
        return ChildSnapshot(self.name, alive, self.restarts, self.policy.snapshot(now))

    def forget_timer(self) -> None:
        """Cancel the timer, if any."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class SupervisorState:
    """The children by name, in the order of starting, and by address."""

    __slots__ = (
        "by_urn",
        "children",
        "policy",
        "prefix",
        "restart_all",
        "specs",
        "stopping",
        "strategy",
        "timer",
        "waiting",
    )

    def __init__(self, spec: SupervisorSpec, prefix: str = "") -> None:
        self.children: dict[str, Child] = {}
        self.by_urn: dict[str, Child] = {}
        self.prefix: str = prefix
        """Before the children's names in events and snapshots."""
        self.specs: list[Spec] = list(spec.children)
        """The children that still have to start."""
        self.strategy: SupervisionStrategy = SupervisionStrategy(spec.strategy)
        self.policy: RestartPolicy | None = None
        """The one history of children that restart together."""
        if self.strategy is not SupervisionStrategy.ONE_FOR_ONE:
            self.policy = RestartPolicy(spec.shared_intensity)
        self.waiting: set[str] = set()
        """Names of the children to restart together when `timer` rings."""
        self.timer: asyncio.TimerHandle | None = None
        self.restart_all: bool = False
        """Whether the next supervisor starts all children again and forgets their crashes."""
        self.stopping: Promise[bool] | None = None
        """Answers the caller that waits until all children have stopped."""

    def child(self, name: str) -> Child:
        """Raises `InvalidRequestError` that names the children there are."""
        child = self.children.get(name)
        if child is None:
            known = ", ".join(self.children) or "none"
            raise InvalidRequestError(f"there is no child {name!r}; there are: {known}")
        return child

    def snapshot(self, now: float) -> tuple[ChildSnapshot, ...]:
        """The children and theirs, in the order of starting."""
        return tuple(child.snapshot(now) for child in self.all_children())

    def all_children(self) -> Iterator[Child]:
        """The children, each before its own, in the order of starting."""
        for child in self.children.values():
            yield child
            if child.inner is not None:
                yield from child.inner.all_children()


def is_due(timer: asyncio.TimerHandle | None, now: float) -> bool:
    """Whether no timer will ring: there is none, or it rang for a supervisor that crashed."""
    return timer is None or timer.cancelled() or timer.when() <= now + _EARLY
