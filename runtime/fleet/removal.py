"""How models, and executors that were replaced, leave a fleet: after their calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...actors.engine.future import LoopFuture
from ...actors.events import ModelRemoved, Publish
from ...actors.messages import DrainModel, ReleaseExecutor, RemoveModel
from ...actors.supervision.messages import StopChild
from .backend import Backend
from .member import Member, keeper_of

if TYPE_CHECKING:
    from .fleet import Fleet

log = logging.getLogger(__name__)

_PAUSE = 0.01
"""Seconds before somebody who has crashed is asked again."""


class Removal:
    """All methods run on the engine's loop."""

    def __init__(self, fleet: Fleet, publish: Publish) -> None:
        self._fleet = fleet
        self._publish = publish

    def begin(self, model_id: str, *, drain: bool) -> Coroutine[Any, Any, None]:
        """No more tasks for the model from now on; the rest is to be awaited."""
        member = self._fleet.member(model_id)
        member.leaving = member.leaving or object()
        self._fleet.router.send(RemoveModel(model_id))
        drained: object = None
        # Without its actor nobody counts its calls, and none of them could be retried there.
        if drain and member.ref.is_running():
            with suppress(Exception):  # the actor crashed on it, which is the same
                drained = member.ref.call(DrainModel())
        return self._end(member, member.leaving, drained)

    async def insist(self, model_id: str, removal: Coroutine[Any, Any, None]) -> None:
        """Bring a removal to its end, also where a supervisor crashes on it."""
        member = self._fleet.member(model_id)
        leaving = member.leaving
        while True:
            try:
                return await removal
            except Exception:
                log.warning("the removal of %s is tried again", model_id)
                await asyncio.sleep(_PAUSE)
            removal = self._end(member, leaving, None)

    async def of_outfit(self, member: Member, backend: Backend) -> None:
        """Close a replaced executor, once its calls have ended."""
        while not member.ref.is_dead():
            try:
                await member.ref.request(ReleaseExecutor(backend.executor))
            except Exception:  # the actor crashed on it: ask the next one
                await asyncio.sleep(_PAUSE)
            else:
                break
        await self._fleet.close(backend)

    async def _end(self, member: Member, leaving: object, drained: object) -> None:
        fleet, model_id = self._fleet, member.config.id
        if isinstance(drained, LoopFuture):
            with suppress(Exception):
                await drained
        if fleet.members.get(model_id) is not member or member.leaving is not leaving:
            return  # removed by somebody else in the meantime, or called back
        if fleet.stopping:
            return
        fleet.supervise(StopChild(keeper_of(model_id)))
        stopped = fleet.supervise(StopChild(f"model:{model_id}"))
        del fleet.members[model_id]
        fleet.plans = fleet.plans.without_model(model_id)
        if isinstance(stopped, LoopFuture):
            await stopped
        await fleet.close(member.backend)
        self._publish(ModelRemoved, model_id=model_id)
