"""What the runtime does by itself for models in trouble, one model at a time.

    a model is in trouble for `patience` -> the first remedy that could help and is allowed
    the remedy ends within its limit, and three good signs follow -> it has helped
    anything else -> it is taken back; the next one waits four times as long
    three within ten minutes -> an alert, and hands off until the model serves again

It looks each second while a model is in trouble, and not at all in a fleet that is well.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from ...actors.adaptation_events import RemedyFailed, RemedyTaken
from ...actors.level_messages import RecoveryGaveUp, RecoveryGoesOn
from ...actors.policies.recovery.attempts import RemedyLimit
from ...actors.policies.recovery.records import RecoveryStatus, RemedyOutcome, RemedyRecord
from ...actors.policies.recovery.remedies import ModelFacts, Remedy, allowed, choose
from ...config.settings.adaptation.recovery import RecoveryConfig
from ...config.settings.runtime import RuntimeConfig
from ...config.values.log_fields import log_event
from ..configuration.reload import Reloader
from ..fleet.fleet import Fleet
from ..fleet.member import Member
from ..observability.actions import AUTOMATIC, RUNTIME, Actions, Author
from ..observability.event_bus import EventBus
from ..observability.watching import Watched
from .built_in import BuiltIn
from .deeds import deeds_of
from .facts import fleet_facts, is_on_trial, told, troubled
from .journal import Journal
from .treatment import Treated, Treatment

log = logging.getLogger(__name__)

PACE = 1.0
"""Seconds between two looks."""


class Recovering:
    """The part beside a fleet that recovers it. All of it runs on the fleet's loop."""

    def __init__(self, fleet: Fleet, bus: EventBus, actions: Actions, reloader: Reloader) -> None:
        self._fleet, self._bus, self._actions, self._reloader = fleet, bus, actions, reloader
        self.deeds = deeds_of(fleet, partial(reloader.reload, None, None, AUTOMATIC))
        self._journal = Journal()
        self._built_in = BuiltIn(fleet, bus, self._journal, lambda model_id: self._busy == model_id)
        self._since: dict[str, float] = {}
        """Since when each model is in trouble."""
        self._limits: dict[str, RemedyLimit] = {}
        self._gave_up: set[str] = set()
        self._busy: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._running = False

    async def start(self, fleet: Watched, bus: EventBus) -> None:
        """Begin: from now on the router says when a model is in trouble."""
        self._running = True
        self._fleet.router_state.level.remedies = lambda: self._journal.counts
        self._fleet.router_state.level.on_trouble = self.stir
        self._built_in.start()
        self.stir()

    async def adopt(self, config: RuntimeConfig) -> None:
        """Go on by other settings, which are read at each look."""
        self.stir()

    async def stop(self, limit: float) -> None:
        """End; a remedy under way is cancelled and taken back."""
        self._running = False
        self._built_in.stop()
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.wait((self._task,), timeout=limit)

    def stir(self) -> None:
        """Look soon, if it does not look already."""
        if self._running and self._timer is None and self._config.enabled:
            self._timer = asyncio.get_running_loop().call_later(PACE, self._look)

    def status(self) -> RecoveryStatus:
        """A frozen record of it all."""
        config = self._config
        return RecoveryStatus(
            enabled=config.enabled,
            dry_run=config.dry_run,
            remedies=tuple(one.value for one in allowed(config)),
            busy=self._busy,
            gave_up=tuple(sorted(self._gave_up)),
            records=self._journal.records,
            counts=self._journal.counts,
        )

    @property
    def _config(self) -> RecoveryConfig:
        return self._fleet.config.global_.recovery

    def _look(self) -> None:
        self._timer = None
        try:
            found = self._troubled()
            if self._busy is None and found:
                self._begin(found)
            if self._since or self._busy is not None:
                self.stir()
        except Exception:
            told_of = log_event("recovery.failed")
            log.exception("recovery could not look at the fleet", extra=told_of)
            self.stir()

    def _troubled(self) -> list[ModelFacts]:
        """The models in trouble, the one that is so for the longest time first."""
        now = self._fleet.engine.now()
        found = {facts.model_id: facts for facts in troubled(self._fleet, now)}
        for model_id in [known for known in self._since if known not in found]:
            if model_id != self._busy and not is_on_trial(self._fleet, model_id):
                self._is_well_again(model_id)
        for model_id in found:
            self._since.setdefault(model_id, now)
        known = [facts._replace(since=self._since[i]) for i, facts in found.items()]
        return sorted(known, key=lambda facts: facts.since)

    def _is_well_again(self, model_id: str) -> None:
        del self._since[model_id]
        if model_id in self._gave_up:
            self._gave_up.discard(model_id)
            self._limits.pop(model_id, None)
            self._fleet.router.send(RecoveryGoesOn(model_id))

    def _begin(self, found: list[ModelFacts]) -> None:
        now, config = self._fleet.engine.now(), self._config
        facts_of_all = fleet_facts(self._fleet, has_file=self._reloader.source is not None)
        for facts in found:
            remedy = choose(facts, facts_of_all, config)
            if remedy is None or facts.model_id in self._gave_up:
                continue
            limit = self._limits.setdefault(facts.model_id, RemedyLimit())
            if limit.has_given_up(now, config):
                self._give_up(facts.model_id)
            elif limit.is_due(now, since=facts.since, config=config):
                member = self._fleet.member(facts.model_id)
                self._busy = facts.model_id
                self._task = asyncio.ensure_future(self._treat(member, remedy, facts, limit))
                return

    async def _treat(
        self, member: Member, remedy: Remedy, facts: ModelFacts, limit: RemedyLimit
    ) -> None:
        engine, config, model_id = self._fleet.engine, self._config, facts.model_id
        started, at, before = engine.now(), datetime.now(UTC), told(self._fleet, member)
        reason = str(facts.reason or f"{facts.error_rate or 0.0:.0%} of its calls fail")
        treated = Treated("recovery ended")
        try:
            if config.dry_run:
                treated = Treated(None)
            else:
                treated = await Treatment(self._fleet, config).treat(member, self.deeds[remedy])
        except Exception:
            log.exception("a remedy failed", extra=log_event("recovery.failed", model=model_id))
            treated = Treated("it failed in a way that was not foreseen")
        finally:
            self._busy = None
            limit.took(engine.now(), helped=treated.error is None and not config.dry_run)
            record = RemedyRecord(
                model_id,
                remedy.value,
                reason,
                at,
                engine.now() - started,
                _outcome(treated, dry_run=config.dry_run),
                before,
                told(self._fleet, member),
                treated.error,
            )
            self._write(record, treated)
            self.stir()

    def _write(self, record: RemedyRecord, treated: Treated) -> None:
        self._journal.add(record)
        author = Author(RUNTIME, record.reason, automatic=True)
        after = record.after if record.error is None else f"{record.after}; {record.error}"
        dry = "" if record.outcome is not RemedyOutcome.TOLD else " (dry run)"
        action = f"{record.remedy}{dry}"
        self._actions.tell(action, record.model_id, author, record.before, after)
        if record.error is None:
            self._bus.publish(
                RemedyTaken,
                model_id=record.model_id,
                remedy=record.remedy,
                reason=record.reason,
                before=record.before,
                after=record.after,
                duration=record.duration,
                dry_run=record.outcome is RemedyOutcome.TOLD,
            )
        else:
            self._bus.publish(
                RemedyFailed,
                model_id=record.model_id,
                remedy=record.remedy,
                reason=record.reason,
                error=record.error,
                undone=treated.undone,
            )

    def _give_up(self, model_id: str) -> None:
        """An alert, and hands off."""
        config = self._config
        self._gave_up.add(model_id)
        if config.dry_run:
            return
        text = (
            f"{config.max_per_model} remedies within {config.period:.0f} s have not brought back "
            f"{model_id}; it is left to an operator until it serves again"
        )
        self._fleet.router.send(RecoveryGaveUp(model_id, text))


def _outcome(treated: Treated, *, dry_run: bool) -> RemedyOutcome:
    if treated.error is not None:
        return RemedyOutcome.FAILED
    return RemedyOutcome.TOLD if dry_run else RemedyOutcome.HELPED
