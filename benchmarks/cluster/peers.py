"""The processes of a cluster that a benchmark asks, and Ray beneath them."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hive_resilience.runtime.cli.demo.cluster.hosted import HostedNodes, private
from hive_resilience.runtime.cli.demo.cluster.processes import MARK, end_all

NO_CLUSTER = "-"
_PATIENCE = 120.0


class AskedPeer:
    """A process that answers each line with one; what moves by itself is kept."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.moved: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
        """The states of its breaker, and when by `time.time` it came into each."""
        self._reading = asyncio.create_task(self._read())

    async def answer(self) -> dict[str, Any]:
        """The next one."""
        async with asyncio.timeout(_PATIENCE):
            return await self._answers.get()

    async def ask(self, *words: object) -> dict[str, Any]:
        """Let it do one thing; what came of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
        return await self.answer()

    async def until(self, state: str) -> float:
        """When its breaker came into this state."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                found, at = await self.moved.get()
                if found == state:
                    return at

    async def end(self) -> None:
        """Let it end; it leaves the cluster."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._reading
        await self._process.wait()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            if "moved" in told:
                self.moved.put_nowait((told["moved"], told["at"]))
            else:
                self._answers.put_nowait(told)


@asynccontextmanager
async def peers(address: str, count: int) -> AsyncGenerator[list[AskedPeer]]:
    """So many processes that have joined."""
    found = [await _started(address) for _ in range(count)]
    try:
        for peer in found:
            await peer.answer()
        yield found
    finally:
        for peer in found:
            await peer.end()


async def _started(address: str) -> AskedPeer:
    command = (sys.executable, "-m", "benchmarks.cluster.peer", address)
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    return AskedPeer(process)


@asynccontextmanager
async def a_cluster() -> AsyncGenerator[str]:
    """One node of Ray, with a token of its own; its address. All of it is gone after."""
    mark = secrets.token_hex(8)
    with TemporaryDirectory(prefix="hive-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        variables = {MARK: mark, **private(Path(folder))}
        before = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)
        try:
            async with HostedNodes("bench", 1, Path(folder), os.environ) as nodes:
                yield nodes.address
        finally:
            _put_back(before)
            end_all(mark)


def _put_back(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
