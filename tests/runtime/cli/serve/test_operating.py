"""The commands for a running server, against a running server."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from hive_resilience import Runtime
from hive_resilience.runtime.cli.serve import operating
from hive_resilience.runtime.cli.serve.remote import KEY_VARIABLE, Place

from ...server.site_kit import (
    ADMIN,
    BIG,
    EXPIRED,
    READ,
    SMALL,
    USE,
    Counted,
    Site,
    fleet,
    guarded,
    keys_in,
    site,
    story,
)
from ..command_kit import COMMAND

Work = Callable[[Place], int]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of an operator, where the commands look for one."""
    monkeypatch.setenv(KEY_VARIABLE, ADMIN)


async def done(served: Site, work: Work) -> int:
    return await asyncio.to_thread(work, Place(served.url))


def run(folder: Path, *works: Work) -> list[int]:
    """The exit codes of commands, one after the other, on one server."""

    async def tell() -> list[int]:
        async with guarded(folder) as served:
            return [await done(served, work) for work in works]

    return story(tell())


def listing(as_json: bool = False) -> Work:
    return lambda place: operating.list_models(place, as_json=as_json)


def operation(verb: str, model_id: str = SMALL, reason: str = "") -> Work:
    return lambda place: operating.operate(place, model_id, verb, reason, as_json=False)


def refused(work: Work, place: Place, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = work(place)
    told = capsys.readouterr()
    assert told.out == ""
    return code, told.err


def test_the_list_has_a_line_for_each_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, operation("trip"), listing()) == [0, 0]

    lines = capsys.readouterr().out.splitlines()
    told = [line.split() for line in lines if line.strip()]
    assert told[1][:2] == ["model", "status"]
    assert told[3][:4] == [BIG, "available", "closed", "0"]
    assert told[4][:3] == [SMALL, "unavailable", "open,"]


def test_a_pipe_gets_whole_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "provider/" + "long-name-" * 15

    async def tell() -> None:
        config = fleet(Counted())
        models = (config.models[0].model_copy(update={"id": name}),)
        runtime = Runtime(config.model_copy(update={"models": models}))
        async with runtime, site(runtime, keys_in(tmp_path)) as served:
            await done(served, listing())

    story(tell())

    line = next(line for line in capsys.readouterr().out.splitlines() if name in line)
    assert line.split()[1:3] == ["available", "closed"]


def test_json_is_what_the_server_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, listing(as_json=True)) == [0]

    found = json.loads(capsys.readouterr().out)
    assert [one["model_id"] for one in found["models"]] == [BIG, SMALL]


@pytest.mark.parametrize("model_id", [BIG, SMALL])
def test_a_model_is_operated_and_its_state_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], model_id: str
) -> None:
    verbs = ["maintenance", "leave_maintenance", "force_open", "reset", "restart", "check_health"]

    assert run(tmp_path, *(operation(verb, model_id) for verb in verbs)) == [0] * len(verbs)

    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"{model_id}: maintenance, breaker closed"
    assert told[2] == f"{model_id}: unavailable, breaker forced_open"
    assert told[3] == f"{model_id}: available, breaker closed"


def test_an_unknown_model_is_refused_with_the_near_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, operation("trip", "smal")) == [1]

    assert "did you mean 'small'?" in capsys.readouterr().err


def test_an_illegal_move_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, operation("force_open"), operation("trip")) == [0, 1]

    assert "reset" in capsys.readouterr().err


def test_a_model_id_is_no_way_to_another_path(tmp_path: Path) -> None:
    strange = ["../drain?", "a\r\nx: y", "%2e%2e", "", "/", "a#b", "ä"]

    assert run(tmp_path, *(operation("trip", name) for name in strange)) == [1] * len(strange)


def test_a_drained_server_says_what_remains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, lambda place: operating.drain(place, 1.0, as_json=False)) == [0]

    assert "nothing is under way" in capsys.readouterr().out


