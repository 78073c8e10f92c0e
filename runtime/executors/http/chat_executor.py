"""What all executors over HTTP share: a request goes out, its answer is read, errors are ours."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeAlias

from ....actors.policies.families import unsupported
from ....actors.policies.outcomes.errors import (
    ContentRefusedError,
    InvalidRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
    RateLimitedError,
)
from ....actors.task import Task
from ....config.values.families import Family, family_of
from ...observability.telemetry.here import trace_headers
from ..transport.already_read import AlreadyRead
from ..transport.protocol import Response, Transport, TransportError
from .api_key import ApiKey, Key
from .call import Call, CallContext, HasPayload, connection_error
from .call_options import CallOptions
from .chat_request import as_json, streamed, whole, with_model
from .chunk import Chunk
from .completion import Completion
from .faults.error_answer import error_answer
from .faults.error_body import MOST_BYTES
from .faults.errors import no_answer, status_error
from .faults.exchange import Exchange, answered
from .faults.private import Private
from .forgetting import forget
from .form import Form
from .reading.answer_reader import AnswerReader
from .reading.body import Body, Shape
from .reading.stream_reader import read_events
from .reading.whole_answer import read_answer
from .usage_wish import UsageWishes, may_refuse
from .wire.sse import MAX_STREAM_BYTES

Asked: TypeAlias = Awaitable[Response]
_NO_PARAMS: Mapping[str, Any] = MappingProxyType({})


class ChatExecutor(ABC):
    """Asks a model over HTTP; its heirs carry the request.

    `families` are the types of tasks that it takes.
    """

    most_stream_bytes = MAX_STREAM_BYTES

    def __init__(
        self,
        model: str,
        api_key: ApiKey,
        options: CallOptions,
        transport: Transport,
        forms: Mapping[Family, Form],
    ) -> None:
        self.model: str = model
        self.families: frozenset[Family] = frozenset(forms)
        self._forms = forms
        self._main = next(iter(forms.values()))
        self._api_key = api_key
        self._options = options
        self._transport = transport
        self._wishes = UsageWishes()

    @abstractmethod
    def _ask(self, form: Form, fields: dict[str, Any], body: bytes, call: Call) -> Asked:
        """The request for an answer; `body` is the fields as JSON."""

    @abstractmethod
    def _list_models(self, call: Call) -> Asked:
        """The cheapest request that says whether the server is there and takes the key."""

    @abstractmethod
    def _address(self, form: Form, call: Call) -> str:
        """Where the request for an answer goes, for messages."""

    def _key(self, model_id: str | None) -> Key | None:
        return self._api_key.read(model_id)

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
        form = self._form(task, context.model_id)
        call = self._call(task, form, context)
        fields = whole(self._fields(form, task.payload, call.model_id), call.model_id)
        exchange = self._exchange(form, call, fields)
        asked = self._ask(form, fields, as_json(fields, call.model_id), call)
        async with _answered(asked, call, exchange) as (body, exchange):
            if await body.shape() is not Shape.EVENTS or not form.has_streams:
                return await _whole(form, body, exchange)
            # A stream although none was asked for.
            reader = form.reader(fields, exchange)
            chunks = [chunk async for chunk in self._events(body, reader)]
            return form.completion(form.assembled([dict(c.raw) for c in chunks]), exchange)

    async def _stream(self, task: HasPayload, context: CallContext) -> AsyncGenerator[Chunk, None]:
        form = self._form(task, context.model_id)
        call = self._call(task, form, context)
        fields = streamed(self._fields(form, task.payload, call.model_id))
        exchange = self._exchange(form, call, fields)
        if not form.has_streams:
            form.reader(fields, exchange)  # which says so
        asked = self._ask_for_stream(form, fields, call)
        async with _answered(asked, call, exchange) as (body, exchange):
            shape = await body.shape()
            if shape is Shape.JSON:
                for chunk in form.chunks_of(await _whole(form, body, exchange)):
                    yield chunk
                return
            if shape is not Shape.EVENTS:
                raise no_answer(body.kind, body.status, exchange, page=shape is Shape.PAGE)
            reader = form.reader(fields, exchange)
            events = self._events(body, reader)
            told = form.told(events, reader, task.payload)
            async with aclosing(events), aclosing(told) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def _ask_for_stream(self, form: Form, fields: dict[str, Any], call: Call) -> Response:
        """Asks for the usage too, and without it where the server refuses that."""
        wished = self._wishes.added(fields) if form.wishes_usage else fields
        response = await self._ask(form, wished, as_json(wished, call.model_id), call)
        if wished is fields or not may_refuse(response.status):
            return response
        async with aclosing(response):
            words = await Body(response, call.left).beginning(MOST_BYTES)
        if self._wishes.is_refused(wished, words):
            return await self._ask(form, fields, as_json(fields, call.model_id), call)
        return AlreadyRead(response.status, response.headers, words)

    def _form(self, task: HasPayload, model_id: str | None) -> Form:
        """How the task is asked; raises `UnsupportedTaskError` where the model cannot take it."""
        family = family_of(getattr(task, "type", ""))
        form = self._forms.get(family)
        if form is None:
            raise unsupported(model_id or self.model, family, self._forms)
        return form

    def _fields(self, form: Form, payload: object, model_id: str | None) -> dict[str, Any]:
        options = self._options
        fields = with_model(
            form.fields(payload, model_id),
            self.model,
            # They are written for what the model mostly does.
            params=options.params if form.native is self._main.native else _NO_PARAMS,
            model_from_payload=options.model_from_payload,
        )
        return form.finished(fields)

    def _events(self, body: Body, reader: AnswerReader) -> AsyncGenerator[Chunk, None]:
        return read_events(body, reader, most_bytes=self.most_stream_bytes)

    def _exchange(self, form: Form, call: Call, fields: dict[str, Any] | None = None) -> Exchange:
        asked = {**fields, "": call.callers} if fields and call.callers else fields
        private = Private([call.key, *call.headers.values()], asked)
        own_name = fields is None or fields["model"] == self.model
        address = self._address(form, call)
        return Exchange(self.model, call.model_id, address, form.faults, private, own_name=own_name)

    def continue_from(self, task: Task, partial: str) -> Task | None:
        """The task for the rest of an answer, whose beginning it has; None: there is none."""
        payload = self._form(task, None).continued(task.payload, partial)
        return None if payload is None else replace(task, payload=payload)

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
            exchange = self._exchange(self._main, call)
            async with _answered(self._list_models(call), call, exchange) as (body, _):
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

    def _call(self, task: HasPayload, form: Form, context: CallContext) -> Call:
        model_id, left = context.model_id, context.deadline
        if left is not None and left <= 0:
            message = "no time was left to ask the server"
            raise ModelTimeoutError(message, kind="attempt", limit=0.0, model_id=model_id)
        callers = {**self._options.callers_headers(task, form.native), **trace_headers()}
        return self._new_call(model_id, left)._replace(callers=callers)

    def _new_call(self, model_id: str | None, left: float | None) -> Call:
        key, headers = self._key(model_id), self._options.headers(model_id)
        return Call(model_id, key, left, headers, self._options.connect_timeout(left))


@asynccontextmanager
async def _answered(
    asked: Awaitable[Response], call: Call, exchange: Exchange
) -> AsyncGenerator[tuple[Body, Exchange], None]:
    """The body of a good answer; what goes wrong until it is read becomes ours."""
    try:
        async with aclosing(await asked) as response:
            body = Body(response, call.left)
            exchange = answered(exchange, body.status, response.headers)
            if not 200 <= body.status < 300:
                words = await body.beginning(MOST_BYTES + 1)
                error = status_error(body.status, words[:MOST_BYTES], exchange)
                error.answer = await error_answer(body.status, words, exchange)
                raise error
            yield body, exchange
    except TransportError as error:
        raise connection_error(error, call, exchange) from None


async def _whole(form: Form, body: Body, exchange: Exchange) -> Completion:
    found, data = await read_answer(body, exchange)
    return form.completion(found, exchange._replace(body=data))
