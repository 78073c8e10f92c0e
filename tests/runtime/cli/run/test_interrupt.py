from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..command_kit import HeldModel, lines, next_result, running, story

MANY = tuple(f"p{number}" for number in range(1, 101))


def options(tmp_path: Path, *prompts: str) -> tuple[str, ...]:
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text(lines(*prompts))
    return ("--tasks", str(tasks), "--concurrency", "2")


async def interrupt(process: Any, number: signal.Signals = signal.SIGINT) -> None:
    """Sends the signal and waits until it has been understood."""
    process.send_signal(number)
    assert b"stopping: 2 tasks under way" in await process.stderr.readline()


async def last_words(process: Any) -> tuple[list[int], str]:
    out, err = await process.communicate()
    return sorted(json.loads(line)["line"] for line in out.splitlines()), err.decode()


def test_ctrl_c_lets_running_tasks_end_and_says_what_was_not_begun(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            HeldModel("p2", "p3") as model,
            running("run", model.settings(tmp_path), *options(tmp_path, *MANY)) as process,
        ):
            assert (await next_result(process))["line"] == 1
            await model.has("p1", "p2", "p3")
            await interrupt(process)
            model.let_go("p2", "p3")
            results, told = await last_words(process)

            assert (process.returncode, results) == (130, [2, 3])
            assert "not started: 97 tasks, from line 4" in told
            assert "not finished" not in told
            assert "3 tasks: 3 succeeded" in told

    story(work())


def test_sigterm_ends_a_run_that_waits_for_more_input(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            HeldModel("p1", "p2") as model,
            running("run", model.settings(tmp_path), "--concurrency", "2") as process,
        ):
            process.stdin.write(lines(*MANY).encode())
            await model.has("p1", "p2")
            await interrupt(process, signal.SIGTERM)
            model.let_go("p1", "p2")
            out = [await next_result(process) for _ in range(2)]
            await process.wait()
            told = (await process.stderr.read()).decode()

            assert (process.returncode, len(out)) == (143, 2)
            assert "not started: at least " in told
            assert "from line 3" in told

    story(work())


def test_a_task_that_outlasts_the_drain_is_named_and_the_others_are_written(
    tmp_path: Path,
) -> None:
    async def work() -> None:
        async with HeldModel("p1", "p3") as model:
            settings = model.settings(tmp_path, drainTimeout=100)
            arguments = ("run", settings, "--ordered", *options(tmp_path, *MANY[:3]))
            async with running(*arguments) as process:
                await model.has("p1", "p2", "p3")
                await interrupt(process)
                results, told = await last_words(process)

                assert (process.returncode, results) == (130, [2])
                assert "not finished: 2 tasks (lines 1, 3)" in told
                assert "not started" not in told

    story(work())


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            HeldModel("p1", "p2") as model,
            running("run", model.settings(tmp_path), *options(tmp_path, *MANY)) as process,
        ):
            await model.has("p1", "p2")
            await interrupt(process)
            process.send_signal(signal.SIGINT)
            results, told = await last_words(process)

            assert (process.returncode, results, told) == (130, [], "")

    story(work())


def test_where_nobody_reads_the_results_it_ends_quietly(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            HeldModel("p2", "p3", "p5", "p6") as model,
            running("run", model.settings(tmp_path), *options(tmp_path, *MANY)) as process,
        ):
            assert (await next_result(process))["line"] == 1
            process._transport.get_pipe_transport(1).close()
            model.let_go("p2", "p3")
            await process.wait()

            assert (process.returncode, await process.stderr.read()) == (141, b"")

    story(work())


def test_results_that_nobody_takes_do_not_keep_it_from_ending(tmp_path: Path) -> None:
    async def work() -> None:
        full = full_pipe()
        async with HeldModel() as model:
            settings = model.settings(tmp_path, drainTimeout=100)
            arguments = ("run", settings, "--concurrency", "1")
            async with running(*arguments, stdout=full[1]) as process:
                process.stdin.write(b"not json\n" * 9)
                for _ in range(4):
                    assert b"not JSON" in await process.stderr.readline()
                process.send_signal(signal.SIGTERM)
                told = (await process.stderr.read()).decode()

                assert await process.wait() == 143
                assert "the last results could not be written" in told
        for end in full:
            os.close(end)

    story(work())


def full_pipe() -> tuple[int, int]:
    """A pipe that takes nothing more."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with suppress(BlockingIOError):
        while True:
            os.write(write_end, bytes(4096))
    os.set_blocking(write_end, True)
    return read_end, write_end
