"""How models, and backends that were replaced, leave a fleet: after their calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from ...actors.engine.background_tasks import Work
from ...actors.engine.future import is_pending
from ...actors.engine.reference import AnyRef
from ...actors.events import ModelRemoved, Publish
from ...actors.fleet_messages import DrainModel, ReleaseExecutor, RemoveModel
from ...actors.supervision.messages import StopChild
from ...config.values.log_fields import log_event
from .backend import Backend
from .member import Member, Supervise, actor_name, workers_name
from .members import Members

log: logging.Logger = logging.getLogger(__name__)

_PAUSE = 0.01
"""Seconds before an actor that has crashed is asked again."""


class Removal:
    """All methods run on the engine's loop. `grace` says how long the closing of one may take."""

    def __init__(
        self,
        members: Members,
        router: AnyRef,
        supervise: Supervise,
        grace: Callable[[], float],
        publish: Publish,
        now: Callable[[], float],
    ) -> None:
        self._members = members
        self._router = router
        self._supervise = supervise
        self._grace = grace
        self._publish = publish
        self._now = now
        self._ended = False

    def end(self) -> None:
        """Remove no further model: all of them stop now."""
        self._ended = True

    def begin(self, model_id: str, *, drain: bool) -> Work[None]:
        """Send the model no more tasks from now on; the rest is to be awaited."""
        member = self._members.named(model_id)
        self._members.mark(member, member.leaving or object())
        self._router.send(RemoveModel(model_id))
        drained: object = None
        # Without its actor nothing counts its calls, and none of them could be retried there.
        if drain and member.ref.is_running():
            with suppress(Exception):  # the actor crashed on it, which is the same
                drained = member.ref.call(DrainModel())
        return self._finish(member, member.leaving, drained)

    def insist(self, model_id: str) -> Work[None]:
        """As `begin`, to be brought to its end even where a supervisor crashes on it."""
        removal = self.begin(model_id, drain=True)
        # Of this moment: another removal may be faster.
        member = self._members.named(model_id)
        return self._insist(member, member.leaving, removal)

    async def _insist(self, member: Member, leaving: object, removal: Work[None]) -> None:
        while True:
            try:
                return await removal
            except Exception:
                log.warning(
                    "the removal of %s is tried again",
                    member.config.id,
                    extra=log_event("model.removal_repeated", model=member.config.id),
                )
                await asyncio.sleep(_PAUSE)
            removal = self._finish(member, leaving, None)

    async def of_backend(self, member: Member, backend: Backend) -> None:
        """Close a replaced backend, once its calls have ended."""
        while not member.ref.is_dead():
            try:
                await member.ref.request(ReleaseExecutor(backend.executor))
            except Exception:  # the actor crashed on it: ask its successor
                await asyncio.sleep(_PAUSE)
            else:
                break
        await self._members.close(backend, self._grace())

    async def _finish(self, member: Member, leaving: object, drained: object) -> None:
        members, model_id = self._members, member.config.id
        if is_pending(drained):
            with suppress(Exception):
                await drained
        if members.get(model_id) is not member or member.leaving is not leaving:
            return  # another removal was faster in the meantime, or the model was called back
        if self._ended:
            return
        self._supervise(StopChild(workers_name(model_id)))
        stopped = self._supervise(StopChild(actor_name(model_id)))
        members.remove(model_id, self._now())
        if is_pending(stopped):
            await stopped
        await members.close(member.backend, self._grace())
        self._publish(ModelRemoved, model_id=model_id)
