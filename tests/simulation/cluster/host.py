"""Owners on the loop of the test, with a clock that runs a little fast or slow."""

from __future__ import annotations

import asyncio

from hive_resilience.actors.cluster.owners import Owners
from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.signals import CrashNow
from hive_resilience.actors.policies.cluster.owned import OwnedModel
from hive_resilience.actors.supervision.child_spec import SupervisorSpec
from hive_resilience.actors.supervision.state import SupervisorState
from hive_resilience.actors.supervision.supervisor import SupervisorActor
from hive_resilience.testing import InjectedCrash

from ..chance import Chance

SHARE_TIME = 3.0
MODEL = "m"


class Host:
    """One life of the owners. `rate`: seconds of its clock in a second."""

    def __init__(self, epoch: int, chance: Chance, *, rate: float = 1.0, learns: bool) -> None:
        self.epoch, self.alive = epoch, True
        self._engine = Engine()
        self._engine.attach()
        loop = asyncio.get_running_loop()
        self._engine.now = lambda: loop.time() * rate
        state = SupervisorState(SupervisorSpec("owners", prefix=""))
        supervisor = self._engine.start_from(
            lambda: SupervisorActor(state, lambda *_, **__: None, chance.random), is_root=True
        )
        self.owners = Owners(
            supervisor,
            epoch=epoch,
            draw=chance.random,
            share_time=SHARE_TIME,
            learns=learns,
            fence=SHARE_TIME,
        )
        self.is_reaching = True
        self._reaching = asyncio.create_task(self._reach())

    @property
    def owned(self) -> OwnedModel | None:
        return self.owners._owned.get(MODEL)

    def now(self) -> float:
        return self._engine.now()

    def crash(self) -> None:
        """Crash the actor of the owner, which its supervisor brings back."""
        for ref in self.owners._refs.values():
            ref.send(CrashNow(InjectedCrash("an owner")))

    def kill(self) -> None:
        self.alive = False
        self._reaching.cancel()
        self._engine.close()

    async def _reach(self) -> None:
        while True:
            if self.is_reaching:
                self.owners.reached()
            await asyncio.sleep(0.25)
