"""Fields of a request that a model's settings have ready for payloads without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, WithJsonSchema

from .redaction import looks_like_a_key

_OF_THE_TASK = ("messages", "model", "prompt", "stream")


def checked_params(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields as they are; raises `ValueError`, which quotes no value."""
    for name in _OF_THE_TASK:
        if name in given:
            raise ValueError(f"{name} comes with a task, or is a setting of its own")
    for name, value in given.items():
        if isinstance(value, str) and looks_like_a_key(value):
            raise ValueError(f"{name}: a key is not written into settings")
    return checked_json(given)


def checked_json(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object as it is; raises `ValueError` where JSON has no spelling for it."""
    try:
        orjson.dumps(given)
    except orjson.JSONEncodeError as error:
        raise ValueError(f"cannot be written as JSON: {error}") from error
    return given


Params = Annotated[
    Mapping[str, Any],
    AfterValidator(checked_params),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"not": {"enum": list(_OF_THE_TASK)}},
            "additionalProperties": True,
        }
    ),
]
"""Fields of a request, and their values."""
