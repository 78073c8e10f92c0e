"""A streamed answer, event by event: what all providers' have in common. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

import orjson

from ....actors.policies.outcomes.errors import ModelUnavailableError, StreamInterruptedError
from ....config.errors import ResilienceError
from .chunk import Chunk
from .errors import error_in, in_band_error
from .sse import ServerEvent

_PARTS = 256
"""Texts that are kept apart: one of many words takes less memory than these."""


class Exchange(NamedTuple):
    """What is known of an answer before it is read. `secret` is struck from errors' messages."""

    model: str
    model_id: str | None
    secret: str | None
    headers: Mapping[str, str]
    rate_limits: Mapping[str, str]


class AnswerReader(ABC):
    """Makes chunks of events and knows whether the answer has ended.

    What goes wrong before the first content is a plain failure, as if nothing had come; after it
    `StreamInterruptedError` with the text so far.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._texts: list[str] = []
        self.has_content = False
        self.over = False
        """Whether the event has come after which nothing of interest does."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether the answer is complete, even if the connection breaks now."""

    @abstractmethod
    def _chunk(self, found: dict[str, Any]) -> Chunk | None:
        """What one event's object brings; None: nothing worth passing on."""

    @abstractmethod
    def _check_not_refused(self) -> None:
        """Raise `ContentRefusedError` where the model refused instead of answering."""

    def read(self, event: ServerEvent) -> Chunk | None:
        """The chunk in an event, if there is one; raises one of our errors."""
        found = self._object(event.data)
        if error := error_in(found) or (found if event.kind == b"error" else None):
            about = self._exchange
            raise in_band_error(error, about.headers, secret=about.secret, model_id=about.model_id)
        chunk = self._chunk(found)
        if chunk is not None and chunk.is_content:
            self.has_content = True
            self._keep(chunk.text)
        return chunk

    def _keep(self, text: str) -> None:
        self._texts.append(text)
        if len(self._texts) > _PARTS:
            self._texts = ["".join(self._texts)]

    def finish(self) -> None:
        """Nothing more comes; raises unless the answer has ended, and where it is a refusal."""
        if not self.ended:
            raise self.interrupted("the stream ended before the answer did")
        if not self.has_content:
            self._check_not_refused()

    def interrupted(self, message: str) -> ResilienceError:
        """The error for an answer of which the rest is not going to come, or is unreadable."""
        model_id = self._exchange.model_id
        if not self.has_content:
            return ModelUnavailableError(message, model_id=model_id)
        return StreamInterruptedError(message, partial="".join(self._texts), model_id=model_id)

    def _object(self, data: bytes) -> dict[str, Any]:
        try:
            found = orjson.loads(data)
        except orjson.JSONDecodeError:
            # Not chained: the decoder's exception carries the data with it.
            message = f"the stream brought an event of {len(data)} bytes that are not JSON"
            raise self.interrupted(message) from None
        if not isinstance(found, dict):
            self._malformed("event", "an object", found)
        return found

    def _malformed(self, where: str, wanted: str, found: object) -> NoReturn:
        shown = type(found).__name__
        raise self.interrupted(f"the stream's {where} should be {wanted} and is {shown}")
