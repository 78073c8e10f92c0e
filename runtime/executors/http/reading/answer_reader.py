"""A streamed answer, event by event: what all providers' have in common. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NoReturn

import orjson

from .....actors.policies.outcomes.errors import StreamInterruptedError
from .....config.errors import ResilienceError
from ..chunk import UNNAMED, Chunk
from ..faults.errors import error_in, in_band_error, located, unavailable
from ..faults.exchange import Exchange
from ..wire.json_reading import NotJSONError, read_json
from ..wire.json_value import Json, JsonObject
from ..wire.sse import ServerEvent
from ..wire.surrogates import Halves, Path, has_halves

_PARTS = 256
"""Texts that are kept apart: one of many words takes less memory than these."""


class AnswerReader(ABC):
    """Makes chunks of events and knows whether the answer has ended.

    What goes wrong before the first content is a plain failure, as if nothing had come; after it
    `StreamInterruptedError` with the text so far.
    """

    _text_place: Path
    """Where in an event's object the text stands."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange: Exchange = exchange
        self._texts: list[str] = []
        self._halves = Halves()
        self.has_content: bool = False
        self.event: str = ""
        self.data: bytes = b""
        """The event that is read, as it came."""
        self.over = False
        """Whether the event has come after which nothing of interest does."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether the answer is complete if the body ends properly now."""

    @property
    @abstractmethod
    def settled(self) -> bool:
        """Whether the answer is complete even if the connection breaks now, or falls silent."""

    @abstractmethod
    def _chunk(self, found: JsonObject) -> Chunk | None:
        """What one event's object brings; None: nothing worth passing on."""

    @abstractmethod
    def _event_of(self, text: str) -> JsonObject:
        """The object of an event that brings a text."""

    @abstractmethod
    def _check_not_refused(self) -> None:
        """Raise `ContentRefusedError` where the model refused instead of answering."""

    def read(self, event: ServerEvent) -> Chunk | None:
        """The chunk in an event, if there is one; raises one of our errors."""
        data = self.json_of(event)
        if not data:
            return None
        found: Json | type[NotJSONError]
        try:
            found = read_json(data)
        except NotJSONError:
            found = NotJSONError
        return self.take(event.kind, found, data)

    def json_of(self, event: ServerEvent) -> bytes:
        """What is to be read of an event; empty: nothing."""
        return event.data

    def take(self, kind: bytes, found: Json | type[NotJSONError], data: bytes) -> Chunk | None:
        """The chunk in what was read; `NotJSONError` in place of an object that could not be."""
        if kind == b"error" and not isinstance(found, dict):
            raise self._failed(
                data.decode("utf-8", "replace") if isinstance(found, type) else found
            )
        if isinstance(found, type):
            self.fail(f"the stream brought an event of {len(data)} bytes that are not JSON")
        if isinstance(found, list) and len(found) == 1:
            found = found[0]  # Google sends its errors so
        if not isinstance(found, dict):
            self._malformed("event", "an object", found)
        if not found and not self.ended:
            self.fail("the stream brought an event with nothing in it")
        if self._halves.waiting or has_halves(data):
            found = self._halves.joined(found)
        if error := error_in(found) or (found if kind == b"error" else None):
            raise self._failed(error)
        self.event, self.data = kind.decode("utf-8", "replace"), data
        return self._noted(self._chunk(found))

    def last(self) -> Chunk | None:
        """What is still to be passed on once nothing more comes: a mark for half a character."""
        mark = self._halves.left(self._text_place)
        if not mark:
            return None
        event = self._event_of(mark)
        self.event, self.data = UNNAMED, orjson.dumps(event)
        return self._noted(self._chunk(event))

    def finish(self) -> None:
        """Nothing more comes; raises unless the answer has ended, and where it is a refusal."""
        if not self.ended:
            self.fail("the stream ended before the answer did")
        if not self.has_content:
            self._check_not_refused()

    def interrupted(self, message: str) -> ResilienceError:
        """The error for an answer of which the rest is not going to come, or is unreadable."""
        if not self.has_content:
            return unavailable(message, self.exchange)
        told, model_id = located(message, self.exchange), self.exchange.model_id
        return StreamInterruptedError(told, partial=self.text, model_id=model_id)

    def fail(self, message: str) -> NoReturn:
        """Raise `interrupted(message)`."""
        raise self.interrupted(message)

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._texts)

    def _noted(self, chunk: Chunk | None) -> Chunk | None:
        if chunk is not None and chunk.is_content:
            self.has_content = True
            self._texts.append(chunk.text)
            if len(self._texts) > _PARTS:
                self._texts = ["".join(self._texts)]
        return chunk

    def _failed(self, error: Json) -> ResilienceError:
        return in_band_error(error, self.exchange, answer=self.text)

    def _malformed(self, where: str, wanted: str, found: object) -> NoReturn:
        self.fail(f"the stream's {where} should be {wanted} and is {type(found).__name__}")
