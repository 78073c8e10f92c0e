"""One family of calls: how a task becomes a request, and what its answers mean. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator
from typing import Any, ClassVar

from ....actors.policies.outcomes.errors import InvalidRequestError
from ....config.values.families import Family
from .chunk import Chunk
from .completion import Completion
from .faults.exchange import Exchange
from .faults.meaning import FaultTable
from .reading.answer_reader import AnswerReader


class Form(ABC):
    """How one family is spoken; `native` is the family that the server hears.

    An answer and its stream follow the rules of the native family: what is cut there is cut.
    """

    family: Family
    path: ClassVar[str]
    """Where the request goes, behind the base URL."""
    faults: ClassVar[FaultTable]
    """What its servers mean by their codes."""
    wishes_usage: ClassVar[bool] = False
    """Whether a stream tells its usage only where the request asks for it."""
    has_streams: ClassVar[bool] = True

    @property
    def native(self) -> Family:
        """The family that the server hears."""
        return self.family

    @abstractmethod
    def fields(self, payload: object, model_id: str | None) -> dict[str, Any]:
        """The fields of the request; raises `InvalidRequestError` where a payload is none."""

    def finished(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields with what no request may lack, once the settings' own are among them."""
        return fields

    @abstractmethod
    def completion(self, answer: Any, exchange: Exchange) -> Completion:
        """A whole answer, its JSON read; raises one of our errors where it is none."""

    def reader(self, fields: dict[str, Any], exchange: Exchange) -> AnswerReader:
        """For an answer in chunks; raises `InvalidRequestError` where there are none."""
        message = f"tasks of the type {self.family} have no streams"
        raise InvalidRequestError(message, model_id=exchange.model_id)

    def assembled(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """One whole answer of the events of a stream."""
        raise NotImplementedError

    def continued(self, payload: object, partial: str) -> dict[str, Any] | None:
        """The payload that asks for the rest of an answer; None: there is no way to."""
        return None

    def told(
        self, chunks: AsyncGenerator[Chunk, None], reader: AnswerReader, payload: object
    ) -> AsyncGenerator[Chunk, None]:
        """The chunks that a reader has read, as the caller wants them."""
        return chunks

    def chunks_of(self, answer: Completion) -> Iterator[Chunk]:
        """An answer in one piece as the chunks of a stream."""
        yield Chunk(
            text=answer.text,
            model=answer.model,
            finish_reason=answer.finish_reason,
            usage=answer.usage,
            raw=answer.raw,
            rate_limits=answer.rate_limits,
            reasoning=answer.reasoning,
            headers=answer.headers,
        )
