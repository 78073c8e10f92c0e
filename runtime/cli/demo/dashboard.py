"""A fleet in trouble behind the server, to be watched: outages follow each other until Ctrl-C.

    python -m hive_resilience.runtime.cli.demo.dashboard [--port N] [--open]

It prints the address of the dashboard. `hive-resilience top demo` shows the same in a terminal.

Exit code: 0 it was told to end, 1 it could not begin.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
import webbrowser
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.util import find_spec
from itertools import cycle
from tempfile import TemporaryDirectory

from ....actors.task import Task
from ....config.settings.observability.alerts import AlertsConfig
from ....config.settings.observability.history import HistoryConfig
from ....config.settings.runtime import RuntimeConfig
from ...runtime import Runtime
from ...server.application import Application
from ...server.dashboard.dashboard import Dashboard
from ...server.dashboard.served_door import ServedDoor
from ...server.limits import ServerLimits
from ..serve.command import NEEDED
from .fleet import SERVERS, configuration
from .scenario import crash_actor
from .servers import Servers, ServerStartError

NAME = "demo"
"""By which `top` finds it."""
_LIMITS = ServerLimits(drain=1.0)
_RATE = 15.0
_WELL, _ILL, _LONG = 12.0, 10.0, 20.0
"""Seconds: between two outages, of a short outage, of an outage that opens breakers twice."""

Act = Callable[[], Awaitable[None]]
Say = Callable[[str], None]


class Trouble:
    """One outage after the other, told as they come; `pace` 1.0 is that of people."""

    def __init__(self, servers: Servers, runtime: Runtime, say: Say, pace: float = 1.0) -> None:
        self._servers = servers
        self._runtime = runtime
        self._say = say
        self._pace = pace

    async def play(self) -> None:
        """All of them, again and again."""
        large, medium, small = (spec.name for spec in SERVERS)
        acts: tuple[Act, ...] = (
            partial(self._kill, large),
            partial(self._hang, medium),
            partial(self._rest, small),
            partial(self._crash, large),
            self._kill_all,
        )
        for act in cycle(acts):
            await self._pass(_WELL)
            await act()

    async def _kill(self, name: str) -> None:
        self._say(f"The server of {name} is killed.")
        await self._servers.kill(name)
        await self._pass(_LONG)
        await self._revive(name)

    async def _hang(self, name: str) -> None:
        self._say(f"The server of {name} hangs: it takes calls and never answers.")
        self._servers.hang(name)
        await self._pass(_LONG)
        self._servers.go_on(name)
        self._say(f"The server of {name} goes on.")

    async def _rest(self, name: str) -> None:
        self._say(f"An operator takes {name} out for maintenance.")
        model = self._runtime.model(name)
        model.enter_maintenance(reason="new weights", by="ada")
        await self._pass(_ILL)
        model.leave_maintenance(reason="new weights are in place", by="ada")
        self._say(f"{name} is back from maintenance.")

    async def _crash(self, name: str) -> None:
        self._say(f"The actor of {name} crashes, and its supervisor restarts it.")
        crash_actor(self._runtime, name)
        await self._pass(_ILL)

    async def _kill_all(self) -> None:
        self._say("All servers are killed.")
        for spec in SERVERS:
            await self._servers.kill(spec.name)
        await self._pass(_ILL)
        for spec in SERVERS:
            await self._revive(spec.name)

    async def _revive(self, name: str) -> None:
        while not self._servers.is_up(name):
            with suppress(ServerStartError):  # another program may have its port just now
                await self._servers.revive(name)
        self._say(f"The server of {name} listens again.")

    async def _pass(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._pace)


@asynccontextmanager
async def watched(say: Say, pace: float = 1.0) -> AsyncGenerator[Application]:
    """The fleet with its dashboard, its load and its trouble; none of it outlives the block."""
    with TemporaryDirectory(prefix="hive-resilience-") as folder:
        async with Servers(SERVERS) as servers, Runtime(_settings(servers, folder)) as runtime:
            dashboard = Dashboard(runtime, ServedDoor(None))
            dashboard.start()
            trouble = asyncio.create_task(Trouble(servers, runtime, say, pace).play())
            load = asyncio.create_task(_load(runtime, dashboard))
            try:
                yield Application(runtime, limits=_LIMITS, dashboard=dashboard)
            finally:
                for task in (trouble, load):
                    task.cancel()
                await asyncio.wait((trouble, load))
                dashboard.close()
                await runtime.drain(0.0, reason="the demonstration ends")


def _settings(servers: Servers, folder: str) -> RuntimeConfig:
    config = configuration(servers)
    more = {
        "top": NAME,
        "alerts": AlertsConfig(enabled=True),
        "history": HistoryConfig(folder=folder),
    }
    return config.model_copy(update={"global_": config.global_.model_copy(update=more)})


async def _load(runtime: Runtime, dashboard: Dashboard) -> None:
    """Tasks of both kinds: some want the first model that works, some are spread over all."""
    chance = random.Random(7)
    async with asyncio.TaskGroup() as group:
        while True:
            strategy = chance.choice(("sequential", "weighted"))
            group.create_task(_one(runtime, dashboard, strategy))
            await asyncio.sleep(chance.expovariate(_RATE))


async def _one(runtime: Runtime, dashboard: Dashboard, strategy: str) -> None:
    task = Task({"prompt": "Where do the bees fly?"})
    dashboard.add(await runtime.execute(task, strategy=strategy))


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM; returns the exit code."""
    options = _parser().parse_args(argv)
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        print(f"needs {' and '.join(missing)}: pip install 'hive-resilience[cli,serve]'")
        return 1
    from ...server.process.serve import Serving, serve

    def announce(urls: str) -> None:
        print(f"The dashboard is at {urls}/dashboard/. In a terminal: hive-resilience top {NAME}")
        print("Outages follow each other until Ctrl-C.", flush=True)
        if options.open:
            webbrowser.open(f"{urls}/dashboard/")

    try:
        serving = Serving(port=options.port, limits=_LIMITS, announce=announce)
        serve(watched(_say, options.pace), serving)
    except (ServerStartError, OSError) as error:
        print(f"it could not begin: {error}", file=sys.stderr)
        return 1
    return 0


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A fleet in trouble, to be watched.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--open", action="store_true", help="open a browser at the dashboard")
    parser.add_argument("--pace", type=float, default=1.0, help="2: everything takes twice as long")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
