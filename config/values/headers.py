"""Headers of one's own, sent with each request: plain values, and places where secret ones are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from .redaction import is_secret, looks_like_a_key
from .secrets import variable_name, whole_path

HeaderValue = str | Mapping[str, str]
"""The value itself, `{"env": NAME}` or `{"file": PATH}`."""

_NAME = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_OF_THE_CLIENT = frozenset(
    {
        *("connection", "content-encoding", "content-length", "expect", "host", "keep-alive"),
        *("proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding"),
        *("accept-encoding", "content-type", "upgrade"),
    }
)
"""What the client writes itself, or the exchange would break."""
_NAMED = "a key is not written into settings: {env: NAME} or {file: PATH} says where it is"


def checked_headers(given: Mapping[str, HeaderValue]) -> Mapping[str, HeaderValue]:
    """The headers with whole paths; raises `ValueError`, which quotes no value."""
    if len({name.lower() for name in given}) < len(given):
        raise ValueError("a header is there twice; capitals make no difference")
    for name, value in given.items():
        if re.fullmatch(_NAME, name) is None:
            raise ValueError(f"{name[:40]!r} is no name of a header")
        if name.lower() in _OF_THE_CLIENT:
            raise ValueError(f"{name} is written by the client itself")
        _check_value(name, value)
    return {name: _with_whole_path(value) for name, value in given.items()}


def _with_whole_path(value: HeaderValue) -> HeaderValue:
    if isinstance(value, str) or "file" not in value:
        return value
    return {"file": whole_path(value["file"])}


def _check_value(name: str, value: HeaderValue) -> None:
    if isinstance(value, str):
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise ValueError(f"the value of {name} has characters that no header can carry")
        if is_secret(name) or looks_like_a_key(value):
            raise ValueError(f"{name}: {_NAMED}")
        return
    match dict(value):
        case {"env": str(variable), **rest} if not rest:
            variable_name(variable)
        case {"file": str(path), **rest} if not rest and path:
            return
        case _:
            raise ValueError(f"{name} should be a text, {{env: NAME}} or {{file: PATH}}")


def _place(key: str, text: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {key: {"type": "string", **text}},
        "required": [key],
        "additionalProperties": False,
    }


Headers = Annotated[
    Mapping[str, HeaderValue],
    AfterValidator(checked_headers),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": f"^{_NAME}$"},
            "additionalProperties": {
                "anyOf": [
                    {"type": "string"},
                    _place("env", {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}),
                    _place("file", {"minLength": 1}),
                ]
            },
        }
    ),
]
"""Names and values of headers."""
