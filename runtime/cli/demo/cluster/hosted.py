"""The demonstration's side of the nodes: the process that keeps them, and what is asked of it."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from ....cluster.place import MAKER
from ..servers import ServerStartError
from .processes import kill

_START = 120.0
_ANSWER = 30.0
_END = 5.0


def private(folder: Path) -> dict[str, str]:
    """Variables for all processes of a cluster that no other program shares: a token, a folder."""
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_TMPDIR": str(folder),
        "RAY_USAGE_STATS_ENABLED": "0",
    }


class Owner(NamedTuple):
    """The process of the fleet's owner, and the number of its node; 0 is the head."""

    pid: int
    node: int


class HostedNodes:
    """So many nodes of Ray in a process of their own; `variables` are those of all of it.

    `maker` makes what the owner of the fleet `name` hosts. Nothing of it outlives the block.
    """

    def __init__(
        self,
        name: str,
        count: int,
        folder: Path,
        variables: Mapping[str, str],
        maker: str = MAKER,
    ) -> None:
        self._arguments = (name, str(count), maker)
        self._errors = folder / "nodes.log"
        self._variables = dict(variables)
        self._process: Process
        self.address: str = ""

    async def __aenter__(self) -> Self:
        with self._errors.open("wb") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", f"{__package__}.nodes", *self._arguments),
                stdin=PIPE,
                stdout=PIPE,
                stderr=errors,
                env=self._variables,
                start_new_session=True,  # Ctrl-C is for the demonstration
            )
        try:
            self.address = str((await self._answer(_START))["address"])
        except BaseException:
            await self._end(0.0)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end(_END)

    async def owner(self) -> Owner | None:
        """Where it is now; None: Ray is just starting it again."""
        return await self._ask("owner")

    async def kill_owner(self) -> Owner | None:
        """SIGKILL to its process; what was killed."""
        return await self._ask("kill-owner")

    async def kill_node(self) -> Owner | None:
        """SIGKILL to all processes of the node where it is; what was killed."""
        return await self._ask("kill-node")

    async def _ask(self, what: str) -> Owner | None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n".encode())
        found = await self._answer(_ANSWER)
        return None if found["pid"] is None else Owner(**found)

    async def _answer(self, limit: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(limit):
            line = await self._process.stdout.readline()
        if not line:
            wrote = self._errors.read_text("utf-8", errors="replace").strip()
            last = wrote.rpartition("\n")[2] or "nothing"
            raise ServerStartError(f"the nodes of Ray have ended; they wrote: {last}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def _end(self, limit: float) -> None:
        process = self._process
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(limit):
                await process.wait()
        except TimeoutError:
            kill([process.pid])
            await process.wait()
