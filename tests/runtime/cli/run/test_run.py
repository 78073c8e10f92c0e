from __future__ import annotations

import asyncio
import json
import os
import pty
from pathlib import Path
from typing import Any

from ..command_kit import HeldModel, finished, lines, next_result, running, story


def test_each_task_gets_a_result_that_names_its_line_and_its_model(tmp_path: Path) -> None:
    async def work() -> tuple[int, list[dict[str, Any]], str]:
        async with HeldModel() as model:
            settings = model.settings(tmp_path)
            return await finished("run", settings, "--ordered", tasks=lines("a", "b"))

    code, results, told = story(work())

    assert code == 0
    assert [(found["line"], found["value"]["text"]) for found in results] == [
        (1, "echo a"),
        (2, "echo b"),
    ]
    assert all(found["success"] and found["model_used"] == "echo" for found in results)
    assert results[0]["attempts"][0]["outcome"] == "success"
    assert "2 tasks: 2 succeeded, 0 failed, 0 refused" in told
    assert "answered by: echo 100.0 %" in told


def test_results_come_as_they_finish_and_tasks_as_they_are_written(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            HeldModel("slow") as model,
            running("run", model.settings(tmp_path)) as process,
        ):
            process.stdin.write(lines("slow", "quick").encode())
            assert (await next_result(process))["line"] == 2
            process.stdin.write(lines("late").encode())
            assert (await next_result(process))["line"] == 3
            model.let_go("slow")
            assert (await next_result(process))["line"] == 1
            process.stdin.close()
            assert await process.wait() == 0

    story(work())


def test_no_more_are_under_way_than_the_models_take(tmp_path: Path) -> None:
    async def work() -> tuple[int, list[dict[str, Any]], str]:
        async with HeldModel() as model:
            path = Path(model.settings(tmp_path))
            settings = json.loads(path.read_text())
            settings["models"]["echo"]["bulkhead"] = {"max_concurrent": 1, "max_queue": 0}
            path.write_text(json.dumps(settings))
            return await finished("run", str(path), "--concurrency", "5", tasks=lines(*"abcde"))

    code, results, told = story(work())

    assert (code, len(results)) == (0, 5)
    assert "more than the models take at once (1): 1 at once" in told


def test_in_order_a_quick_result_waits_for_a_slow_one(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            HeldModel("slow") as model,
            running("run", model.settings(tmp_path), "--ordered") as process,
        ):
            process.stdin.write(lines("slow", "quick").encode())
            process.stdin.close()
            await model.has("slow", "quick")
            model.let_go("slow")
            assert [(await next_result(process))["line"] for _ in range(2)] == [1, 2]

    story(work())


def test_no_more_tasks_are_under_way_than_asked_for(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            HeldModel("a", "b", "c") as model,
            running("run", model.settings(tmp_path), "--concurrency", "1") as process,
        ):
            process.stdin.write(lines("a", "b").encode())
            process.stdin.close()
            for prompt in ("a", "b"):
                await model.has(prompt)
                model.let_go(prompt)
                assert (await next_result(process))["value"]["text"] == f"echo {prompt}"

    story(work())


def test_bad_lines_are_refused_by_number_and_the_others_run(tmp_path: Path) -> None:
    tasks = '"a"\nnot json\n\n{"payload": "b", "id": "t-4", "priority": "urgent"}\n"c"\n'

    async def work() -> tuple[int, list[dict[str, Any]], str]:
        async with HeldModel() as model:
            return await finished("run", model.settings(tmp_path), "--ordered", tasks=tasks)

    code, results, told = story(work())

    assert code == 1
    assert [(found["line"], found["success"]) for found in results] == [
        (1, True),
        (2, False),
        (4, False),
        (5, True),
    ]
    assert [found["error"]["code"] for found in results[1:3]] == ["invalid_input"] * 2
    assert results[2]["task_id"] == "t-4"
    assert "line 2: not JSON" in told
    assert "line 4: priority: " in told
    assert "4 tasks: 2 succeeded, 0 failed, 2 refused" in told


def test_a_task_that_fails_makes_the_exit_code_one(tmp_path: Path) -> None:
    async def work() -> tuple[int, list[dict[str, Any]], str]:
        async with HeldModel() as model:
            return await finished("run", model.settings(tmp_path), tasks='{"payload": 5}\n"a"\n')

    code, results, _ = story(work())

    assert code == 1
    assert {found["line"]: found["success"] for found in results} == {1: False, 2: True}


def test_files_are_read_and_written_and_a_terminal_sees_a_bar(tmp_path: Path) -> None:
    tasks, results = tmp_path / "tasks.jsonl", tmp_path / "results.jsonl"
    tasks.write_text(lines("a", "b"))

    async def work() -> bytes:
        async with HeldModel() as model:
            options = ("--tasks", str(tasks), "--output", str(results))
            return await on_terminal("run", model.settings(tmp_path), *options)

    shown = story(work())

    assert b"2 tasks, 0 failed" in shown
    assert b"2 tasks: 2 succeeded" in shown
    assert {json.loads(line)["line"] for line in results.read_text().splitlines()} == {1, 2}


async def on_terminal(*arguments: str) -> bytes:
    """What the command shows where standard error is a terminal."""
    from ..command_kit import COMMAND

    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = await asyncio.create_subprocess_exec(*COMMAND, *arguments, stderr=theirs, env=environ)
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
        return os.read(terminal, 65536)
    except OSError:  # Linux's way to say that the other end is closed
        return b""


def test_a_text_file_is_a_prompt_a_line(tmp_path: Path) -> None:
    async def main() -> None:
        prompts = tmp_path / "prompts.txt"
        prompts.write_bytes(b'\xef\xbb\xbfWhy?\r\n\n  {"no": json}  \n\xff\n')
        async with HeldModel() as model:
            code, results, err = await finished(
                "run", model.settings(tmp_path), "--text", str(prompts), "--ordered"
            )
        assert code == 1
        assert [one.get("value", {}).get("text") if one.get("value") else None for one in results][
            :2
        ] == ["echo Why?", 'echo {"no": json}']
        assert "line 4: not UTF-8 text" in err

    story(main())