def test_a_reload_says_what_has_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "settings.json"
    small: dict[str, Any] = {"endpoint": "http://127.0.0.1:9/v1"}
    path.write_text(json.dumps({"models": {"small": small}}))

    async def tell() -> list[int]:
        async with Runtime.from_file(path) as runtime, site(runtime, keys_in(tmp_path)) as served:
            path.write_text(json.dumps({"models": {"small": {**small, "timeout": 7}}}))
            good = await done(served, lambda place: operating.reload(place, as_json=False))
            path.write_text(json.dumps({"models": {"small": {**small, "timeout": -7}}}))
            return [good, await done(served, lambda place: operating.reload(place, as_json=False))]

    assert story(tell()) == [0, 1]

    told = capsys.readouterr()
    assert told.out == "reloaded: small: timeout\n"
    assert "settings.json" in told.err
    assert "timeout" in told.err


# What cannot be asked.


def test_a_wrong_key_is_told_apart_from_a_key_that_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    for presented in ("k-wrong", EXPIRED, "", USE, READ):
        monkeypatch.setenv(KEY_VARIABLE, presented)
        assert run(tmp_path, operation("trip")) == [2]
        told.append(capsys.readouterr().err)

    unknown, expired, missing, user, reader = told
    assert "does not know the key" in unknown
    assert KEY_VARIABLE in unknown
    assert "expired" in expired
    assert "--key-file" in missing
    assert "lacks the scope admin" in user
    assert "key new --scope admin" in reader
    assert "k-wrong" not in unknown


def test_a_key_may_be_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(KEY_VARIABLE)
    path = tmp_path / "key"
    path.write_text(ADMIN + "\n")

    def work(place: Place) -> int:
        return operating.list_models(Place(place.url, key_file=path), as_json=False)

    assert run(tmp_path, work) == [0]
    assert SMALL in capsys.readouterr().out


def test_where_no_server_is_the_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    code, told = refused(listing(), Place(f"http://127.0.0.1:{port}"), capsys)

    assert (code, f"no server listens at http://127.0.0.1:{port}" in told) == (2, True)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8080", "ftp://a", "http://", "http://a:b", "http://u:p@a", "http://a?k=1"]
)
def test_an_address_that_is_none_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = refused(listing(), Place(url), capsys)

    assert (code, "--url" in told) == (2, True)


@pytest.mark.parametrize("content", [b"two words", b"\xff\xfe", "schlüssel".encode(), None])
def test_a_file_without_a_key_is_refused(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)

    code, told = refused(listing(), Place("http://127.0.0.1:9", key_file=path), capsys)

    assert (code, str(path) in told) == (2, True)


ANSWERS = [
    b"SSH-2.0-OpenSSH\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
    b'HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{"models": [1]}',
    b"",
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_another_server_is_told_apart(answer: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async def tell() -> int:
        async with await asyncio.start_server(reply, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await asyncio.to_thread(listing(), Place(f"http://127.0.0.1:{port}"))

    assert story(tell()) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_key_that_goes_over_a_network_in_the_clear_is_worth_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = Place("http://no-such-host.invalid")

    assert listing()(place) == 2
    assert "without TLS" in capsys.readouterr().err


def test_a_terminal_gets_a_table_of_its_width(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Console, "is_terminal", property(lambda _: True))
    monkeypatch.setenv("COLUMNS", "60")

    assert run(tmp_path, listing()) == [0]
    lines = map(Text.from_ansi, capsys.readouterr().out.splitlines())
    assert max(line.cell_len for line in lines) <= 60


# As a process.


@pytest.mark.parametrize("arguments", [["model", "list"], ["model", "maintenance", BIG], ["drain"]])
def test_the_command_asks_the_server(tmp_path: Path, arguments: list[str]) -> None:
    async def tell() -> tuple[int | None, str]:
        async with guarded(tmp_path) as served:
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                *arguments,
                *("--url", served.url, "--key-env", "OTHER"),
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, "OTHER": ADMIN},
            )
            out, _ = await process.communicate()
            return process.returncode, out.decode()

    code, out = story(tell())

    assert code == 0
    assert out
