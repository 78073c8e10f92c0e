"""The page on FastAPI, in uvicorn with two workers: streams, status codes, and a clean end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..examples.programs import HOW_TO, files_of
from .servers import LIMIT, command_of, in_parallel, seen, serving, told

PAGE = HOW_TO / "fastapi.md"
NAMES_ITSELF = """

import os
from fastapi import Response


@app.get("/worker")
async def worker(prompt: str, request: Request, response: Response) -> str:
    response.headers["X-Worker"] = str(os.getpid())
    return await ask(prompt, request)
"""
ENDLESS = """

import asyncio


async def lions(task: Task) -> AsyncIterator[str]:
    while True:
        yield "x"
        await asyncio.sleep(0.01)


@app.get("/left")
async def left(request: Request) -> str:
    model = request.app.state.runtime.snapshot().models["lions"]
    return f"{model.bulkhead.in_flight} {model.metrics.cancelled}"
"""


def test_both_workers_answer_stream_and_refuse_with_a_status_and_end_in_time(
    tmp_path: Path,
) -> None:
    files = {"service.py": files_of(PAGE)["service.py"] + NAMES_ITSELF}
    command = command_of(PAGE, "service:app") + " --host 127.0.0.1 --port 0"
    with serving(files, tmp_path, command) as server:
        assert seen(server, PAGE) == told(PAGE)
        assert len(server.workers("/worker?prompt=hello", 2)) == 2
        answers = in_parallel(server, ["/ask?prompt=x"] * 16)
        assert {json.loads(answer.body) for answer in answers} == {"Lions sleep all day."}
        assert server.stop() < LIMIT / 2
    assert [line for line in server.complaints if "Traceback" not in line] == []
    assert "StreamInterruptedError" in server.log


@pytest.mark.guests
def test_a_client_that_goes_away_ends_the_call(tmp_path: Path) -> None:
    files = {"service.py": files_of(PAGE)["service.py"] + ENDLESS}
    command = command_of(PAGE, "service:app").replace(" --workers 2", "") + " --port 0"
    with serving(files, tmp_path, command) as server:
        server.leave("/stream?prompt=x")
        assert server.ask_until("/left", '"0 1"') == '"0 1"'
        assert server.stop() < LIMIT / 2
    assert server.complaints == []
