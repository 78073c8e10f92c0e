"""The actor of a process in a cluster: it exchanges news for shares, and hears what moves.

What takes time runs beside the actor: a task that exchanges and one that watches. Both end with the
life of the actor that has started them.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from ...config.values.log_fields import log_event
from ..cluster_messages import (
    GatherReport,
    NewsOf,
    OperateFleet,
    SettingsDiffer,
    TakeShare,
    TakeView,
)
from ..engine.actor import Actor
from ..events import Publish
from ..fleet_messages import AlertsDue, PeersCounted
from ..policies.cluster.records import Report
from .alerts import ClusterAlerts
from .events import ClusterJoined, ClusterLost, ClusterSettingsDiffer, OwnerChanged
from .link import EXCHANGE, LEAVE, OPERATE, WATCH, LinkLostError
from .messages import Answer, Done, Exchange, Leave, Operate, Views, Watch
from .state import URGENT, PeerState
from .wire import MessageError, RefusedError, decode, encode

log: logging.Logger = logging.getLogger(__name__)

LONGEST_WATCH = 12.0
"""Seconds after which a watch is asked again: a little more than owners keep it."""
_MOMENT = 0.001
"""Seconds that are not worth a wait: two clocks differ by as much."""
_NO_ANSWER = (LinkLostError, TimeoutError, MessageError, RefusedError)


class ClusterActor(Actor):
    """Owns what `state` holds."""

    def __init__(self, state: PeerState, publish: Publish) -> None:
        super().__init__()
        self._state, self._publish = state, publish
        self._alerts = ClusterAlerts(state, self.actor_ref, publish)

    def on_start(self) -> None:
        self._state.lives += 1
        life = self._state.lives
        self.spawn(self._exchange_on(life), name="cluster exchange")
        self.spawn(self._watch_on(life), name="cluster watch")

    def on_stop(self) -> None:
        self._alerts.silence()
        self._state.lives += 1
        self._state.news.set()

    def stopped_while_down(self) -> None:
        self.on_stop()

    def before_restart(self) -> None:
        """The successor takes over everything as it is."""

    def receive(self, message: object) -> object:
        match message:
            case NewsOf(_, urgent):
                if urgent:
                    self._state.is_urgent = True
                else:
                    self._state.is_short = True
                self._state.news.set()
            case OperateFleet(model, switch, reason):
                self.spawn(self._operate(model, switch, reason), name=f"{switch} {model}")
            case SettingsDiffer(model, differ):
                self._settings_differ(model, differ=differ)
            case AlertsDue():
                self._alerts.due(self.engine.instant)
            case _:
                return super().receive(message)
        return None

    async def _operate(self, model: str, switch: str, reason: str) -> None:
        state = self._state
        message = encode(Operate(state.name, model, switch, reason))
        try:
            decode(await state.link.call(OPERATE, message, state.pace.timeout), Done)
        except _NO_ANSWER as error:
            log.warning(
                "%s of %s holds in this process alone: %s",
                switch,
                model,
                error,
                extra=log_event("cluster.not_operated", model=model, switch=switch),
            )

    def _settings_differ(self, model: str, *, differ: bool) -> None:
        if not differ:
            self._state.differ.discard(model)
        elif model not in self._state.differ:
            self._state.differ.add(model)
            self._publish(ClusterSettingsDiffer, model_id=model)

    # Exchanges.

    async def _exchange_on(self, life: int) -> None:
        state, pace = self._state, self._state.pace
        while state.lives == life:
            sent_at = self.engine.now()
            state.is_urgent = state.is_short = False
            busy = await self._exchange(sent_at)
            await self._rest(sent_at, pace.every if busy or not state.joined else pace.idle_every)

    async def _rest(self, sent_at: float, usual: float) -> None:
        """Until the next exchange is due: sooner than usual, where there is news for it."""
        state, pace = self._state, self._state.pace
        while True:
            wait = pace.every if state.is_short else usual
            wait = pace.every * URGENT if state.is_urgent else wait
            left = sent_at + wait - self.engine.now()
            if left < _MOMENT:
                return
            state.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await state.news.wait()

    async def _exchange(self, sent_at: float) -> bool:
        """One exchange; whether there is a reason for the next one soon."""
        state = self._state
        reports = await self._gather()
        state.seq += 1
        seq, sent = state.seq, state.with_pending(reports)
        asked = state.asked
        message = encode(
            Exchange(
                state.name,
                seq,
                state.batch,
                sent,
                tells=state.pace.word if state.tells() else 0.0,
                speaks=tuple(state.speaks),
                summary=None if asked == state.summed else state.summarize(),
            )
        )
        state.exchanges += 1
        try:
            data = await state.link.call(EXCHANGE, message, state.pace.timeout)
            answer = decode(data, Answer)
        except Exception as error:  # whatever a link does: it is asked again
            self._not_answered(str(error) or type(error).__name__)
            return True
        if answer.seq == state.seq and not state.left:
            state.summed = asked
            state.took.add(self.engine.now() - sent_at)
            self._answered(answer, sent_at)
        return any(each.runs or each.ends or each.in_flight for each in sent)

    async def _gather(self) -> list[Report]:
        fresh, found = self._state.pending is None, list[Report]()
        for model, ref in tuple(self._state.models.items()):
            if ref.is_dead():
                del self._state.models[model]
                continue
            if not ref.is_running():  # no other model waits for it to come back
                continue
            with suppress(Exception):  # its actor crashed on it
                found.append(await ref.request(GatherReport(fresh)))
        return found

    def _answered(self, answer: Answer, sent_at: float) -> None:
        state = self._state
        state.pending, state.fenced = None, answer.fenced
        if answer.fenced:
            return self._not_answered("the owners may have been replaced, and lend nothing")
        state.answered_at, state.error = sent_at, None
        state.learning = answer.learning
        self._hear_of_peers(max(1, answer.peers))
        self._hear_epoch(answer.epoch)
        self._speak(answer.speaks)
        for given in answer.shares:
            ref = state.models.get(given.model)
            state.stale[given.model] += given.stale
            if ref is not None and ref.is_alive():
                state.stamps[given.model] = max(given.view.stamp, state.stamps.get(given.model, 0))
                ref.send(TakeShare(given, sent_at, answer.peers, answer.learning))
        state.first_answer.set()
        return None

    def _hear_of_peers(self, peers: int) -> None:
        state = self._state
        if peers != state.peers and state.router is not None:
            state.router.send(PeersCounted(peers))
        state.peers = peers

    def _hear_epoch(self, epoch: int) -> None:
        state = self._state
        before, state.epoch = state.epoch, epoch
        if before != epoch:
            state.stamps.clear()
            if before:
                state.owner_changes += 1
                state.changed_at.append(self.engine.now())
                self._publish(OwnerChanged, epoch=epoch)
        if not state.joined:
            state.joined = True
            self._publish(ClusterJoined, epoch=epoch, peers=state.peers)
        state.alone_since = None
        self._alerts.joined(self.engine.now())

    def _speak(self, topics: tuple[str, ...] | None) -> None:
        """Take over which alerts of the fleet are told here."""
        state = self._state
        before = state.names_speakers, state.speaks
        state.names_speakers, state.speaks = topics is not None, frozenset(topics or ())
        if before != (state.names_speakers, state.speaks):
            state.speaks_changed()

    def _not_answered(self, reason: str) -> None:
        state = self._state
        now = self.engine.now()
        state.failed += 1
        state.error = reason
        if state.alone_since is None:
            state.alone_since = max(state.answered_at, now - state.pace.timeout)
        if now - state.answered_at < state.pace.share_time:
            return
        if state.joined:
            state.joined = False
            self._publish(ClusterLost, alone=state.alone, reason=reason)
            state.speaks = frozenset()
            state.speaks_changed()
        # A link needs a moment to begin: a process that has just started has lost nothing.
        patience = max(state.pace.share_time, 0.0 if state.epoch else state.pace.join)
        if now - state.alone_since >= patience:
            self._alerts.lost(now, reason)

    # What moves.

    async def _watch_on(self, life: int) -> None:
        state = self._state
        await state.first_answer.wait()
        while state.lives == life:
            known = dict.fromkeys(state.models, 0) | state.stamps
            watch = Watch(state.name, state.epoch, known, state.asked)
            try:
                data = await state.link.call(WATCH, encode(watch), LONGEST_WATCH)
                found = decode(data, Views)
            except Exception:  # as above
                await asyncio.sleep(state.pace.idle_every)
            else:
                await self._moved(found)

    async def _moved(self, found: Views) -> None:
        state = self._state
        if found.asked != state.asked:
            state.asked, state.is_urgent = found.asked, True
            state.news.set()
        if found.epoch != state.epoch:  # the next exchange says so as well
            state.is_urgent = True
            state.news.set()
            return await asyncio.sleep(state.pace.every)
        for model, view in found.views.items():
            ref = state.models.get(model)
            state.stamps[model] = max(view.stamp, state.stamps.get(model, 0))
            if ref is not None and ref.is_alive():
                ref.send(TakeView(view))
        return None


async def leave(state: PeerState) -> None:
    """Give all places back; the owners that cannot be reached find out by themselves."""
    state.left = True
    state.seq += 1
    with suppress(*_NO_ANSWER):
        message = encode(Leave(state.name, state.seq))
        await state.link.call(LEAVE, message, state.pace.timeout)
