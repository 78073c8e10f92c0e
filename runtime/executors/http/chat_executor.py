"""What all executors over HTTP share: a request goes out, its answer is read, errors are ours."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any, ClassVar

from ....actors.policies.outcomes.errors import (
    ContentRefusedError,
    InvalidRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
    RateLimitedError,
)
from ....actors.task import Task
from ..transport.protocol import Response, Transport, TransportError
from .api_key import ApiKey, Key
from .call import Call, CallContext, HasPayload, connection_error
from .call_options import CallOptions
from .chat_request import as_json, request_fields, streamed, whole
from .chunk import Chunk
from .completion import Completion
from .faults.error_body import MOST_BYTES
from .faults.errors import no_answer, status_error
from .faults.exchange import Exchange, answered
from .faults.meaning import FaultTable
from .faults.private import Private
from .forgetting import forget
from .reading.answer_reader import AnswerReader
from .reading.body import Body, Shape
from .reading.stream_reader import read_events
from .reading.whole_answer import read_answer
from .wire.sse import MAX_STREAM_BYTES


class ChatExecutor(ABC):
    """Asks a model over HTTP; who carries the request and reads the answer is for its heirs."""

    _faults: ClassVar[FaultTable]
    """What its servers mean by their codes."""
    most_stream_bytes = MAX_STREAM_BYTES

    def __init__(
        self, model: str, api_key: ApiKey, options: CallOptions, transport: Transport
    ) -> None:
        self.model = model
        self._api_key = api_key
        self._options = options
        self._transport = transport

    @abstractmethod
    def _ask(self, fields: dict[str, Any], body: bytes, call: Call) -> Awaitable[Response]:
        """The request for an answer; `body` is the fields as JSON."""

    @abstractmethod
    def _list_models(self, call: Call) -> Awaitable[Response]:
        """The cheapest request that says whether the server is there and takes the key."""

    @abstractmethod
    def _completion(self, answer: object, exchange: Exchange) -> Completion:
        """A whole answer, its JSON read."""

    @abstractmethod
    def _reader(self, fields: dict[str, Any], exchange: Exchange) -> AnswerReader:
        """For an answer in chunks."""

    @abstractmethod
    def _assembled(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """One whole answer of the events of a stream."""

    @abstractmethod
    def _address(self, call: Call) -> str:
        """Where the request for an answer goes, for messages."""

    def _key(self, model_id: str | None) -> Key | None:
        return self._api_key.read(model_id)

    def _fields(self, payload: object, model_id: str | None) -> dict[str, Any]:
        options = self._options
        return request_fields(
            payload,
            self.model,
            model_id,
            params=options.params,
            model_from_payload=options.model_from_payload,
        )

    async def execute(self, task: HasPayload, context: CallContext) -> Completion:
        """Ask the model; raises one of our errors whatever goes wrong."""
        try:
            return await self._execute(task, context)
        except BaseException as error:
            forget(error)
            raise

    async def stream(self, task: HasPayload, context: CallContext) -> AsyncGenerator[Chunk, None]:
        """The answer in chunks; ends only when it has ended properly, else one of our errors.

        Closing it closes the connection. A server that answers in one piece all the same gives one
        chunk.
        """
        try:
            async with aclosing(self._stream(task, context)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except BaseException as error:
            forget(error)
            raise

    async def _execute(self, task: HasPayload, context: CallContext) -> Completion:
        call = self._call(context)
        fields = whole(self._fields(task.payload, call.model_id), call.model_id)
        exchange = self._exchange(call, fields)
        asked = self._ask(fields, as_json(fields, call.model_id), call)
        async with _answered(asked, call, exchange) as (body, exchange):
            if await body.shape() is not Shape.EVENTS:
                return self._completion(await read_answer(body, exchange), exchange)
            # A stream although none was asked for.
            reader = self._reader(fields, exchange)
            chunks = [chunk async for chunk in self._events(body, reader)]
            return self._completion(self._assembled([dict(c.raw) for c in chunks]), exchange)

    async def _stream(self, task: HasPayload, context: CallContext) -> AsyncGenerator[Chunk, None]:
        call = self._call(context)
        fields = streamed(self._fields(task.payload, call.model_id))
        exchange = self._exchange(call, fields)
        asked = self._ask_for_stream(fields, call)
        async with _answered(asked, call, exchange) as (body, exchange):
            shape = await body.shape()
            if shape is Shape.JSON:
                yield _one_chunk(self._completion(await read_answer(body, exchange), exchange))
                return
            if shape is not Shape.EVENTS:
                raise no_answer(body.kind, body.status, exchange, page=shape is Shape.PAGE)
            async with aclosing(self._events(body, self._reader(fields, exchange))) as chunks:
                async for chunk in chunks:
                    yield chunk

    def _ask_for_stream(self, fields: dict[str, Any], call: Call) -> Awaitable[Response]:
        return self._ask(fields, as_json(fields, call.model_id), call)

    def _events(self, body: Body, reader: AnswerReader) -> AsyncGenerator[Chunk, None]:
        return read_events(body, reader, most_bytes=self.most_stream_bytes)

    def _exchange(self, call: Call, fields: dict[str, Any] | None = None) -> Exchange:
        private = Private([call.key, *call.headers.values()], fields)
        own_name = fields is None or fields["model"] == self.model
        address = self._address(call)
        return Exchange(
            self.model, call.model_id, address, self._faults, private, own_name=own_name
        )

    def continue_from(self, task: Task, partial: str) -> Task:
        """The task for the rest of an answer: the partial one is the assistant's last message."""
        fields = self._fields(task.payload, None)
        told = {"role": "assistant", "content": partial}
        return replace(task, payload={**fields, "messages": [*fields["messages"], told]})

    async def check_health(self) -> bool:
        """Whether the server answers a request for its models below 500.

        A key that may not list them may still chat: that it is refused here says nothing. Raises
        where the server cannot be reached, and where there is no key to be sent.
        """
        try:
            return await self._check_health()
        except BaseException as error:
            forget(error)
            raise

    async def _check_health(self) -> bool:
        call = self._new_call(None, None)
        try:
            async with _answered(self._list_models(call), call, self._exchange(call)) as (body, _):
                await body.read_on()
        except ModelUnavailableError as error:
            if error.status is None:
                raise
            return error.status < 500
        except (ContentRefusedError, InvalidRequestError, RateLimitedError):
            return True
        return True

    async def close(self) -> None:
        """Close the running loop's connections; a later call makes new ones."""
        await self._transport.close()

    def _call(self, context: CallContext) -> Call:
        model_id, left = context.model_id, context.deadline
        if left is not None and left <= 0:
            message = "no time was left to ask the server"
            raise ModelTimeoutError(message, kind="attempt", limit=0.0, model_id=model_id)
        return self._new_call(model_id, left)

    def _new_call(self, model_id: str | None, left: float | None) -> Call:
        key, headers = self._key(model_id), self._options.headers(model_id)
        return Call(model_id, key, left, headers, self._options.connect_timeout(left))


@asynccontextmanager
async def _answered(
    asked: Awaitable[Response], call: Call, exchange: Exchange
) -> AsyncIterator[tuple[Body, Exchange]]:
    """The body of a good answer; what goes wrong until it is read becomes ours."""
    try:
        async with aclosing(await asked) as response:
            body = Body(response, call.left)
            exchange = answered(exchange, response.headers)
            if not 200 <= body.status < 300:
                raise status_error(body.status, await body.beginning(MOST_BYTES), exchange)
            yield body, exchange
    except TransportError as error:
        raise connection_error(error, call, exchange) from None


def _one_chunk(answer: Completion) -> Chunk:
    return Chunk(
        text=answer.text,
        model=answer.model,
        finish_reason=answer.finish_reason,
        usage=answer.usage,
        raw=answer.raw,
        rate_limits=answer.rate_limits,
        reasoning=answer.reasoning,
    )
