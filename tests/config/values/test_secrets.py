"""Secrets are named, never written; one that is planted anyway shows up nowhere."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from traceback import TracebackException
from typing import Any

import pytest
from pydantic import ValidationError

from hive_resilience import ModelConfig, RetryConfig, Runtime, Task
from hive_resilience.config import dump_config
from hive_resilience.config.export.schema import schema
from hive_resilience.config.loading.environment import Variables
from hive_resilience.config.loading.load import load_config, read, read_with_places
from hive_resilience.config.loading.sources import settings_of
from hive_resilience.errors import ConfigurationError, ModelAuthenticationError
from hive_resilience.events import Event
from hive_resilience.runtime.executors.http.api_key import ApiKey

from ...runtime.executors.faulty_server import FaultyServer, answer, completion

Write = Callable[[str, str], Path]
SECRET = "sk-planted-4711"


@pytest.mark.parametrize(
    "text",
    [
        f"models: {{a: {{apiKey: {SECRET}}}}}",
        f"models: {{a: {{api_key_env: {SECRET}}}}}",
        f"models: {{a: {{apiKeyEnv: [{SECRET}]}}}}",
        f"models: {{a: {{apiKeyFile: [{SECRET}]}}}}",
        f"models: {{a: {{apiKeyFile: {SECRET}, apiKeyEnv: A}}}}",
        f"models: {{a: {{weight: {SECRET}}}}}",
        f"models: {{a: {{provider: [{SECRET}]}}}}",
        f"models: {{a: {{endpoint: 'https://me:{SECRET}@host/v1'}}}}",
        f"models: {{a: {{endpoint: 'https://{SECRET}@host/v1'}}}}",
        f"models: {{a: {{endpoint: 'https://host/v1?api_key={SECRET}'}}}}",
        f"models: {{a: {{endpoint: 'https://host/v1?sig={SECRET}'}}}}",
        f"models: {{a: {{endpoint: 'https://host/v1?k={SECRET}'}}}}",
        f"models: {{a: {{endpoint: 'https://host/v1?{SECRET}'}}}}",
        f"models: {{a: {{endpoint: 'https://host/v1#token={SECRET}'}}}}",
        f"models: {{a: {{healthCheck: {{endpoint: 'https://u:{SECRET}@host/'}}}}}}",
        f"models: {{a: {{healthCheck: {{endpoint: '{SECRET}'}}}}}}",
        f"models: {{a: {{healthCheck: {{endpoint: 'https://host/?token={SECRET}'}}}}}}",
        f"global: {{secret: {SECRET}}}",
        f"routing: {{apiKey: {SECRET}}}",
        f"groups: {{g: {{models: [a], password: {SECRET}}}}}\nmodels: {{a: }}",
        f"api_key: {SECRET}\nx: [",
    ],
)
def test_no_mistake_in_a_file_shows_one(write: Write, text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(write("a.yml", text), environ={})

    assert SECRET not in f"{caught.value} {caught.value.problems!r} {vars(caught.value)}"
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "key",
    [
        "hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567",
        "gsk_AbCdEfGhIjKlMnOpQrSt",
        "AKIAIOSFODNN7EXAMPLE",
        "a1b2c3d4e5f60718293a4b5c6d7e8f90",
    ],
)
def test_a_key_that_could_be_the_name_of_a_variable_is_none(write: Write, key: str) -> None:
    with pytest.raises(ConfigurationError, match="name of an environment variable") as caught:
        read(write("a.yml", f"models: {{a: {{apiKeyEnv: {key}}}}}"), environ={})

    assert key not in str(caught.value)


@pytest.mark.parametrize("name", ["HF_TOKEN", "XAI_API_KEY", "openai_key", "SK"])
def test_names_of_variables_are_no_keys(name: str) -> None:
    assert ModelConfig(id="a", api_key_env=name).api_key_env == name


def test_no_mistake_in_the_environment_a_dotenv_file_or_an_argument_shows_one(
    write: Write,
) -> None:
    path = write("a.yml", "models: {a: }")
    write(".env", f"RESILIENCE_A_API_KEY={SECRET}\n{SECRET} {SECRET}\nRESILIENCE_A_WEIGHT={SECRET}")
    environ = {"RESILIENCE_A_API_KEY_ENV": SECRET, "RESILIENCE_A_TIMEOUT": SECRET}
    overrides = {"models": {"a": {"api_key": SECRET, "endpoint": f"http://u:{SECRET}@h"}}}

    with pytest.raises(ConfigurationError) as caught:
        read(path, environ=environ, overrides=overrides)

    assert len(caught.value.problems) == 7
    assert SECRET not in f"{caught.value} {caught.value.problems!r} {vars(caught.value)}"


@pytest.mark.parametrize(
    "fields",
    [
        {"api_key_env": SECRET},
        {"api_key": SECRET},
        {"endpoint": f"https://me:{SECRET}@host"},
        {"timeout": SECRET},
    ],
)
def test_pydantic_quotes_no_input(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        ModelConfig(id="a", **fields)

    assert SECRET not in str(caught.value)


def test_a_key_from_a_file_is_sent_anew_at_each_call(tmp_path: Path) -> None:
    key = tmp_path / "key"

    async def main() -> list[str]:
        hello = answer(200, completion(finish_reason="stop"))
        async with FaultyServer(hello, hello) as server:
            one = ModelConfig(id="a", endpoint=server.base_url, api_key_file=str(key))
            async with Runtime(models=[one]) as runtime:
                for content in ("first\n", "\ufeffsecond"):
                    key.write_text(content, "utf-8")
                    (await runtime.execute(Task("hi"))).unwrap()
            return [request.headers["authorization"] for request in server.requests]

    assert asyncio.run(main()) == ["Bearer first", "Bearer second"]


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read: No such file"), ("", "not set or empty"), ("a\nb", "no header")],
)
def test_a_file_without_a_key_is_named_in_the_error(
    tmp_path: Path, content: str | None, told: str
) -> None:
    key = tmp_path / "key"
    if content is not None:
        key.write_text(content)

    async def main() -> str:
        one = ModelConfig(id="a", endpoint="http://127.0.0.1:9/v1", api_key_file=str(key))
        async with Runtime(models=[one]) as runtime:
            result = await runtime.execute(Task("hi"))
            return "; ".join(str(record.error) for record in result.attempts)

    error = asyncio.run(main())

    assert str(key) in error
    assert told in error


@pytest.mark.parametrize("provider", [None, "openai", "anthropic"])
@pytest.mark.parametrize("served", [400, 401, 500, None])
def test_no_traceback_shows_one_with_its_local_variables(
    monkeypatch: pytest.MonkeyPatch, provider: str | None, served: int | None
) -> None:
    monkeypatch.setenv("PLANTED", SECRET)

    async def main() -> BaseException | None:
        refusal = answer(served or 500, {"error": {"message": f"the key {SECRET} is not known"}})
        async with FaultyServer(refusal) as server:
            url = "http://127.0.0.1:9/v1" if served is None else server.base_url
            one = ModelConfig(
                id="a",
                endpoint=url,
                provider=provider,
                api_key_env="PLANTED",
                retry=RetryConfig(max_retries=0),
            )
            async with Runtime(models=[one]) as runtime:
                return (await runtime.execute(Task("hi"))).attempts[0].error

    error = asyncio.run(main())

    assert error is not None
    told = "".join(TracebackException.from_exception(error, capture_locals=True).format())
    assert " = " in told  # it shows local variables at all
    assert SECRET not in told


def test_a_key_that_no_header_can_carry_is_in_no_local_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLANTED", f"{SECRET}é")

    with pytest.raises(ModelAuthenticationError) as caught:
        ApiKey("PLANTED").read("a")

    told = "".join(TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "Key(...)" in told
    assert SECRET not in told


def test_a_key_that_is_used_shows_up_nowhere(
    write: Write, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("PLANTED", SECRET)
    key = write("key", SECRET)
    told: list[object] = []

    async def main() -> None:
        refusal = answer(401, {"error": {"message": f"the key {SECRET} is not known"}})
        async with FaultyServer(refusal, refusal) as server:
            path = write(
                "a.yml",
                f"models:\n"
                f"  env: {{endpoint: '{server.base_url}', apiKeyEnv: PLANTED, maxRetries: 0}}\n"
                f"  file: {{endpoint: '{server.base_url}', apiKeyFile: '{key}', maxRetries: 0}}\n",
            )
            config = load_config(path, environ={})
            found, draft = read_with_places(path, Variables({}))
            told.extend([config, dump_config(config), list(settings_of(found, draft)), schema()])
            async with Runtime(config) as runtime:
                runtime.subscribe(lambda event: told.append(event))
                result = await runtime.execute(Task("hi"))
                assert len(server.requests) == 2
                assert all(SECRET in one.headers["authorization"] for one in server.requests)
                told.extend([result, result.error, *result.attempts, runtime.snapshot()])
                told.append(runtime.snapshot().to_json())

    asyncio.run(main())

    assert any(isinstance(one, Event) for one in told)
    for one in [*told, *caplog.messages, caplog.text]:
        assert SECRET not in f"{one} {one!r}"
