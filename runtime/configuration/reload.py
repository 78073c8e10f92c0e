"""Other settings for a running runtime: read and checked first, then applied at once.

Nothing changes before all settings are known to be usable. The change itself is one step on the
loop: no task sees half of it. Reloads wait for each other.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ...actors.events import Publish, Reloaded, ReloadRejected
from ...config.diff import (
    Added,
    Change,
    Changed,
    GlobalChanged,
    GroupsChanged,
    Removed,
    Reordered,
    compare,
    diff,
)
from ...config.errors import ConfigurationError, Problem
from ...config.loading.executors import has_a_caller
from ...config.settings.model import GivenExecutor, ModelConfig
from ...config.settings.runtime import GlobalConfig, RuntimeConfig
from ...config.values.words import UnknownVariables
from ..fleet.backend import Backend
from ..fleet.fleet import Fleet
from ..observability.actions import Actions, Author
from .assembly import assemble
from .differences import target_of
from .differences import told as told_of
from .steps import Steps, take

if TYPE_CHECKING:
    from ...config.loading.draft import Draft

Given: TypeAlias = RuntimeConfig | str | PathLike[str]
Defaults: TypeAlias = Callable[[RuntimeConfig], RuntimeConfig]
"""Fills what settings do not state: `model_fields_set` tells."""

_LOOK = 0.01


@dataclass(frozen=True, slots=True)
class Source:
    """The source of the settings: a file, the environment over it, and arguments over both.

    `defaults` gives what none of them states.
    """

    path: str | PathLike[str]
    environ: Mapping[str, str] | None = None
    overrides: Mapping[str, object] | None = None
    env_prefix: str = "RESILIENCE_"
    unknown_variables: UnknownVariables = "error"
    defaults: Defaults | None = None

    def __post_init__(self) -> None:
        # A program may change its directory before the next reload.
        object.__setattr__(self, "path", os.path.abspath(self.path))

    def read(self) -> RuntimeConfig:
        """The settings as they are now. Raises `ConfigurationError`."""
        from ...config.loading.load import read

        config = read(
            self.path,
            environ=self.environ,
            overrides=self.overrides,
            env_prefix=self.env_prefix,
            unknown_variables=self.unknown_variables,
        )
        return self._filled(config)

    def read_with_places(self) -> tuple[RuntimeConfig, Draft]:
        """As `read`, and where each setting was written."""
        from ...config.loading.environment import Variables
        from ...config.loading.load import read_with_places

        variables = Variables(self.environ, self.env_prefix, self.unknown_variables)
        config, draft = read_with_places(self.path, variables, overrides=self.overrides)
        return self._filled(config), draft

    def load(self, executors: Mapping[str, GivenExecutor] | None) -> RuntimeConfig:
        """As `read`, with an executor for each model; its mistakes have their lines too."""
        from ...config.loading.load import load_config

        config = load_config(
            self.path,
            environ=self.environ,
            executors=executors,
            overrides=self.overrides,
            env_prefix=self.env_prefix,
            unknown_variables=self.unknown_variables,
        )
        return self._filled(config)

    def _filled(self, config: RuntimeConfig) -> RuntimeConfig:
        return config if self.defaults is None else self.defaults(config)


class Adopting(NamedTuple):
    """What takes over settings beside the fleet: `limits` as one step, `parts` after all steps."""

    limits: Callable[[GlobalConfig], None]
    parts: Callable[[RuntimeConfig], Awaitable[None]]


class Reloader:
    """Knows the current settings. `executors` stay with their models through every reload."""

    def __init__(
        self,
        config: RuntimeConfig,
        executors: Mapping[str, object],
        fleet: Fleet,
        publish: Publish,
        adopting: Adopting,
        actions: Actions,
    ) -> None:
        self.config = config
        self.source: Source | None = None
        self._executors = dict(executors)
        self._fleet = fleet
        self._publish = publish
        self._adopting = adopting
        self._actions = actions
        self._lock = asyncio.Lock()

    async def reload(
        self,
        given: Given | None,
        overrides: Mapping[str, object] | None = None,
        author: Author | None = None,
    ) -> Reloaded:
        """Apply other settings; None: those of the file, as it is now, or of before `overrides`.

        Raises `ConfigurationError`, and then nothing has changed.
        """
        async with self._lock:
            try:
                config = await self.read(given, overrides)
                action = "reload" if overrides is None else "update"
                report = await self._take_over(config, action, author or Author())
            except ConfigurationError as error:
                self.reject(error)
                raise
            await self._adopting.parts(config)
            await self._actions.kept()
            return report

    async def read(
        self, given: Given | None, overrides: Mapping[str, object] | None = None
    ) -> RuntimeConfig:
        """Settings with an executor for each model. Raises `ConfigurationError`."""
        if given is None and overrides is not None:
            given = self.config
        if not isinstance(given, RuntimeConfig):
            given = await asyncio.to_thread(self._source(given).read)
        if overrides is not None:
            from ...config.loading.load import changed

            given = changed(given, overrides)
        return assemble(given, (), self._executors_for(given))

    def reject(self, error: ConfigurationError) -> None:
        """Tell subscribers why nothing changed."""
        self._publish(ReloadRejected, problems=_problems_of(error))

    def _source(self, path: str | PathLike[str] | None) -> Source:
        if path is not None:
            return Source(path) if self.source is None else replace(self.source, path=path)
        if self.source is None:
            raise ConfigurationError(
                "this runtime was not made from a file: give reload() the settings or a path"
            )
        return self.source

    def _executors_for(self, config: RuntimeConfig) -> dict[str, object]:
        """Executors from Python: one by name goes first; one with a model fills a gap."""
        present = (*self.config.models, *self._fleet.members.configs())
        known = {model.id: model.executor for model in present}
        found: dict[str, object] = {}
        for model in config.models:
            if model.id in self._executors:
                found[model.id] = self._executors[model.id]
            elif not has_a_caller(model) and known.get(model.id) is not None:
                found[model.id] = known[model.id]
        return found

    async def _take_over(self, config: RuntimeConfig, action: str, author: Author) -> Reloaded:
        changes = diff(self.config, config)
        for change in changes:
            while isinstance(change, Added) and self._fleet.is_stopping(change.model.id):
                await asyncio.sleep(_LOOK)
        backends = self._outfits(changes)
        # From here on nothing waits: no task sees a half of it.
        steps = Steps(self._fleet, config, changes, backends, self._adopting.limits)
        try:
            self._actions.deed(lambda: take(steps.all()))
        except Exception as error:
            told = f"the settings could not be applied, and nothing has changed: {error}"
            raise ConfigurationError(told) from error
        before, self.config = self.config, config
        steps.finish()
        report = self._report(changes)
        self._actions.tell(action, target_of(changes), author, *told_of(before, changes))
        return report

    def _outfits(self, changes: tuple[Change, ...]) -> dict[str, Backend]:
        """The backend of each new or changed model. Raises `ConfigurationError` for all without."""
        found: dict[str, Backend] = {}
        errors: list[ConfigurationError] = []
        for model in (c.model for c in changes if isinstance(c, Added | Changed)):
            try:
                found[model.id] = self._outfit(model)
            except ConfigurationError as error:
                errors.append(error)
        if errors:
            self._discard(found)
            raise errors[0] if len(errors) == 1 else _joined(errors)
        return found

    def _discard(self, backends: Mapping[str, Backend]) -> None:
        """Close what was made for settings that are not used."""
        for model_id, backend in backends.items():
            member = self._fleet.members.get(model_id)
            if member is None or member.backend.executor is not backend.executor:
                self._fleet.discard_backend(backend)

    def _outfit(self, model: ModelConfig) -> Backend:
        member = self._fleet.members.get(model.id)
        if member is None:
            return self._fleet.backend_of(model)
        # It may be there under other settings than were declared: the program added it.
        change = compare(member.config, model)
        if change is not None and change.needs_executor:
            return self._fleet.backend_of(model)
        if change is not None and "health_check" in change.groups:
            return member.backend.with_probe_of(model)
        return member.backend

    def _report(self, changes: tuple[Change, ...]) -> Reloaded:
        told = Reloaded(
            at=datetime.now(UTC),
            added=tuple(change.model.id for change in changes if isinstance(change, Added)),
            removed=tuple(change.model_id for change in changes if isinstance(change, Removed)),
            changed={
                change.model.id: tuple(sorted(change.groups))
                for change in changes
                if isinstance(change, Changed)
            },
            settings=tuple(
                sorted(name for c in changes if isinstance(c, GlobalChanged) for name in c.names)
            ),
            reordered=any(isinstance(change, Reordered) for change in changes),
            groups_changed=any(isinstance(change, GroupsChanged) for change in changes),
        )
        self._publish(
            Reloaded,
            **{name: getattr(told, name) for name in told.__dataclass_fields__ if name != "at"},
        )
        return told


def _problems_of(error: ConfigurationError) -> tuple[Problem, ...]:
    alone = Problem(error.file, None, error.key, error.value, str(error))
    return error.problems or (alone,)


def _joined(errors: list[ConfigurationError]) -> ConfigurationError:
    problems = [problem for error in errors for problem in _problems_of(error)]
    return ConfigurationError("\n".join(map(str, errors)), problems=problems)
