"""A running server as the commands ask it: one request each, with the key of an operator."""

from __future__ import annotations

import http.client
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

from ....config.values.words import printable
from ...server.dialects.dialect import is_object

DEFAULT_URL = "http://127.0.0.1:8080"
KEY_VARIABLE = "HIVE_RESILIENCE_ADMIN_KEY"
USUAL_WAIT = 30.0
"""Seconds for an answer."""
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_MOST = 64 * 1024 * 1024
_LONGEST_KEY = 512


class NotAskedError(Exception):
    """The server could not be asked: it is not there, or does not take the key."""


class RefusedError(Exception):
    """The server was asked, and refused."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which server, and where its key is."""

    url: str = DEFAULT_URL
    key_env: str = KEY_VARIABLE
    key_file: Path | None = None


class Remote:
    """Asks one server. Raises `NotAskedError` for an address or a key that cannot be used."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._url = place.url.rstrip("/")
        self._host, self._port, self._path, self._secure = _parts(place.url)
        self._key = _key(place)

    @property
    def is_exposed(self) -> bool:
        """Whether the key goes over a network for everybody to read."""
        return self._key is not None and not self._secure and not _is_here(self._host)

    def get(
        self, path: str, headers: Mapping[str, str] = NO_HEADERS, *, wait: float = USUAL_WAIT
    ) -> Mapping[str, Any]:
        """The object that the server answers with. Raises `NotAskedError`, `RefusedError`."""
        return self._ask("GET", path, None, wait, headers)

    def post(
        self, path: str, fields: Mapping[str, object], *, wait: float = USUAL_WAIT
    ) -> Mapping[str, Any]:
        """As `get`; `wait` is seconds for the answer."""
        return self._ask("POST", path, orjson.dumps(fields), wait)

    def fetch(self, path: str, query: Mapping[str, str], *, wait: float = USUAL_WAIT) -> bytes:
        """What the server answers with, as it is. Raises as `get` does."""
        status, found = self._exchange("GET", f"{quote(path)}?{urlencode(query)}", None, wait)
        if status != 200:
            self._understood(status, found)
        return found

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None,
        wait: float,
        more: Mapping[str, str] = NO_HEADERS,
    ) -> Mapping[str, Any]:
        return self._understood(*self._exchange(method, quote(path), body, wait, more))

    def _exchange(
        self,
        method: str,
        target: str,
        body: bytes | None,
        wait: float,
        more: Mapping[str, str] = NO_HEADERS,
    ) -> tuple[int, bytes]:
        headers = {"accept": "application/json", **more}
        if self._key is not None:
            headers["authorization"] = f"Bearer {self._key}"
        if body is not None:
            headers["content-type"] = "application/json"
        connection = self._connection(wait)
        try:
            connection.request(method, self._path + target, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(_MOST)
        except (OSError, http.client.HTTPException) as error:
            raise NotAskedError(self._not_there(error)) from None
        finally:
            connection.close()

    def _connection(self, wait: float) -> http.client.HTTPConnection:
        if self._secure:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=wait, context=context
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=wait)

    def _not_there(self, error: Exception) -> str:
        match error:
            case ConnectionRefusedError():
                return f"no server listens at {self._url}; start one, or name another with --url"
            case TimeoutError():
                return f"{self._url} does not answer in time"
            case http.client.HTTPException():
                return f"{self._url} does not answer as an HTTP server does"
            case _:
                told = getattr(error, "strerror", None) or type(error).__name__
                return f"{self._url} cannot be reached: {printable(str(told))}"

    def _understood(self, status: int, body: bytes) -> Mapping[str, Any]:
        try:
            found: object = orjson.loads(body)
        except orjson.JSONDecodeError:
            found = None
        if not is_object(found):
            raise NotAskedError(f"{self._url} answers {status}, and not as hive-resilience does")
        if status == 200:
            return found
        told = _message(found, status)
        if status == 401:
            raise NotAskedError(f"{told}; {self._about_the_key()}")
        if status == 403:
            raise NotAskedError(f"{told}; make one with `hive-resilience key new --scope admin`")
        raise RefusedError(told)

    def _about_the_key(self) -> str:
        where = self._place.key_file or f"the variable {self._place.key_env}"
        return f"the key of this command comes from {where}, or name a file with --key-file"


def _message(found: Mapping[str, Any], status: int) -> str:
    error = found.get("error")
    message = error.get("message") if is_object(error) else None
    lines = message.splitlines() if isinstance(message, str) else [f"the server answers {status}"]
    return "\n".join(map(printable, lines))


def _parts(url: str) -> tuple[str, int | None, str, bool]:
    try:
        found = urlsplit(url)
        host, port = found.hostname, found.port
    except ValueError:
        host = port = None
        found = urlsplit("")
    if found.scheme not in ("http", "https") or not host or found.username or found.query:
        raise NotAskedError(f"--url should be like {DEFAULT_URL}, without a key in it")
    return host, port, found.path.rstrip("/"), found.scheme == "https"


def _key(place: Place) -> str | None:
    key = os.environ.get(place.key_env) if place.key_file is None else _read(place.key_file)
    key = None if key is None else key.strip()
    if not key:
        return None
    if not key.isascii() or not key.isprintable() or " " in key or len(key) > _LONGEST_KEY:
        where = place.key_file or f"the variable {place.key_env}"
        raise NotAskedError(f"{where} has no key in it: a key is one word")
    return key


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or "it is no text"
        raise NotAskedError(f"--key-file {path}: cannot be read: {told}") from None


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
