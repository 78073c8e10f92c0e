"""The list of what a caller may name, in the shape that both families of clients read."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import orjson

from .failures import refused
from .keys.key import Key
from .names import Names
from .routes import MODELS


class ModelList:
    """`/v1/models`, from the settings alone: no model is asked."""

    def __init__(self) -> None:
        self._since = int(time.time())

    def all(self, names: Names, key: Key | None) -> bytes:
        """The whole list. Models that are out are in it too."""
        found = [self._entry(name) for name in names.all(_allowed(key))]
        ends = {"first_id": found[0]["id"], "last_id": found[-1]["id"]} if found else {}
        return orjson.dumps({"object": "list", "data": found, "has_more": False, **ends})

    def one(self, path: str, names: Names, key: Key | None) -> bytes:
        """One of the list. Raises `Refused` where it is not in it."""
        name = path.removeprefix(MODELS)
        if name not in names.all(_allowed(key)):
            raise refused(404, "model_not_found", f"there is no model {name[:100]!r}")
        return orjson.dumps(self._entry(name))

    def _entry(self, name: str) -> dict[str, Any]:
        created = datetime.fromtimestamp(self._since, UTC)
        return {
            "id": name,
            "object": "model",
            "type": "model",
            "created": self._since,
            "created_at": created.isoformat().replace("+00:00", "Z"),
            "owned_by": "hive-resilience",
            "display_name": name,
        }


def _allowed(key: Key | None) -> frozenset[str] | None:
    return None if key is None else key.models
