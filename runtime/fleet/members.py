"""The models of a fleet, and the plans that name them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping

from ...actors.calls.thread_end import threads_ended
from ...actors.policies.metrics.figures import ModelFigures
from ...actors.policies.metrics.folding import folded
from ...actors.policies.metrics.labels import MOST, OTHER, ModelLabels
from ...actors.policies.metrics.sketch import LatencySketch
from ...actors.policies.outcomes.errors import InvalidRequestError, ModelUnavailableError
from ...actors.snapshots import ModelSnapshot
from ...config.settings.group import GroupConfig
from ...config.settings.model import ModelConfig
from ...config.settings.runtime import RuntimeConfig
from ...config.values.log_fields import log_event
from .backend import Backend
from .member import Member
from .model_figures import figures_of
from .plans import Plans
from .shared import Holdings

log: logging.Logger = logging.getLogger(__name__)


class Members(Mapping[str, Member]):
    """Each model by its id, those that leave included; `plans` resolves what a task asks for.

    `lasting` has what Python gave by name: it stays in use while its model is away.
    """

    def __init__(self, config: RuntimeConfig, lasting: Mapping[str, object]) -> None:
        self._members: dict[str, Member] = {}
        self._lasting = lasting
        self._holdings = Holdings()
        self.labels: ModelLabels = ModelLabels()
        self.past_answers: LatencySketch = LatencySketch()
        """Durations of the tasks that models answered at once which are removed by now."""
        self.gone: ModelFigures | None = None
        """The counters of the removed models that had the common label."""
        self.plans: Plans = Plans.of(config.models, config.groups)
        self.version: object = None
        """Another object after each change, for those that keep what they have made of it."""

    def __getitem__(self, model_id: str) -> Member:
        return self._members[model_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def named(self, model_id: str) -> Member:
        """The model of this id. Raises `ModelUnavailableError` that names those there are."""
        if not isinstance(model_id, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            kind = type(model_id).__name__
            raise InvalidRequestError(f"the id of a model is a text, not a {kind}")
        member = self._members.get(model_id)
        if member is None:
            known = ", ".join(self._members) or "none"
            raise ModelUnavailableError(
                f"there is no model {model_id!r} in this fleet; there are: {known}",
                model_id=model_id,
            )
        return member

    def configs(self) -> tuple[ModelConfig, ...]:
        """The settings of all models."""
        return tuple(member.config for member in self._members.values())

    def staying(self) -> tuple[ModelConfig, ...]:
        """The settings of the models that may be asked: of all but those that leave."""
        members = list(self._members.values())  # in one step: another thread may ask
        return tuple(member.config for member in members if member.leaving is None)

    def snapshot(self, now: float, waiting_for: Callable[[str], int]) -> dict[str, ModelSnapshot]:
        """All models at one moment; `waiting_for` counts the tasks in line for a model."""
        return {
            model_id: member.snapshot(now, waiting_for(model_id))
            for model_id, member in self._members.items()
        }

    # Changes.

    def hold(self) -> None:
        """The runtime starts: what was given by name is in use."""
        for given in self._lasting.values():
            self._holdings.hold(given)

    def add(self, member: Member) -> None:
        """Take in one more model."""
        self._holdings.hold(member.backend.given)
        member.label = self._label_of(member.config.id)
        self._members[member.config.id] = member
        self.plans = self.plans.with_model(member.config)
        self.version = object()

    def change(self, member: Member, config: ModelConfig, backend: Backend) -> Backend:
        """Give a model other settings and another backend; returns its former backend."""
        self._holdings.hold(backend.given)
        before, member.backend = member.backend, backend
        member.config = config
        self.plans = self.plans.with_model(config)
        self.version = object()
        return before

    def mark(self, member: Member, leaving: object) -> None:
        """Note that a model leaves, or with None that it stays after all."""
        member.leaving = leaving
        self.version = object()

    def remove(self, model_id: str, now: float) -> None:
        """Forget a model; what it has counted for the whole fleet stays."""
        member = self._members.pop(model_id)
        self.plans = self.plans.without_model(model_id)
        self.version = object()
        try:
            self._keep_counts(member, now)
        except Exception:  # what has crashed its actor may be what it has counted
            told = log_event("counts.lost", model=model_id)
            log.exception("the counts of %s are lost", model_id, extra=told)

    def _keep_counts(self, member: Member, now: float) -> None:
        if member.label == OTHER:
            self.gone = folded(self.gone, figures_of(member.state, now, OTHER))
        member.state.metrics.retire(self.past_answers)

    def _label_of(self, model_id: str) -> str:
        told = self.labels.full
        label = self.labels.of(model_id)
        if self.labels.full and not told:
            extra = log_event("labels.full", models=MOST)
            line = "metrics have %d models by name, and all others as %s"
            log.warning(line, MOST, OTHER, extra=extra)
        return label

    def plan(self, groups: Iterable[GroupConfig]) -> None:
        """Make the plans again, for these groups and for the models that stay."""
        self.plans = Plans.of(self.staying(), groups)

    # What calls them.

    async def close(self, backend: Backend, limit: float) -> None:
        """Close an executor that is called no more, in `limit` seconds.

        What is behind it stays open where another model or runtime uses it, or a model may use it:
        what was given by name comes back with its model.
        """
        users = (member.backend.given for member in self._members.values())
        kept = (*users, *self._lasting.values())
        is_kept = backend.given is not None and any(backend.given is one for one in kept)
        if is_kept or self._holdings.let_go(backend.given):
            backend.executor.disown()
        await backend.close(limit)

    async def close_all(self, limit: float) -> None:
        """Close every executor, all in `limit` seconds, those of absent models included."""
        used_elsewhere = self._holdings.let_all_go()
        backends = list(self._backends())
        for backend in backends:
            if id(backend.given) in used_elsewhere:
                backend.executor.disown()
        await asyncio.gather(*(backend.close(limit) for backend in backends))

    def dismiss_threads(self) -> None:
        """Let the threads of all models end after their calls. Never waits."""
        for member in self._members.values():
            member.threads.close()

    async def join_threads(self, limit: float) -> None:
        """Wait for the threads of all models to end, at most `limit` seconds; leave the others."""
        every = [thread for member in self._members.values() for thread in member.threads.all()]
        await threads_ended(every, limit)

    def _backends(self) -> Iterator[Backend]:
        in_use = [member.backend for member in self._members.values()]
        yield from in_use
        for model_id, given in self._lasting.items():
            if all(backend.given is not given for backend in in_use):
                yield Backend.of(ModelConfig(id=model_id, executor=given))
