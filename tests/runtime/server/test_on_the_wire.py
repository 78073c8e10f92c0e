"""What only bytes on a connection show: hostile headers, and a server that calls itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive_resilience import ModelConfig, Runtime
from hive_resilience.config import RetryConfig

from .site_kit import USE, Counted, Reply, fleet, keys_in, site, story

BODY = b'{"model":"small","messages":[{"role":"user","content":"Hi"}]}'
PATH = "/v1/chat/completions"
JSON = "application/json"


def head(port: int, *lines: bytes) -> bytes:
    told = (b"host: 127.0.0.1:%d" % port, b"content-type: application/json", b"connection: close")
    length = b"content-length: %d" % len(BODY)
    first = f"POST {PATH} HTTP/1.1".encode()
    return b"\r\n".join([first, *told, length, *lines, b"", b""]) + BODY


def with_line(line: bytes) -> tuple[Reply, Counted]:
    model = Counted()

    async def tell() -> Reply:
        async with Runtime(fleet(model)) as runtime, site(runtime) as served:
            return await served.raw(head(served.port, line))

    return story(tell()), model


@pytest.mark.parametrize(
    "line", [b"x-request-id: a\0b", b"x-request-id: a\nset-cookie: b=c", b"traceparent: 00-\0"]
)
def test_a_header_that_breaks_out_of_its_line_is_refused(line: bytes) -> None:
    reply, model = with_line(line)

    assert reply.status in (200, 400)
    assert "set-cookie" not in reply.headers
    if reply.status == 200:  # the line was read as two, the second of which says nothing here
        assert "\0" not in reply.headers["x-request-id"]
        assert "set-cookie" not in model.tasks[0].headers
    else:
        assert model.calls == 0


@pytest.mark.parametrize("given", ["größe".encode(), b"\xff\xfe", b"a b", b"x" * 129])
def test_a_request_id_of_other_bytes_is_replaced(given: bytes) -> None:
    reply, model = with_line(b"x-request-id: " + given)

    assert reply.status == 200
    assert reply.headers["x-request-id"] == model.tasks[0].id
    assert given not in reply.headers["x-request-id"].encode()


@pytest.mark.parametrize("given", [b"\xff\xfe", b"00-\xc3\xa9-1-01"])
def test_a_traceparent_of_other_bytes_does_not_go_on(given: bytes) -> None:
    reply, model = with_line(b"traceparent: " + given)

    assert reply.status == 200
    assert "traceparent" not in model.tasks[0].headers


def test_a_server_that_is_its_own_model_ends_the_circle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_OF_THE_MODEL", USE)

    async def tell() -> tuple[Reply, int]:
        async with Runtime(fleet(Counted())) as runtime, site(runtime, keys_in(tmp_path)) as served:
            circle = ModelConfig(
                id="circle",
                endpoint=f"{served.url}/v1",
                api_key_env="KEY_OF_THE_MODEL",
                retry=RetryConfig(max_retries=0),
            )
            runtime.add_model(circle)
            reply = await served.ask(
                "POST", PATH, USE, BODY.replace(b"small", b"circle"), headers={"content-type": JSON}
            )
            return reply, runtime.model("circle").snapshot().metrics.attempts

    reply, calls = story(tell())

    assert reply.status >= 500
    assert calls == 3  # the request, and the two hops that are allowed
