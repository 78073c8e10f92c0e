"""Children as data: what a supervisor starts and how it treats them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ...config.errors import ConfigurationError
from ...config.settings.restart import RestartConfig
from ..policies.supervision import SupervisionStrategy, check_name, check_names, strategy_of

if TYPE_CHECKING:
    from ..engine.actor import Actor
    from ..engine.reference import AnyRef


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """One actor: `make` builds it, at its start and again after each crash.

    Raises `ConfigurationError` for a spec that cannot be used, before any actor starts.

    >>> from hive_resilience import Actor
    >>> ChildSpec("counter", make=Actor).restart.intensity
    5
    """

    name: str
    make: Callable[[], Actor]
    _: KW_ONLY
    restart: RestartConfig = field(default_factory=RestartConfig)
    """When the child comes back, how often and how fast, and how long a stop may take."""
    notify: AnyRef | None = None
    """An actor that gets `ChildDown` when the child has to wait for its restart."""
    shutdown_message: object = None
    """A message that the child is asked before its stop; the stop waits for the answer."""

    def __post_init__(self) -> None:
        check_name(self.name)
        _check_restart("restart", self.restart)
        if not callable(self.make):
            raise ConfigurationError(
                f"make builds the actor when it is called; {self.make!r} cannot be called",
                key="make",
                value=self.make,
            )


@dataclass(frozen=True, slots=True)
class SupervisorSpec:
    """A supervisor and its children, which start in this order and stop in the reverse one.

    Raises `ConfigurationError` for a spec that cannot be used, before any actor starts.

    >>> SupervisorSpec("pipeline", strategy="one_for_all").strategy
    <SupervisionStrategy.ONE_FOR_ALL: 'one_for_all'>
    """

    name: str
    children: tuple[Spec, ...] = ()
    _: KW_ONLY
    strategy: SupervisionStrategy | str = SupervisionStrategy.ONE_FOR_ONE
    restart: RestartConfig = field(default_factory=RestartConfig)
    """How the supervisor above restarts this supervisor."""
    shared_intensity: RestartConfig = field(default_factory=RestartConfig)
    """How often the children may crash, counted together, under rest_for_one and one_for_all."""
    prefix: str | None = None
    """Precedes the children's names in events and snapshots; None: the own name and "/"."""

    def __post_init__(self) -> None:
        check_name(self.name)
        object.__setattr__(self, "strategy", strategy_of(self.strategy))
        object.__setattr__(self, "children", tuple(self.children))
        _check_restart("restart", self.restart)
        _check_restart("shared_intensity", self.shared_intensity)
        for child in self.children:
            check_spec(child)
        check_names(child.name for child in self.children)


Spec: TypeAlias = ChildSpec | SupervisorSpec


def check_spec(spec: object) -> None:
    """Raises `ConfigurationError` for a value that is no spec."""
    if not isinstance(spec, ChildSpec | SupervisorSpec):
        raise ConfigurationError(
            f"a child is a ChildSpec or a SupervisorSpec, not {spec!r}", key="children", value=spec
        )


def _check_restart(key: str, value: object) -> None:
    if not isinstance(value, RestartConfig):
        raise ConfigurationError(f"{key} is a RestartConfig, not {value!r}", key=key, value=value)
