"""The demonstration of the server: OpenAI's own client reads a stream whose model is killed.

    python -m hive_resilience.runtime.cli.demo.served

Exit code: 0 it went as it should, 1 it did not, 130 Ctrl-C.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import textwrap
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ..serve.remote import Place, Remote
from .fleet import SERVERS
from .servers import Servers, ServerStartError

_LIMIT = 90.0
_LOOK = 0.1
_ENOUGH = 6
"""Words after which a server may be killed: the reader has begun, and much is to come."""
_WIDTH = 76
STEADY = "steady"


class Seen(NamedTuple):
    """What a client has seen of one stream; `error` None: it ended by itself."""

    model: str
    words: tuple[str, ...]
    end: str | None
    error: str | None


async def play(say: Callable[[str], None]) -> bool:
    """The whole story; whether it went as it should."""
    first = SERVERS[0].name
    names = ", ".join(spec.name for spec in SERVERS)
    async with Servers(SERVERS) as servers:
        say(f"Three model servers run, each a process: {names}.")
        async with _served(servers) as url:
            say(f"hive-resilience serves them at {url}. A program with OpenAI's client asks it.\n")

            say(f"1. It asks for {first!r}. While it reads the server of {first} is killed.")
            cut = await _read(url, first, lambda: servers.kill(first), say)
            say("   A cut answer is an error there, and never passes for a whole one.\n")

            say("2. It asks again, for 'auto': any model.")
            again = await _read(url, "auto", None, say)
            say(f"   {first} is still dead; {again.model} has answered in its place.\n")

            await servers.revive(first)
            await _until_well(url, first)
            say(f"3. {first} is back. It asks for {STEADY!r}: a group with on_interrupt: continue.")
            steady = await _read(url, STEADY, lambda: servers.kill(first), say)
            say(f"   {first} was killed again; another model went on where it was cut.\n")
    return went_well(cut, again, steady)


def went_well(cut: Seen, again: Seen, steady: Seen) -> bool:
    """Whether a cut was an error, and the other answers were whole."""
    first = SERVERS[0].name
    return (
        (cut.model == first and cut.error is not None and cut.end is None)
        and (again.model != first and again.error is None and again.end == "stop")
        and (steady.model == first and steady.error is None and steady.end in ("stop", "length"))
        and len(steady.words) > len(cut.words)
    )


@asynccontextmanager
async def _served(servers: Servers) -> AsyncGenerator[str]:
    """The server as its command starts it; the address of its interface."""
    with TemporaryDirectory(prefix="hive-resilience-") as folder:
        settings = Path(folder) / "resilience.json"
        settings.write_text(json.dumps(_settings(servers)))
        process = await _started("hive_resilience", "serve", str(settings), "--port", "0")
        try:
            assert process.stdout is not None
            line = (await process.stdout.readline()).decode()
            if "http://" not in line:
                raise ServerStartError("the server did not start")
            yield line.split(": ", 1)[1].partition(";")[0]
            process.terminate()
            if await process.wait():
                raise ServerStartError(f"the server ended with {process.returncode}")
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()


def _settings(servers: Servers) -> dict[str, object]:
    names = [spec.name for spec in SERVERS]
    usual = {
        "timeout": "2s",
        "circuit_breaker": {"recovery_timeout": "2s"},
        "health_check": {"interval": "500ms", "timeout": "1s"},
    }
    return {
        # The story has three tasks: a model that is back gets the next one, not a share that grows.
        "global": {"ramp_up": 0},
        "models": {name: {"endpoint": servers.url(name), **usual} for name in names},
        "groups": {STEADY: {"models": names, "on_interrupt": "continue"}},
    }


async def _started(module: str, *arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdout=PIPE,
        stderr=PIPE,
        # Ctrl-C is for the demonstration, which ends what it has started itself.
        start_new_session=os.name == "posix",
    )


async def _read(
    url: str, model: str, kill: Callable[[], Awaitable[None]] | None, say: Callable[[str], None]
) -> Seen:
    """Have the client read a stream; `kill` is called in the middle of it."""
    process = await _started(f"{__package__}.reader", f"{url}/v1", model)
    assert process.stdout is not None
    by, end, error = "", None, None
    words: list[str] = []
    async for line in process.stdout:
        kind, _, text = line.decode().rstrip("\n").partition(" ")
        match kind:
            case "from":
                by = text
            case "word":
                words.append(text)
                if len(words) == _ENOUGH and kill is not None:
                    await kill()
            case "end":
                end = text
            case _:
                error = text
    _, wrote = await process.communicate()
    if process.returncode:
        raise ServerStartError(wrote.decode().strip().rpartition("\n")[2])
    seen = Seen(by, tuple(words), end, error)
    _tell(seen, say)
    return seen


async def _until_well(url: str, model: str) -> None:
    """Wait until the server has found out by itself that a model is back."""
    remote = Remote(Place(url))
    while True:
        state = await asyncio.to_thread(remote.get, f"/admin/models/{model}")
        if state["status"] == "available" and state["breaker"]["state"] == "closed":
            return
        await asyncio.sleep(_LOOK)


def _tell(seen: Seen, say: Callable[[str], None]) -> None:
    told = f"{seen.model}: {' '.join(seen.words)}"
    say(textwrap.fill(told, _WIDTH, initial_indent="   | ", subsequent_indent="   | "))
    if seen.error is None:
        say(f"   The stream ended by itself: finish_reason {seen.end!r}, {len(seen.words)} words.")
    else:
        say(textwrap.indent(textwrap.fill(f"The client raises {seen.error}", _WIDTH), "   "))


def main() -> int:
    """Play it; returns the exit code."""

    async def limited() -> bool:
        async with asyncio.timeout(_LIMIT):
            return await play(lambda told: print(told, flush=True))

    try:
        is_right = asyncio.run(limited())
    except (ServerStartError, TimeoutError) as error:
        print(str(error) or "the demonstration took too long", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print("All as it should be." if is_right else "That is not how it should be.")
    return 0 if is_right else 1


if __name__ == "__main__":
    raise SystemExit(main())
