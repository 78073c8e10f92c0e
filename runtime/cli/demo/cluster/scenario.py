"""One fleet in many processes under a load, while a model, owner, node and process are killed."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..fleet import SERVERS
from ..scenario import ctrl_c_cancels
from ..servers import Servers
from .account import Account, Nodes
from .hosted import HostedNodes, Owner, private
from .judgement import Move
from .peer import Orders
from .peers import Peers
from .processes import MARK, end_all
from .report import Report, report_of
from .screen import Screen
from .witness import MAKER, SOCKET

PEERS, NODES = 4, 3
_FLEET = "demo"
_FRAME, _LOOK = 0.2, 0.05
# When what happens, as shares of the duration.
_KILL_MODEL, _REVIVE, _KILL_NODE, _KILL_OWNER, _KILL_PEER = 0.10, 0.30, 0.45, 0.65, 0.80


@dataclass(frozen=True, slots=True)
class Load:
    """`rate` tasks a second in each process, for `duration` seconds, whatever becomes of them."""

    duration: float
    rate: float


async def run(load: Load, screen: Screen) -> Report:
    """Play the story from start to end, or until Ctrl-C; no process and no port outlives it."""
    account, mark = Account(), secrets.token_hex(8)
    # Ray's sockets are in it, and a path of a socket is short.
    with TemporaryDirectory(prefix="hive-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        playing = asyncio.create_task(_play(load, screen, account, Path(folder), mark))
        try:
            with ctrl_c_cancels(playing):
                await asyncio.wait({playing})
        finally:
            end_all(mark)
    if playing.cancelled():
        return report_of(account, interrupted=True)
    return report_of(account, interrupted=playing.result())


async def _play(load: Load, screen: Screen, account: Account, folder: Path, mark: str) -> bool:
    """Start all of it, and play; whether it was cut short once the load had begun."""
    account.tell(f"starting {len(SERVERS)} model servers and {NODES} nodes of Ray")
    screen.show(account, Nodes())
    variables = _variables(folder, mark)
    async with AsyncExitStack() as stack:
        servers = await stack.enter_async_context(Servers(SERVERS))
        await stack.enter_async_context(_witness(variables[SOCKET], account))
        nodes = HostedNodes(_FLEET, NODES, folder, variables, MAKER)
        await stack.enter_async_context(nodes)
        account.tell(f"the nodes run; starting {PEERS} processes, which join at {nodes.address}")
        screen.show(account, Nodes([True] * NODES))
        urls = {spec.name: servers.url(spec.name) for spec in SERVERS}
        orders = Orders(urls, nodes.address, _FLEET, load.rate)
        peers = Peers(PEERS, orders, folder, variables, account)
        await stack.enter_async_context(peers)
        return await Scenario(load, account, servers, nodes, peers, screen).play()


class Scenario:
    """One run of it, once everything has started."""

    def __init__(
        self,
        load: Load,
        account: Account,
        servers: Servers,
        nodes: HostedNodes,
        peers: Peers,
        screen: Screen,
    ) -> None:
        self._load, self._account, self._screen = load, account, screen
        self._servers, self._nodes, self._peers = servers, nodes, peers
        self._shown = Nodes([True] * NODES)

    async def play(self) -> bool:
        """Make trouble under the load, and show it; whether Ctrl-C cut it short."""
        account = self._account
        account.begin()
        account.tell(f"{PEERS} processes, {self._load.rate:g} tasks a second each")
        self._peers.go()
        drawing = asyncio.create_task(self._draw())
        trouble = asyncio.create_task(self._make_trouble())
        cut = False
        try:
            await asyncio.sleep(self._load.duration)
        except asyncio.CancelledError:
            cut = True
        account.lasted = account.now()
        trouble.cancel()
        await self._peers.stop()
        drawing.cancel()
        await asyncio.wait({drawing, trouble})
        if not trouble.cancelled():
            trouble.result()
        self._show()
        return cut

    async def _make_trouble(self) -> None:
        acts: tuple[tuple[float, Callable[[], Awaitable[None]]], ...] = (
            (_KILL_MODEL, self._kill_model),
            (_REVIVE, self._revive),
            (_KILL_NODE, self._kill_node),  # first, for Ray may put the next owner on the head
            (_KILL_OWNER, self._kill_owner),
            (_KILL_PEER, self._kill_peer),
        )
        self._shown.owner = (await self._owner()).node
        for share, act in acts:
            await asyncio.sleep(max(0.0, share * self._load.duration - self._account.now()))
            await act()

    async def _kill_model(self) -> None:
        """The server of the model that the router prefers."""
        victim = SERVERS[0].name
        self._account.marks.model_killed = time.monotonic()
        self._account.tell(f"SIGKILL to the server of {victim}")
        await self._servers.kill(victim)

    async def _revive(self) -> None:
        victim = SERVERS[0].name
        await self._servers.revive(victim)
        self._account.marks.model_back = time.monotonic()
        self._account.tell(f"the server of {victim} listens again")

    async def _kill_owner(self) -> None:
        await self._owner()
        self._account.marks.owner_killed = time.monotonic()
        killed = await self._nodes.kill_owner()
        self._account.tell(f"SIGKILL to the owner on node {killed and killed.node}")

    async def _kill_node(self) -> None:
        """Not the head, whose end is the end of Ray's cluster."""
        owner = await self._owner()
        if owner.node == 0:
            self._account.tell("the owner is on the head, which has to stay: no node is killed")
            return
        self._account.marks.node_killed = time.monotonic()
        await self._nodes.kill_node()
        self._shown.up[owner.node] = False
        self._account.tell(f"SIGKILL to node {owner.node}, where the owner was")
        self._shown.owner = (await self._owner()).node
        self._account.tell(f"the owner begins again on node {self._shown.owner}")

    async def _kill_peer(self) -> None:
        name = next(reversed(self._account.tallies))
        self._account.marks.peer_killed = time.monotonic()
        self._account.tell(f"SIGKILL to {name}")
        await self._peers.kill(name)

    async def _owner(self) -> Owner:
        """Where it is, once it is somewhere."""
        while True:
            if (owner := await self._nodes.owner()) is not None:
                return owner
            await asyncio.sleep(_LOOK)

    async def _draw(self) -> None:
        while True:
            self._show()
            await asyncio.sleep(_FRAME)

    def _show(self) -> None:
        self._screen.show(self._account, self._shown)


def _variables(folder: Path, mark: str) -> dict[str, str]:
    """Those of all processes that have to do with Ray."""
    return {
        **os.environ,
        MARK: mark,
        SOCKET: str(folder / "witness"),
        **private(folder),
    }


class _Witness(asyncio.DatagramProtocol):
    def __init__(self, account: Account) -> None:
        self._account = account

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._account.witness(Move(*json.loads(data)))


@asynccontextmanager
async def _witness(path: str, account: Account) -> AsyncGenerator[None]:
    """Hear what the owners' process says of its breakers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(path)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Witness(account), sock=heard)
        try:
            yield
        finally:
            transport.close()
