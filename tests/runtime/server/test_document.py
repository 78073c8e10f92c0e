"""The OpenAPI document says what the server does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from hive_resilience.config.values.families import Family
from hive_resilience.runtime.server.document import document as written
from hive_resilience.runtime.server.document.document import document
from hive_resilience.runtime.server.document.operations import STATUSES, TOLD
from hive_resilience.runtime.server.document.schemas import SCHEMAS
from hive_resilience.runtime.server.routes import BELOW, ROUTES, Route

from .site_kit import ADMIN, READ, SMALL, USE, Reply, guarded, story

ALL = {**ROUTES, **BELOW}
OPERATIONS = [
    (path, method, operation)
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
    if method != "parameters"
]


REF = re.compile(r'"#/components/[a-zA-Z]+/([^"]+)"')


def fitting(found: Reply, path: str, method: str) -> Any:
    """The body of an answer, which fits what the document says of this path and status."""
    whole = document()
    told = whole["paths"][path][method]["responses"][str(found.status)]
    assert found.headers["content-type"] in told["content"]
    for name in told["headers"]:
        assert name in whole["components"]["headers"]
    schema = {**told["content"]["application/json"]["schema"], "components": whole["components"]}
    jsonschema.validate(found.json(), schema, jsonschema.Draft202012Validator)
    return found.json()


def test_it_is_a_valid_document() -> None:
    validate(document())


def test_every_route_is_in_it_with_its_methods() -> None:
    told = {(path, method.upper()) for path, method, _ in OPERATIONS}

    assert told == {(path, m) for path, one in ALL.items() for m in one.methods if m != "HEAD"}


def test_nothing_is_described_that_is_not_there() -> None:
    assert set(TOLD) == set(ALL)
    used = set(REF.findall(json.dumps(document())))
    assert set(SCHEMAS) - used == set()
    assert {status for one in TOLD.values() for status in one.statuses} == set(STATUSES)


def test_a_route_without_a_description_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "ROUTES", {**ROUTES, "/v1/new": Route("call", ("POST",), None)})

    with pytest.raises(KeyError, match="/v1/new"):
        document()


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(names) == len(set(names))


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_it_says_which_key_a_path_needs(path: str, method: str, operation: Any) -> None:
    needs = ALL[path].scope

    assert operation.get("x-hive-scope") == (None if needs is None else str(needs))
    assert bool(operation["security"]) is (needs is not None)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_errors_have_the_shape_of_their_family(path: str, method: str, operation: Any) -> None:
    is_message = ALL[path].dialect.family in (Family.MESSAGE, Family.MESSAGE_TOKENS)
    shape = "AnthropicError" if is_message else "OpenAIError"
    for status, told in operation["responses"].items():
        if status != "200" and path != "/readyz":
            schema = told["content"]["application/json"]["schema"]
            assert schema == {"$ref": f"#/components/schemas/{shape}"}


def test_bodies_are_open_and_name_what_has_to_be_there() -> None:
    for name in ("ChatRequest", "MessageRequest", "ResponseRequest", "InputRequest"):
        assert "additionalProperties" not in SCHEMAS[name]
        assert "model" in SCHEMAS[name]["required"]


def test_the_server_gives_it_to_everybody(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            return await served.get("/openapi.json")

    assert story(tell()).json() == document()


CHAT = {"model": SMALL, "messages": [{"role": "user", "content": "Hi"}]}
ANSWERS: list[tuple[str, str, str, object, int]] = [
    ("get", "/healthz", "", None, 200),
    ("get", "/readyz", "", None, 200),
    ("get", "/v1/models", USE, None, 200),
    ("get", "/v1/models/{id}", USE, None, 200),
    ("post", "/v1/chat/completions", USE, CHAT, 200),
    ("post", "/v1/chat/completions", USE, {}, 400),
    ("post", "/v1/chat/completions", "k-wrong", CHAT, 401),
    ("post", "/v1/chat/completions", READ, CHAT, 403),
    ("post", "/v1/chat/completions", USE, {**CHAT, "model": "smal"}, 404),
    ("post", "/v1/completions", USE, {"model": SMALL, "prompt": "Hi"}, 200),
    ("post", "/v1/responses", USE, {"model": SMALL, "input": "Hi"}, 200),
    ("post", "/v1/messages", USE, {**CHAT, "max_tokens": 9}, 200),
    ("post", "/v1/messages", USE, {}, 400),
    ("post", "/v1/messages", "k-wrong", {}, 401),
    ("post", "/v1/messages", USE, {**CHAT, "model": "smal", "max_tokens": 9}, 404),
    ("post", "/v1/tasks", USE, {"payload": "Hi"}, 200),
    ("post", "/v1/tasks", USE, {"payloads": "Hi"}, 400),
    ("get", "/metrics", READ, None, 403),
    ("get", "/admin/snapshot", READ, None, 200),
    ("get", "/admin/models", READ, None, 200),
    ("get", "/admin/models/{id}", READ, None, 200),
    ("post", "/admin/models/{id}/{verb}", ADMIN, {}, 200),
    ("post", "/admin/models/{id}/{verb}", ADMIN, {"reason": 1}, 400),
    ("post", "/admin/reload", ADMIN, {}, 400),
    ("post", "/admin/drain", ADMIN, {}, 200),
]


@pytest.mark.parametrize(("method", "path", "key", "body", "status"), ANSWERS)
def test_answers_are_as_it_says(
    tmp_path: Path, method: str, path: str, key: str, body: object, status: int
) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            target = path.replace("{id}", SMALL).replace("{verb}", "trip")
            told = b"" if body is None else body
            return await served.ask(method.upper(), target, key or None, told)

    found = story(tell())

    assert found.status == status
    fitting(found, path, method)
