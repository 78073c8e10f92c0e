"""Judges from outside: other programs that test servers, and the coding agents."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from ...executors.faulty_server import Request
from .. import answers_kit as good
from ..door_kit import Door, Reply, asked, front_door
from . import good_upstream
from .needs import AT, command, package
from .ports import free_port

PONG = good.chat({"content": "PONG"})


def run(
    *words: str, cwd: Path | None = None, timeout: float = 300.0, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=timeout,
    )


@contextmanager
def llmock(*options: str) -> Generator[str]:
    """The URL of a mock of ten providers, which can break them."""
    port = free_port()
    words = [command("llmock"), "serve", "--port", str(port), "--log-level", "error", *options]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                try:
                    httpx2.get(url, timeout=1)
                    break
                except httpx2.HTTPError:
                    time.sleep(0.1)
            yield url
        finally:
            process.terminate()


async def _unused(reply: Reply, request: Request) -> None:
    raise AssertionError("the model is elsewhere")


@pytest.mark.timeout(300)
def test_compatcanary_passes_all_seven() -> None:
    script = package("compatcanary") / "src" / "cli.js"
    with llmock() as url, front_door(_unused, endpoint=f"{url}/v1") as door:
        told = run(
            *("node", str(script), "scan", "--base-url", door.url, "--model", "m"),
            *("--profile", "modern", "--format", "json", "--fail-on", "any"),
        )
    report = json.loads(told.stdout)

    assert [one["status"] for one in report["results"]] == ["pass"] * 7, told.stdout


@pytest.mark.timeout(300)
def test_the_provider_check_passes_four_tiers() -> None:
    script = command("trustedrouter-provider-check")

    async def answer(reply: Reply, request: Request) -> None:
        if b"PONG" in request.body and not asked(request).get("stream"):
            await reply.whole(PONG)
        else:
            await good_upstream.answer(reply, request)

    with front_door(answer) as door:
        told = run(script, "--base-url", door.url, "--model", "m", "--tier", "4")

    assert "Conformance gate (Tiers 1-4): PASS" in told.stdout, told.stdout
    assert "FAIL" not in told.stdout
    assert told.returncode == 0


FAULTY = (
    *("--error-rate", "429=0.07", "--error-rate", "500=0.07", "--error-rate", "503=0.06"),
    *("--stream-fault", "disconnect=0.05", "--stream-fault", "truncate=0.05"),
    *("--stream-fault", "stall=0.05", "--stream-fault", "malformed=0.05"),
    *("--stream-stall-seconds", "5"),
)
"""One request in five fails, and one stream in five."""


@pytest.mark.timeout(600)
def test_llmock_finds_no_fault_with_how_its_faults_are_taken() -> None:
    """A caller asks again after a cut stream, as it is told to; all else is the server's work."""
    settings: dict[str, Any] = {
        "retry": {"max_retries": 1},
        "stream": {"idle": 1.0, "first_chunk": 1.0},
    }
    with (
        llmock(*FAULTY) as url,
        front_door(_unused, endpoint=f"{url}/v1", **settings) as door,
        openai.OpenAI(base_url=door.url, api_key="x", max_retries=0) as client,
    ):
        texts = [_answered(client, number) for number in range(200)]
        verdict = httpx2.get(f"{url}/_llmock/verdict", timeout=10).json()

    assert all(texts)
    assert verdict["errors"] == 0, verdict["findings"]


def _answered(client: openai.OpenAI, number: int) -> str:
    """The text of an answer, whole or streamed, with as many tries as an application has."""
    said: list[Any] = [{"role": "user", "content": f"Question {number}"}]
    for _ in range(8):
        try:
            if number % 2:
                found = client.chat.completions.create(model="m", messages=said)
                return found.choices[0].message.content or ""
            stream = client.chat.completions.create(model="m", messages=said, stream=True)
            return "".join(chunk.choices[0].delta.content or "" for chunk in stream)
        except openai.APIError as error:
            response = getattr(error, "response", None)
            time.sleep(float(response.headers.get("retry-after", 0)) if response else 0.1)
    raise AssertionError("eight times without an answer")


# The coding agents.

COMMAND = "echo the-tool-has-run > made.txt"
LAST = "All is done."


