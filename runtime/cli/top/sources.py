"""What a view looks at: a runtime by its socket, or a server by its address."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import orjson

from ....config.values.words import printable
from ...observability.live.place import named
from ...server.dialects.dialect import is_object
from ..serve.remote import NotAskedError, Place, Remote

_WAIT = 5.0
"""Seconds for a look."""
_MOST = 64 * 1024 * 1024
_PART = 65_536
LIVE = "/admin/live"

Record = Mapping[str, Any]


class Source(Protocol):
    """Can be asked again and again, by one thread; also after it could not be asked."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    def look(self, after: str = "") -> Record:
        """The fleet now, with the events since the look with this id.

        Raises `NotAskedError` or `RefusedError`, with words.
        """
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class OfferedSource:
    """A runtime of this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    @property
    def name(self) -> str:
        """The name under which it is offered."""
        return printable(named(self._path))

    def look(self, after: str = "") -> Record:
        """One line there, one line back."""
        try:
            line = self._asked(after)
        except OSError as error:
            self.close()
            raise NotAskedError(self._not_there(error)) from None
        found = _object(line)
        if found is None:
            self.close()
            raise NotAskedError(f"{self._path} does not answer as a runtime does")
        return found

    def close(self) -> None:
        """Hang up; a look begins again."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _asked(self, after: str) -> bytes:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(_WAIT)
            self._socket.connect(str(self._path))
        self._socket.sendall(after.encode("ascii", "replace") + b"\n")
        parts: list[bytes] = []
        size = 0
        while not parts or not parts[-1].endswith(b"\n"):
            part = self._socket.recv(_PART)
            size += len(part)
            if not part or size > _MOST:
                raise ConnectionResetError("it hung up")
            parts.append(part)
        return b"".join(parts)

    def _not_there(self, error: OSError) -> str:
        match error:
            case FileNotFoundError():
                return f"{self._path} is not there: the runtime has ended, or has another name"
            case ConnectionRefusedError():
                return f"no runtime listens at {self._path} any more"
            case PermissionError():
                return f"{self._path} is of another user, and may not be opened"
            case TimeoutError():
                return f"{self._path} does not answer in time"
            case ConnectionError():
                return f"the runtime at {self._path} has hung up; at most 20 watch it"
            case _:
                return f"{self._path} cannot be used: {error.strerror or error}"


class ServedSource:
    """A server."""

    def __init__(self, place: Place) -> None:
        self._remote = Remote(place)
        self._url = place.url

    @property
    def name(self) -> str:
        """Its address."""
        return printable(self._url)

    @property
    def is_exposed(self) -> bool:
        """Whether the key goes over a network for everybody to read."""
        return self._remote.is_exposed

    def look(self, after: str = "") -> Record:
        """One request."""
        return self._remote.get(LIVE, {"last-event-id": after} if after else {}, wait=_WAIT)

    def close(self) -> None:
        """Each request has a connection of its own."""


def _object(line: bytes) -> Record | None:
    with suppress(orjson.JSONDecodeError):
        found: object = orjson.loads(line)
        if is_object(found):
            return found
    return None
