from __future__ import annotations

import asyncio
import json
import signal
import socket
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.runtime.cli.serve import command
from hive_resilience.runtime.cli.serve.command import serve_fleet
from hive_resilience.runtime.cli.serve.options import ServeOptions
from hive_resilience.runtime.server.keys.entry import KeyEntry
from hive_resilience.runtime.server.keys.issuing import add, revoke
from hive_resilience.runtime.server.keys.key import digest_of

from ..command_kit import HeldModel, running, story


def settings(folder: Path, content: object = None) -> Path:
    path = folder / "settings.json"
    usable = {"models": {"m": {"endpoint": "http://127.0.0.1:9/v1"}}}
    path.write_text(json.dumps(usable if content is None else content))
    return path


def refused(options: ServeOptions, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = serve_fleet(options)
    told = capsys.readouterr()
    assert told.out == ""
    return code, told.err


def keys_of(folder: Path, *keys: str) -> Path:
    path = folder / "keys.yml"
    for number, key in enumerate(keys):
        add(path, KeyEntry(id=f"holder{number}", sha256=digest_of(key).hex()))
    return path


async def asked(port: int, prompt: str, key: str | None = None) -> tuple[int, Any]:
    """Status and body of one chat completion."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"model": "echo", "messages": [{"role": "user", "content": prompt}]})
    bearer = "" if key is None else f"Authorization: Bearer {key}\r\n"
    try:
        writer.write(request(port, bearer, body))
        answer = await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
    head, _, content = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), json.loads(content)


def request(port: int, bearer: str, body: str) -> bytes:
    return (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{bearer}"
        "Content-Type: application/json\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def announced(process: Any) -> tuple[str, int]:
    """The line at the start, and the port in it."""
    line = (await process.stdout.readline()).decode()
    return line, int(line.partition(";")[0].rpartition(":")[2])


def test_a_fleet_is_served_until_it_is_told_to_stop(tmp_path: Path) -> None:
    async def serve() -> None:
        async with (
            HeldModel("held") as model,
            running("serve", model.settings(tmp_path), "--port", "0") as server,
        ):
            line, port = await announced(server)
            assert line == (
                f"hive-resilience: http://127.0.0.1:{port}; models: echo; "
                "no keys, for this machine alone\n"
            )
            held = asyncio.create_task(asked(port, "held"))
            await model.has("held")
            server.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.1)
            model.let_go("held")

            status, body = await held
            assert (status, body["choices"][0]["message"]["content"]) == (200, "echo held")
            assert await server.wait() == 0
            assert await server.stdout.read() == b""

    story(serve())


def test_a_revoked_key_is_refused_without_a_restart(tmp_path: Path) -> None:
    keys = keys_of(tmp_path, "hive-one", "hive-two")

    async def serve() -> None:
        async with (
            HeldModel() as model,
            running(
                *("serve", model.settings(tmp_path), "--port", "0", "--keys", str(keys))
            ) as server,
        ):
            line, port = await announced(server)
            assert line.endswith("; 2 keys\n")
            assert (await asked(port, "a", "hive-one"))[0] == 200
            assert (await asked(port, "b"))[0] == 401

            revoke(keys, "holder0")
            server.send_signal(signal.SIGHUP)
            while (await asked(port, "c", "hive-one"))[0] != 401:
                await asyncio.sleep(0.02)
            assert (await asked(port, "d", "hive-two"))[0] == 200

            server.send_signal(signal.SIGINT)
            _, log = await server.communicate()
            assert b"hive-one" not in log
            assert b"Traceback" not in log

    story(serve())


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_other_machines_are_served_with_keys_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    code, told = refused(ServeOptions(settings(tmp_path), host=host, port=0), capsys)

    assert code == 2
    assert "hive-resilience key new" in told


def test_a_port_that_is_taken_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        code, told = refused(ServeOptions(settings(tmp_path), port=port), capsys)

    assert code == 1
    assert told == (
        f"hive-resilience: 127.0.0.1:{port} cannot be had: Address already in use; "
        "--host and --port choose another\n"
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"drain": "soon"}, "--drain: write a span of time as"),
        ({"drain": "0s"}, "--drain: should be greater than 0"),
        ({"keys": Path("nowhere.yml")}, "nowhere.yml: cannot be read"),
        ({"config": Path("nowhere.yml")}, "nowhere.yml: cannot be read"),
    ],
)
def test_what_cannot_be_used_is_told(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: dict[str, Any],
    told: str,
) -> None:
    given: dict[str, Any] = {"config": settings(tmp_path), "port": 0, **options}

    code, said = refused(ServeOptions(**given), capsys)

    assert (code, told in said, "Traceback" in said) == (2, True, False)


def test_a_host_that_has_no_address_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = refused(ServeOptions(settings(tmp_path), host="no.such.invalid"), capsys)

    assert (code, "no.such.invalid:8080 cannot be had" in told) == (1, True)


def test_a_missing_extra_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_uvicorn(name: str) -> ModuleSpec | None:
        return None if name == "uvicorn" else find_spec(name)

    monkeypatch.setattr(command, "find_spec", without_uvicorn)

    code, told = refused(ServeOptions(settings(tmp_path)), capsys)

    assert (code, told) == (
        1,
        "hive-resilience: serve needs uvicorn: pip install 'hive-resilience[serve]'\n",
    )