@pytest.mark.timeout(300)
def test_codex_finishes_a_loop_with_a_tool(tmp_path: Path) -> None:
    package("@openai/codex")
    script = Path(AT).absolute() / "node_modules" / ".bin" / "codex"
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "status": "completed"}

    async def answer(reply: Reply, request: Request) -> None:
        if not request.path.startswith("/v1/responses"):
            await reply.whole(b'{"error": {"message": "no"}}', 404)
            return
        fields = asked(request)
        has_run = any(i.get("type", "").endswith("call_output") for i in fields["input"])
        tool = _shell_of(fields.get("tools", []))
        item: dict[str, Any] = {**call, **tool} if not has_run else _message(LAST)
        await reply.events(*_items(item))
        await reply.end()

    with front_door(answer) as door:
        home = tmp_path / "home"
        home.mkdir()
        (home / "config.toml").write_text(_codex_settings(door))
        told = run(
            *(str(script), "exec", "--skip-git-repo-check", "--json"),
            *("--dangerously-bypass-approvals-and-sandbox", "Make a file."),
            cwd=tmp_path,
            CODEX_HOME=str(home),
            HIVE_KEY="unused",
        )

    assert (tmp_path / "made.txt").read_text() == "the-tool-has-run\n", told.stdout + told.stderr
    assert LAST in told.stdout
    assert told.returncode == 0


def _codex_settings(door: Door) -> str:
    return (
        'model = "m"\nmodel_provider = "hive"\n[model_providers.hive]\nname = "hive"\n'
        f'base_url = "{door.url}"\nwire_api = "responses"\nenv_key = "HIVE_KEY"\n'
        "request_max_retries = 1\nstream_max_retries = 1\n"
    )


def _shell_of(tools: list[Any]) -> dict[str, Any]:
    """A call of whichever of its tools runs commands."""
    names = {tool.get("name") for tool in tools}
    if "exec_command" in names:
        return {"name": "exec_command", "arguments": json.dumps({"cmd": COMMAND})}
    if "shell_command" in names:
        return {"name": "shell_command", "arguments": json.dumps({"command": COMMAND})}
    return {"name": "shell", "arguments": json.dumps({"command": ["sh", "-c", COMMAND]})}


def _message(text: str) -> dict[str, Any]:
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
    return {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def _items(item: dict[str, Any]) -> list[bytes]:
    return good.numbered(
        ("response.created", {"response": good.response([], "in_progress")}),
        ("response.output_item.added", {"output_index": 0, "item": item}),
        ("response.output_item.done", {"output_index": 0, "item": item}),
        ("response.completed", {"response": good.response([item])}),
    )


@pytest.mark.timeout(300)
def test_claude_code_finishes_a_loop_with_a_tool(tmp_path: Path) -> None:
    package("@anthropic-ai/claude-code")
    script = Path(AT).absolute() / "node_modules" / ".bin" / "claude"

    async def answer(reply: Reply, request: Request) -> None:
        if "/messages" not in request.path or "count_tokens" in request.path:
            await reply.whole(good.TOKENS)
            return
        fields = asked(request)
        has_run = b'"tool_result"' in request.body
        names = {tool.get("name") for tool in fields.get("tools", [])}
        if "Bash" in names and not has_run:
            await _message_reply(reply, fields, {"command": COMMAND, "description": "make"})
        else:
            await _message_reply(reply, fields, None)

    with front_door(answer) as door:
        told = run(
            *(str(script), "-p", "Make a file.", "--model", "m", "--output-format", "json"),
            *("--allowedTools", "Bash"),
            cwd=tmp_path,
            ANTHROPIC_BASE_URL=door.root,
            ANTHROPIC_AUTH_TOKEN="unused",
            ANTHROPIC_SMALL_FAST_MODEL="m",
            ANTHROPIC_DEFAULT_HAIKU_MODEL="m",
            CLAUDE_CONFIG_DIR=str(tmp_path / "home"),
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
            DISABLE_AUTOUPDATER="1",
        )

    assert (tmp_path / "made.txt").read_text() == "the-tool-has-run\n", told.stdout + told.stderr
    assert LAST in told.stdout
    assert told.returncode == 0


async def _message_reply(reply: Reply, fields: Any, tool: dict[str, Any] | None) -> None:
    if tool is None:
        block: dict[str, Any] = {"type": "text", "text": ""}
        delta, why = {"type": "text_delta", "text": LAST}, "end_turn"
        whole = good.message([{"type": "text", "text": LAST}])
    else:
        block = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(tool)}
        why, whole = "tool_use", good.message([{**block, "input": tool}], "tool_use")
    if not fields.get("stream"):
        await reply.whole(whole)
        return
    await reply.events(*good.message_events(block, [delta], why))
    await reply.end()


@pytest.mark.timeout(300)
def test_the_clients_of_npm_get_what_the_upstream_sends() -> None:
    package("openai")
    script = str(Path(__file__).with_name("clients.mjs"))
    with front_door(good_upstream.answer) as door:
        told = run("node", script, "good", AT, door.url, door.upstream.url)
    assert told.returncode == 0, told.stderr
    found: dict[str, dict[str, Any]] = {}
    for line in told.stdout.splitlines():
        one = json.loads(line)
        found.setdefault(one["url"], {})[one["name"]] = one["found"]

    assert len(found[door.url]) == 17
    assert found[door.url] == found[door.upstream.url]
