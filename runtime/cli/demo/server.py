"""A model server on 127.0.0.1 that needs nothing but the standard library.

    python -m hive_resilience.runtime.cli.demo.server --port 0 --model tiny --order 2 --delay 0.05

It says `listening 127.0.0.1:PORT` on standard output when it is ready, answers
POST /v1/chat/completions, GET /v1/models and GET /health, and ends at SIGTERM, or with the process
that started it.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from .chat import ChatServer, error_reply
from .connection import Connection
from .markov import MarkovChain

_HOST = "127.0.0.1"
_PARENT_POLL = 1.0
_PR_SET_PDEATHSIG = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop; returns the exit code."""
    parent = os.getppid()
    options = _parser().parse_args(argv)
    chain = MarkovChain(_corpus(options.corpus), order=options.order)
    chat = ChatServer(
        options.model, chain, delay=options.delay, pause=options.pause, seed=options.seed
    )
    asyncio.run(serve(chat, port=options.port, parent=parent))
    return 0


async def serve(chat: ChatServer, *, port: int, parent: int) -> None:
    """Answer until SIGTERM, SIGINT or the end of the process `parent`, then hang up at once."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    watcher = loop.create_task(_watch(parent, stop))
    connections: set[Connection] = set()
    server = await loop.create_server(
        lambda: Connection(chat.route, error_reply, connections), _HOST, port, backlog=1024
    )
    print(f"listening {_HOST}:{server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()
    server.close()
    for connection in tuple(connections):
        connection.abort()
    watcher.cancel()


async def _watch(parent: int, stop: asyncio.Event) -> None:
    """Set `stop` when the parent has gone: the kernel says so on Linux, elsewhere we look."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()
    # SIGHUP and not SIGTERM: the signal comes too when only the thread that started us ends, and
    # then the parent is still the same.
    loop.add_signal_handler(signal.SIGHUP, changed.set)
    _ask_for_signal_at_parent_death(signal.SIGHUP)
    while os.getppid() == parent:
        try:
            await asyncio.wait_for(changed.wait(), _PARENT_POLL)
        except TimeoutError:
            continue
        changed.clear()
    stop.set()


def _ask_for_signal_at_parent_death(number: signal.Signals) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def _corpus(path: Path | None) -> str:
    if path is not None:
        return path.read_text(encoding="utf-8")
    return files(str(__package__)).joinpath("corpus.txt").read_text(encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A small model server for demonstrations.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--model", default="tiny", help="the name it goes by")
    parser.add_argument("--order", type=int, default=2, help="words it looks back: 1 babbles")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds for a usual answer")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds a word of a stream")
    parser.add_argument("--seed", type=int, default=0, help="for texts and delays")
    parser.add_argument("--corpus", type=Path, help="text to learn from instead of its own")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
