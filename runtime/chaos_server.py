"""A server with chaos, as a program asks it: with Python's own client, and no extra."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import orjson

from ..actors.policies.chaos.errors import ChaosRefusedError
from ..actors.policies.outcomes.errors import InvalidRequestError, ModelUnavailableError

WAIT = 30.0
"""Seconds for an answer."""
_MOST = 16 * 1024 * 1024


class ChaosServer:
    """Asks one server; `key` has the scope admin. Raises `InvalidRequestError` for its address."""

    def __init__(self, url: str, key: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise InvalidRequestError("hive_url should be like http://127.0.0.1:8080, without keys")
        self._url = url.rstrip("/")
        self._key = key
        # No proxy: the key goes to this server and to nothing else.
        self._opener = build_opener(ProxyHandler({}))

    def get(self, path: str) -> Mapping[str, Any]:
        """The object that it answers with. Raises `ChaosRefusedError` for what it refuses."""
        return self._ask("GET", path, None)

    def post(self, path: str, fields: Mapping[str, object]) -> Mapping[str, Any]:
        """As `get`, with a body."""
        return self._ask("POST", path, orjson.dumps(fields))

    def _ask(self, method: str, path: str, body: bytes | None) -> Mapping[str, Any]:
        headers = {"accept": "application/json", "content-type": "application/json"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        request = Request(self._url + path, body, headers, method=method)
        try:
            with self._opener.open(request, timeout=WAIT) as answer:
                found: Mapping[str, Any] = orjson.loads(answer.read(_MOST))
                return found
        except HTTPError as error:
            raise _refused(error) from None
        except (URLError, OSError, orjson.JSONDecodeError) as error:
            told = f"{self._url} does not answer: {type(error).__name__}"
            raise ModelUnavailableError(told) from None


def _refused(error: HTTPError) -> Exception:
    try:
        told = str(orjson.loads(error.read(_MOST))["error"]["message"])
    except (KeyError, TypeError, ValueError):
        told = f"the server answers {error.code}"
    return ChaosRefusedError(told)
