"""A network between the processes of a cluster and their owners, all of them on one loop.

What is under way arrives late, twice, in another order, or never. A call that its caller has given
up goes on, as it does on a real network.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ...actors.cluster.link import LinkLostError
from ..fleet.clustering import Clustering

if TYPE_CHECKING:
    from ...actors.cluster.link import Link
    from ...actors.cluster.owners import Owners
    from ...actors.policies.chance import Draw
    from ...config.settings.distribution.cluster import ClusterConfig
    from ..runtime import Runtime


class Network:
    """Carries messages from peers to owners and back; `draw` is its chance.

    `delay` is the longest way in one direction, in seconds, and `late` that of stragglers. `loss`,
    `doubles` and `stragglers` are shares of the messages. All may be changed while it runs.
    """

    def __init__(
        self,
        draw: Draw,
        *,
        delay: float = 0.002,
        loss: float = 0.0,
        doubles: float = 0.0,
        stragglers: float = 0.0,
        late: float = 5.0,
    ) -> None:
        self.draw: Draw = draw
        self.delay: float = delay
        self.loss: float = loss
        self.doubles: float = doubles
        self.stragglers: float = stragglers
        self.late: float = late
        self._held: dict[str, asyncio.Event] = {}
        self._lags: dict[str, float] = {}
        self._owners: Owners | None = None
        self._routes: dict[str, Owners | None] = {}
        self._cut: set[str] = set()
        self._under_way: set[asyncio.Task[None]] = set()

    def host(self, owners: Owners | None, *names: str) -> None:
        """Let these owners answer from now on; None: there are none, and answers are lost.

        With names they answer these peers alone, until they answer all.
        """
        if not names:
            self._routes.clear()
            self._owners = owners
        self._routes.update(dict.fromkeys(names, owners))

    def owners_of(self, name: str) -> Owners | None:
        """The owners that answer this peer."""
        return self._routes.get(name, self._owners)

    def join(self, runtime: Runtime, settings: ClusterConfig, name: str) -> None:
        """Make a runtime a peer of this name, before it starts. A name is used once."""
        fleet = runtime._fleet  # pyright: ignore[reportPrivateUsage]  # a part of the runtime
        fleet.clustering = Clustering(settings, self.link(name), name)

    def link(self, name: str) -> Link:
        """A peer's way to the owners."""
        return _Wire(self, name)

    def cut(self, *names: str) -> None:
        """Let nothing of these peers through, in either direction."""
        self._cut.update(names)

    def heal(self, *names: str) -> None:
        """Let the messages of these peers through again; without names, those of all."""
        self._cut = self._cut - set(names) if names else set()

    def is_cut(self, name: str) -> bool:
        """Whether nothing of this peer gets through."""
        return name in self._cut

    def freeze(self, *names: str) -> None:
        """Hold back what these peers send and get; it arrives after `thaw`."""
        for name in names:
            self._held.setdefault(name, asyncio.Event())

    def thaw(self, *names: str) -> None:
        """Let go what was held back for these peers; without names, for all."""
        for name in names or tuple(self._held):
            held = self._held.pop(name, None)
            if held is not None:
                held.set()

    def lag(self, name: str, seconds: float) -> None:
        """Let answers take so much longer to this peer, and what it sends no longer."""
        self._lags[name] = seconds

    async def call(self, name: str, verb: str, message: bytes, timeout: float) -> bytes:
        """As `Link.call`."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        copies = 2 if self.draw() < self.doubles else 1
        for _ in range(copies):
            task = asyncio.create_task(self._carry(name, verb, message, answer))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        async with asyncio.timeout(timeout):
            return await answer

    async def close(self) -> None:
        """End what is under way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _carry(
        self, name: str, verb: str, message: bytes, answer: asyncio.Future[bytes]
    ) -> None:
        if not await self._passes(name):
            return
        owners = self.owners_of(name)
        if owners is None:
            if not answer.done():
                answer.set_exception(LinkLostError("there are no owners just now"))
            return
        told: bytes = await getattr(owners, verb)(message)
        arrives = await self._passes(name, self._lags.get(name, 0.0))
        if arrives and owners is self.owners_of(name) and not answer.done():
            answer.set_result(told)

    async def _passes(self, name: str, lag: float = 0.0) -> bool:
        """Wait as long as one way takes; whether the message has arrived."""
        if self.is_cut(name) or self.draw() < self.loss:
            return False
        longest = self.late if self.draw() < self.stragglers else self.delay
        await asyncio.sleep(longest * self.draw() + lag)
        while name in self._held:
            await self._held[name].wait()
        return not self.is_cut(name)


class _Wire:
    def __init__(self, network: Network, name: str) -> None:
        self._network, self._name = network, name

    async def call(self, verb: str, message: bytes, timeout: float) -> bytes:
        return await self._network.call(self._name, verb, message, timeout)

    async def close(self) -> None:
        """Nothing is open."""
