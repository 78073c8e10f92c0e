from __future__ import annotations

import asyncio
import json
import os
import pty
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ...executors.faulty_server import Behaviour, FaultyServer
from ...executors.pouring import cut, pour, stall
from ...executors.providers import COMPATIBLE
from ..command_kit import COMMAND, lines, running, story

HEL, LO = COMPATIBLE.start + COMPATIBLE.said("Hel"), COMPATIBLE.said("lo")
END = COMPATIBLE.end + COMPATIBLE.over
HELLO = pour(HEL + LO + END)


def settings(folder: Path, *servers: FaultyServer, **stream: str) -> str:
    """The path of a configuration whose models are these servers, in their order."""
    models = {
        name: {"endpoint": server.base_url, "retry": {"maxRetries": 0}, "stream": stream}
        for name, server in zip(("large", "small"), servers, strict=False)
    }
    path = folder / "settings.json"
    path.write_text(json.dumps({"models": models}))
    return str(path)


async def streamed(
    folder: Path, script: Sequence[Behaviour], *options: str, tasks: str, **stream: str
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a run against one server."""
    async with FaultyServer(*script) as server:
        path = settings(folder, server, **stream)
        async with running("run", path, "--stream", *options) as process:
            out, err = await process.communicate(tasks.encode())
            return process.returncode, out.decode(), err.decode()


def test_the_answers_come_as_text_one_after_the_other(tmp_path: Path) -> None:
    script = [HELLO, pour(COMPATIBLE.answer("Bye\n"))]

    code, out, told = story(streamed(tmp_path, script, tasks=lines("a", "b")))

    assert (code, out) == (0, "Hello\nBye\n")
    assert "line 1: large, " in told
    assert "line 2: large, " in told
    assert "2 tasks: 2 succeeded" in told


def test_a_chunk_is_shown_before_the_next_is_sent(tmp_path: Path) -> None:
    async def work() -> None:
        go_on = asyncio.Event()
        async with (
            FaultyServer(pour(HEL, go_on, LO + END)) as server,
            running("run", settings(tmp_path, server), "--stream") as process,
        ):
            process.stdin.write(lines("a").encode())
            process.stdin.close()
            assert await process.stdout.readexactly(3) == b"Hel"
            go_on.set()
            assert await process.stdout.read() == b"lo\n"
            assert await process.wait() == 0

    story(work())


def test_the_results_go_to_a_file_where_one_is_named(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"

    code, out, _ = story(streamed(tmp_path, [HELLO], "--output", str(results), tasks=lines("a")))

    (found,) = [json.loads(line) for line in results.read_text().splitlines()]
    assert (code, out) == (0, "Hello\n")
    assert (found["success"], found["value"], found["model_used"]) == (True, "Hello", "large")


def test_an_answer_that_is_cut_ends_on_a_line_of_its_own_and_fails(tmp_path: Path) -> None:
    script = [pour(HEL, cut), HELLO]

    code, out, told = story(streamed(tmp_path, script, tasks=lines("a", "b")))

    assert (code, out) == (1, "Hel\nHello\n")
    assert "line 1: the stream of large was interrupted after 1 chunks" in told
    assert "2 tasks: 1 succeeded, 1 failed" in told


def test_an_answer_that_begins_again_says_so(tmp_path: Path) -> None:
    async def work() -> tuple[int, str, str]:
        async with FaultyServer(pour(HEL, cut)) as large, FaultyServer(HELLO) as small:
            path = settings(tmp_path, large, small, onInterrupt="restart")
            async with running("run", path, "--stream") as process:
                out, err = await process.communicate(lines("a").encode())
                return process.returncode, out.decode(), err.decode()

    code, out, told = story(work())

    assert (code, out) == (0, "Hel\nHello\n")
    assert "line 1: large was interrupted; small begins again" in told
    assert "line 1: small, " in told


def test_a_line_may_say_what_follows_a_cut(tmp_path: Path) -> None:
    plan = {"primary": "large", "on_interrupt": "raise"}
    task = json.dumps({"payload": "a", "plan": plan}) + "\n"

    code, out, _ = story(streamed(tmp_path, [pour(HEL, cut)], tasks=task, onInterrupt="restart"))

    assert (code, out) == (1, "Hel\n")


def test_several_at_once_cannot_be_shown(tmp_path: Path) -> None:
    code, out, told = story(streamed(tmp_path, [HELLO], "--concurrency", "2", tasks=lines("a")))

    assert (code, out) == (2, "")
    assert "with --stream one answer comes after the other" in told


def test_where_nobody_reads_the_text_it_ends(tmp_path: Path) -> None:
    async def work() -> tuple[int, bytes]:
        async with FaultyServer(pour(HEL, stall)) as server:
            ours, theirs = os.pipe()
            os.close(ours)
            arguments = ("run", settings(tmp_path, server), "--stream")
            async with running(*arguments, stdout=theirs) as process:
                os.close(theirs)
                process.stdin.write(lines("a", "b").encode())
                return await process.wait(), await process.stderr.read()

    assert story(work()) == (141, b"")


def test_what_a_model_writes_does_not_steer_the_terminal(tmp_path: Path) -> None:
    async def work() -> bytes:
        async with FaultyServer(pour(COMPATIBLE.answer("a\x1b[2J\rb\tc\n"))) as server:
            tasks = tmp_path / "tasks"
            tasks.write_text(lines("a"))
            return await on_a_terminal(
                "run", settings(tmp_path, server), "--tasks", str(tasks), "--stream"
            )

    shown = story(work())

    assert shown.replace(b"\r\n", b"\n").decode() == "a\ufffd[2J\ufffdb\tc\n"


async def on_a_terminal(*arguments: str) -> bytes:
    """What a process whose standard output is a terminal wrote there."""
    ours, theirs = pty.openpty()
    process: Any = await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, stdout=theirs, stderr=asyncio.subprocess.DEVNULL
    )
    os.close(theirs)
    shown = b""
    try:
        while part := await asyncio.to_thread(_read, ours):
            shown += part
    finally:
        os.close(ours)
    assert await process.wait() == 0
    return shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how a terminal says that its other side is closed
        return b""


pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes and terminals as on POSIX")
