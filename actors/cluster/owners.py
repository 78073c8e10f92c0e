"""The owners of all models: what is hosted once for a whole fleet."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from ...config.errors import ResilienceError
from ...config.settings.restart import RestartConfig
from ..cluster_messages import PeerLeft, ReportHeard, Ruled
from ..policies.cluster.news import Heard
from ..policies.cluster.owned import OwnedModel
from ..policies.cluster.speakers import Speakers
from ..supervision.child_spec import ChildSpec
from ..supervision.messages import StartChild
from .messages import Answer, Done, Exchange, Leave, Operate, Refusal, Views, Watch
from .owner import OwnerActor
from .survey import AskFleet, Survey
from .telling import told
from .wire import MessageError, decode, encode

if TYPE_CHECKING:
    from ..engine.reference import AnyRef
    from ..policies.chance import Draw
    from ..policies.cluster.records import Report, ShareGiven, View

LONGEST_WATCH = 10.0
"""Seconds that a watch waits for news at most."""
_ALWAYS = RestartConfig(base_delay=0.01, max_delay=1.0, quarantine_retry=1.0)
"""A whole fleet needs an owner: it restarts each second, however often it crashes."""


class Owners:
    """An owner for each model, made when a peer first reports of it.

    `supervisor` is a running supervisor, whose engine has the clock; it gets an actor a model.
    `epoch` is drawn at random for each life, and is not 0. `learns`: peers may hold shares of an
    earlier life, which have to end first. `fence`: seconds after the last `reached` from which
    nothing is lent; after half of that peers keep what they have and get nothing more, and another
    life may begin. All methods run on the engine's loop; messages and answers are bytes of `wire`.
    """

    def __init__(
        self,
        supervisor: AnyRef,
        *,
        epoch: int,
        draw: Draw,
        share_time: float = 3.0,
        learns: bool = True,
        fence: float = inf,
    ) -> None:
        self.epoch: int = epoch
        self._supervisor, self._draw = supervisor, draw
        self._share_time, self._learns, self._fence = share_time, learns, fence
        self._now = supervisor.engine.now
        self._born = self._reached_at = self._now()
        self._heard = Heard()
        self._left: set[str] = set()
        self._speakers = Speakers()
        self._survey = Survey(self._now)
        self._owned: dict[str, OwnedModel] = {}
        self._refs: dict[str, AnyRef] = {}
        self._stamps: dict[str, int] = {}
        self._moved = asyncio.Event()
        self._making = asyncio.Lock()

    def reached(self, ago: float = 0.0) -> None:
        """The host was sure `ago` seconds ago that peers are sent to no other."""
        self._reached_at = max(self._reached_at, self._now() - ago)

    @property
    def is_fenced(self) -> bool:
        """Whether another life may have begun elsewhere."""
        return self._now() - self._reached_at >= self._fence

    @property
    def is_sure(self) -> bool:
        """Whether no other life can have begun."""
        return self._now() - self._reached_at < self._fence / 2

    async def exchange(self, message: bytes) -> bytes:
        """News of a peer; its shares."""
        try:
            heard = decode(message, Exchange)
        except MessageError as error:
            return encode(Refusal(str(error)))
        now = self._now()
        counts = self._heard.take(heard.peer, seq=heard.seq, batch=heard.batch, now=now)
        if counts is None:
            return encode(Refusal("a later exchange of this peer has come before this one"))
        self._heard.forget(now)
        self._survey.take(heard.peer, heard.summary)
        shares = [] if self.is_fenced else await self._shares(heard, counts)
        learning = any(owned.ledger.is_learning(now) for owned in self._owned.values())
        answer = Answer(
            self.epoch,
            heard.seq,
            self._peers(),
            tuple(shares),
            learning,
            self.is_fenced,
            self._topics(heard, learning=learning),
        )
        return encode(answer)

    async def watch(self, message: bytes) -> bytes:
        """Views that have moved, once there are some; none after `LONGEST_WATCH`."""
        try:
            watch = decode(message, Watch)
        except MessageError as error:
            return encode(Refusal(str(error)))
        try:
            async with asyncio.timeout(LONGEST_WATCH):
                while not (views := self._news_for(watch)) and not self._asks(watch):
                    await self._moved.wait()
        except TimeoutError:
            views = {}
        return encode(Views(self.epoch, views, self._survey.asked))

    async def operate(self, message: bytes) -> bytes:
        """An operator's verb for a model."""
        try:
            asked = decode(message, Operate)
            if asked.model not in self._refs:
                return encode(Refusal(f"no peer has reported of the model {asked.model!r}"))
            await self._refs[asked.model].request(Ruled(asked.switch, asked.reason))
        except (MessageError, ResilienceError, ValueError) as error:
            return encode(Refusal(str(error)))
        return encode(Done())

    async def leave(self, message: bytes) -> bytes:
        """A peer ends."""
        try:
            leave = decode(message, Leave)
        except MessageError as error:
            return encode(Refusal(str(error)))
        if self._heard.take(leave.peer, seq=leave.seq, batch=0, now=self._now()) is not None:
            self._left.add(leave.peer)
            self._speakers.leave(leave.peer)
            self._survey.leave(leave.peer)
            for ref in self._refs.values():
                ref.send(PeerLeft(leave.peer))
        return encode(Done())

    async def fleet(self, message: bytes) -> bytes:
        """The whole fleet; each peer is asked how it is, and sends that with its next exchange."""
        try:
            decode(message, AskFleet)
        except MessageError as error:
            return encode(Refusal(str(error)))
        self._survey.asked += 1
        self._tell_watches()
        await self._survey.answered(self._present)
        answer = told(
            self.epoch,
            self._owned.values(),
            self._ages(),
            self._survey,
            self._speakers,
            self._now(),
            share_time=self._share_time,
            fenced=self.is_fenced,
        )
        return encode(answer)

    def _present(self) -> list[str]:
        """The peers that have been heard within the time of a share."""
        return [peer for peer, age in self._ages().items() if age < self._share_time]

    def _ages(self) -> dict[str, float]:
        """The seconds since each peer was heard that has not said that it ends."""
        ages = self._heard.ages(self._now())
        self._left &= ages.keys()
        self._survey.keep(ages)
        return {peer: age for peer, age in ages.items() if peer not in self._left}

    def _topics(self, heard: Exchange, *, learning: bool) -> tuple[str, ...]:
        """What of the fleet's alerts this peer tells."""
        topics = (Speakers.FLEET, *(report.model for report in heard.reports))
        return tuple(
            topic
            for topic in topics
            if self._speakers.speaks(
                topic,
                heard.peer,
                lasts=heard.tells,
                claims=topic in heard.speaks,
                learning=learning,
                now=self._now(),
            )
        )

    async def _shares(self, heard: Exchange, counts: bool) -> list[ShareGiven]:
        shares: list[ShareGiven] = []
        for report in heard.reports:
            ref = self._refs.get(report.model) or await self._made(report)
            if not ref.is_running():  # no other model waits for its owner to come back
                continue
            with suppress(Exception):  # its owner crashed on it; the peer asks again
                shares.append(await self._share(ref, heard.peer, report, counts))
        return shares

    async def _share(self, ref: AnyRef, peer: str, report: Report, counts: bool) -> ShareGiven:
        given: ShareGiven = await ref.request(ReportHeard(peer, report, counts, self.is_sure))
        # No share outlasts the fence, so that nothing is out once another life may lend.
        fenced_in = self._reached_at + self._fence - self._now()
        return replace(given, seconds=max(0.0, min(given.seconds, fenced_in)))

    async def _made(self, report: Report) -> AnyRef:
        async with self._making:  # two peers may report of a new model at once
            return self._refs.get(report.model) or await self._make(report)

    async def _make(self, report: Report) -> AnyRef:
        owned = OwnedModel(
            report.model,
            report.limits,
            epoch=self.epoch,
            share_time=self._share_time,
            draw=self._draw,
        )
        # Since the birth of all, not of this owner: by then the shares of an earlier life are over.
        # A peer that has known other owners is a sign that there may be more such peers.
        if self._learns or report.view is not None:
            owned.ledger.learn(self._born)
        name = f"owner:{report.model}"
        spec = ChildSpec(name, lambda: OwnerActor(owned, self._has_moved), restart=_ALWAYS)
        self._owned[report.model] = owned
        self._refs[report.model] = await self._supervisor.request(StartChild(spec))
        return self._refs[report.model]

    def _has_moved(self, model: str, view: View) -> None:
        self._stamps[model] = view.stamp
        self._tell_watches()

    def _tell_watches(self) -> None:
        self._moved.set()
        self._moved.clear()

    def _asks(self, watch: Watch) -> bool:
        """Whether the peer has not heard yet that it is asked how it is."""
        return watch.asked is not None and watch.asked != self._survey.asked

    def _news_for(self, watch: Watch) -> dict[str, View]:
        same, now = watch.epoch == self.epoch, self._now()
        return {
            model: self._owned[model].view(now)
            for model, stamp in self._stamps.items()
            if model in watch.known and (not same or stamp > watch.known[model])
        }

    def _peers(self) -> int:
        return max((owned.ledger.peers for owned in self._owned.values()), default=0)
