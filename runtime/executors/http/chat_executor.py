"""What all executors over HTTP share: a request goes out, its answer is read, errors are ours."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

from ....actors.policies.outcomes.errors import (
    InvalidRequestError,
    ModelAuthenticationError,
    ModelTimeoutError,
    ModelUnavailableError,
    RateLimitedError,
)
from ....actors.task import Task
from ..transport.protocol import Response, Transport, TransportError
from .answer_reader import AnswerReader, Exchange
from .api_key import ApiKey, Key
from .call import Call, CallContext, HasPayload, connection_error
from .call_options import CallOptions
from .chat_request import as_json, request_fields, streamed, whole
from .chunk import Chunk
from .client import read_body
from .completion import Completion
from .errors import status_error
from .stream_reader import read_chunks


class ChatExecutor(ABC):
    """Asks a model over HTTP; who carries the request and reads the answer is for its heirs."""

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
    def _read(self, body: bytes, exchange: Exchange) -> Completion:
        """A whole answer."""

    @abstractmethod
    def _reader(self, fields: dict[str, Any], exchange: Exchange) -> AnswerReader:
        """For an answer in chunks."""

    @abstractmethod
    def _exchange(self, response: Response, call: Call) -> Exchange:
        """What the reading of an answer needs to know."""

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
        call = self._call(context)
        fields = whole(self._fields(task.payload, call.model_id), call.model_id)
        body = as_json(fields, call.model_id)
        async with _answered(self._ask(fields, body, call), call) as response:
            answer = await read_body(response, call.model_id)
            return self._read(answer, self._exchange(response, call))

    async def stream(self, task: HasPayload, context: CallContext) -> AsyncGenerator[Chunk, None]:
        """The answer in chunks; ends only when it has ended properly, else one of our errors.

        Closing it closes the connection. A server that answers in one piece all the same gives one
        chunk.
        """
        call = self._call(context)
        fields = streamed(self._fields(task.payload, call.model_id))
        body = as_json(fields, call.model_id)
        async with _answered(self._ask(fields, body, call), call) as response:
            exchange = self._exchange(response, call)
            if _type_of(response, call) == "application/json":
                yield _one_chunk(self._read(await read_body(response, call.model_id), exchange))
                return
            reader = self._reader(fields, exchange)
            async with aclosing(read_chunks(response, reader, context)) as chunks:
                async for chunk in chunks:
                    yield chunk

    def continue_from(self, task: Task, partial: str) -> Task:
        """The task for the rest of an answer: the partial one is the assistant's last message."""
        fields = self._fields(task.payload, None)
        told = {"role": "assistant", "content": partial}
        return replace(task, payload={**fields, "messages": [*fields["messages"], told]})

    async def check_health(self) -> bool:
        """Whether the server answers a request for its models below 500.

        Raises where it cannot be reached, and ModelAuthenticationError for a key it does not take.
        """
        call = self._new_call(None, None)
        try:
            async with _answered(self._list_models(call), call) as response:
                await read_body(response, None)
        except ModelAuthenticationError:
            raise
        except ModelUnavailableError as error:
            if error.status is None:
                raise
            return error.status < 500
        except (InvalidRequestError, RateLimitedError):
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
async def _answered(asked: Awaitable[Response], call: Call) -> AsyncIterator[Response]:
    """The response, if it is a good one; what goes wrong until it is read becomes ours."""
    try:
        async with aclosing(await asked) as response:
            if not 200 <= response.status < 300:
                raise status_error(
                    response.status,
                    response.headers,
                    # No local variable: it may quote the key, and tracebacks may show those.
                    await read_body(response, call.model_id),
                    secret=call.key,
                    model_id=call.model_id,
                )
            yield response
    except TransportError as error:
        raise connection_error(error, call) from error


def _type_of(response: Response, call: Call) -> str:
    """The type of a good answer; raises where it is neither a stream nor JSON."""
    kind: str = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("text/event-stream", "application/json"):
        return kind
    message = f"the server answered with {kind[:80] or 'no type'!r} in place of a stream"
    raise ModelUnavailableError(message, model_id=call.model_id, status=response.status)


def _one_chunk(answer: Completion) -> Chunk:
    return Chunk(
        text=answer.text,
        model=answer.model,
        finish_reason=answer.finish_reason,
        usage=answer.usage,
        raw=answer.raw,
        rate_limits=answer.rate_limits,
    )
