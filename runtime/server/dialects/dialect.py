"""What all families have in common as they are written over HTTP. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeGuard

import orjson

from ....config.values.families import Family
from ...executors.http.chunk import Chunk
from ..failures import Failure

Fields = dict[str, Any]


class TextEvents(ABC):
    """The events of a stream whose model gives plain texts: a function, and no server."""

    @abstractmethod
    def text(self, text: str) -> Iterator[bytes]:
        """What one more text is in this family, framed."""

    @abstractmethod
    def end(self) -> Iterator[bytes]:
        """What ends the answer properly, framed."""


class Dialect(ABC):
    """How one family is written."""

    family: Family
    keep_alive: ClassVar[bytes] = b": ping\n\n"
    """What this family's clients bear in a stream while nothing comes."""
    streams: bool = True
    may_continue: ClassVar[bool] = False
    """Whether another model can go on in the middle of a stream without its client's harm."""

    def status(self, failure: Failure) -> int:
        """The status that this family has for a failure."""
        return failure.status

    @abstractmethod
    def error(self, failure: Failure, request_id: str) -> bytes:
        """The body of an answer that is none."""

    @abstractmethod
    def is_own_error(self, body: bytes) -> bool:
        """Whether a provider's answer is an error in this family's form."""

    @abstractmethod
    def interruption(self, failure: Failure, request_id: str, last: Mapping[str, object]) -> bytes:
        """The error in a stream, on which this family's clients raise; `last` came before it."""

    @abstractmethod
    def answer(self, text: str, model: str, request_id: str) -> Fields:
        """A whole answer of a text."""

    @abstractmethod
    def text_events(self, model: str, request_id: str) -> TextEvents:
        """For a stream of plain texts."""

    def closing(self, last: Mapping[str, object]) -> bytes:
        """What stands behind the last event of a stream that has ended properly."""
        return b""

    def event(self, chunk: Chunk) -> bytes:
        """One event, as it came where it has come so."""
        if chunk.data:
            return chunk.framed
        return self.framed(chunk.raw)

    def framed(self, fields: Mapping[str, object]) -> bytes:
        """An event of the server's own."""
        return b"data: " + orjson.dumps(fields) + b"\n\n"


def named(name: str, fields: Mapping[str, object]) -> bytes:
    """An event with its name, as the families need it that go by names."""
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(fields) + b"\n\n"


def is_object(found: object) -> TypeGuard[dict[str, Any]]:
    """Whether a value is an object of JSON."""
    return isinstance(found, dict)


def object_in(body: bytes) -> Mapping[str, Any]:
    """The object that a body is; empty where it is none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if is_object(found) else {}
