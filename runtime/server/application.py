"""The server as an ASGI application: it stands on a runtime, and adds no rule of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from ...actors.result import TaskResult
from ..runtime import Runtime
from .access import Access
from .calls import Answered, ModelCalls
from .dialects.dialect import Dialect
from .dialects.table import dialect_at
from .failures import Failure, Refused, refused, retry_headers
from .keys.key import Key
from .keys.keys import Keys
from .limits import ServerLimits
from .models import ModelList
from .names import Names
from .presence import Presence
from .request import JSON_TYPE, Disconnected, Header, Held, Receive, Request, Scope, Send
from .request_log import RequestLine
from .routes import Route, route_at
from .tasks import TaskCalls
from .whole import ids_of, of_the_provider, who_answered

log = logging.getLogger(__name__)


class Application:
    """Answers HTTP for one runtime, on whose loop it runs best; `await app(scope, receive, send)`.

    `keys` None: there are no keys. Then only programs of this machine may call, or with `trusting`
    all that the application around this one lets through.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        keys: Keys | None = None,
        limits: ServerLimits | None = None,
        trusting: bool = False,
    ) -> None:
        self.runtime = runtime
        self.limits = limits or ServerLimits()
        self.draining = False
        self.in_flight = 0
        self.streams = Streams(self.limits.streams_per_key)
        self._access = Access(keys, trusting=trusting)
        self._held = Held(self.limits.held_bytes)
        self._names = Names(runtime.config)
        self._models = ModelList()
        self._calls = ModelCalls(self)
        self._tasks = TaskCalls(self)
        self._present: set[Presence] = set()

    @property
    def names(self) -> Names:
        """What callers may ask for, by the settings of now."""
        config = self.runtime.config
        if config is not self._names.config:
            self._names = Names(config)
        return self._names

    # The life of the server.

    def begin_drain(self) -> None:
        """From now on nothing new is wanted; what is under way goes on."""
        self.draining = True

    async def interrupt(self) -> None:
        """End what is under way: each stream with the error of its family."""
        for presence in tuple(self._present):
            presence.end()
        while self.in_flight:
            await asyncio.sleep(0.01)

    def closing_headers(self) -> list[Header]:
        """What tells a client that its connection ends with the answer."""
        return [(b"connection", b"close")] if self.draining else []

    # Requests.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        kind = scope["type"]
        if kind == "http":
            await self._answer(Request(scope, receive, send, self._held))
        elif kind == "lifespan":
            await _live(receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, request: Request) -> None:
        started = time.perf_counter()
        route = route_at(request.path)
        dialect = dialect_at(request.path) if route is None else route.dialect
        key: Key | None = None
        answered = Answered(500, ended="failed")
        self.in_flight += 1
        try:
            route = self._allowed(request, route)
            if route.scope is not None:
                key = self._access.check(request, route.scope)
            answered = await self._routed(request, route, key)
        except Refused as error:
            answered = Answered(dialect.status(error.failure))
            await self.fail(request, dialect, error.failure)
        except Disconnected:
            answered = Answered(499, ended="client gone")
        except Exception:
            log.exception("a request to %s failed in the server", request.path)
            failure = Failure(500, "internal_error", "the server failed; its log says more")
            await self.fail(request, dialect, failure)
        finally:
            self.in_flight -= 1
            request.release()
            if route is not None and route.scope is not None:
                _write_line(request, key, answered, started)

    def _allowed(self, request: Request, route: Route | None) -> Route:
        if route is None:
            raise refused(404, "not_found", "there is no such path here; see /openapi.json")
        if request.scope["method"] not in route.methods:
            told = f"this path takes {' and '.join(route.methods)}"
            raise refused(405, "method_not_allowed", told, closes=True)
        if self.in_flight > self.limits.in_flight and route.scope is not None:
            told = f"{self.limits.in_flight} requests are under way, the most there may be"
            raise refused(503, "overloaded", told, retry_after=1.0, closes=True)
        return route

    async def _routed(self, request: Request, route: Route, key: Key | None) -> Answered:
        match route.name:
            case "call":
                return await self._gated(request, route, key)
            case "task":
                return await self._gated(request, route, key)
            case "models":
                return await self._told(request, self._models.all(self.names, key))
            case "model":
                return await self._told(request, self._models.one(request.path, self.names, key))
            case "health":
                return await self._told(request, b'{"status":"ok"}')
            case _:
                return await self._ready(request)

    async def _gated(self, request: Request, route: Route, key: Key | None) -> Answered:
        """A request that costs something: within the rates of its key."""
        _check_json(request)
        if key is not None:
            wait = key.gate.enter(time.monotonic())
            if wait is not None:
                told = f"the key of {key.id} has used up its rate or its places"
                raise refused(429, "rate_limited", told, retry_after=wait)
        presence = Presence(request)
        self._present.add(presence)
        result: TaskResult | None = None
        try:
            if route.name == "task":
                answered = await self._tasks.answer(request, key, presence)
            else:
                answered = await self._calls.answer(request, route.dialect, key, presence)
            result = answered.result
        finally:
            self._present.discard(presence)
            if key is not None:
                usage = None if result is None else result.usage
                key.gate.leave(time.monotonic(), 0 if usage is None else usage.total_tokens)
        return answered

    async def _ready(self, request: Request) -> Answered:
        if not self.draining and self.runtime.is_open:
            return await self._told(request, b'{"status":"ready"}')
        body = b'{"status":"stopping"}'
        await request.answer(503, [JSON_TYPE, *self.closing_headers()], body)
        return Answered(503)

    async def _told(self, request: Request, body: bytes) -> Answered:
        await request.answer(200, [JSON_TYPE, *ids_of(request), *self.closing_headers()], body)
        return Answered(200)

    async def fail(
        self, request: Request, dialect: Dialect, failure: Failure, result: TaskResult | None = None
    ) -> None:
        """Answer with an error in the family's shape; a provider's own words go as they are."""
        if request.begun:
            return
        answer = failure.answer
        verbatim = answer is not None and dialect.is_own_error(answer.body)
        if answer is not None and verbatim:
            body, told = answer.body, of_the_provider(answer.headers)
        else:
            body, told = dialect.error(failure, request.id), []
        headers = [JSON_TYPE, *retry_headers(failure), *told]
        if result is None:
            headers += ids_of(request)
        else:
            attempts = sum(record.number > 0 for record in result.attempts)
            headers += who_answered(request, None, attempts, is_fallback=False)
        if failure.closes and not self.draining:
            headers.append((b"connection", b"close"))
        await request.answer(dialect.status(failure), [*headers, *self.closing_headers()], body)


class Streams:
    """How many streams each key has under way; only keys that are known are counted."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def of(self, key: Key | None) -> Iterator[None]:
        """One more, for as long as the block. Raises `Refused` where there are too many."""
        if key is None:
            yield
            return
        if self._open[key.id] >= self._most:
            told = f"the key of {key.id} has {self._most} streams open, the most it may have"
            raise refused(429, "rate_limited", told, retry_after=1.0)
        self._open[key.id] += 1
        try:
            yield
        finally:
            self._open[key.id] -= 1
            if not self._open[key.id]:
                del self._open[key.id]


def _check_json(request: Request) -> None:
    kind = request.headers.get(b"content-type", b"application/json")
    if b"json" not in kind.lower():
        raise refused(415, "unsupported_media_type", "send application/json", closes=True)


def _write_line(request: Request, key: Key | None, answered: Answered, started: float) -> None:
    result = answered.result
    RequestLine(
        id=request.id,
        path=request.path,
        key=None if key is None else key.id,
        name=answered.name,
        model=None if result is None else result.model_used,
        attempts=0 if result is None else sum(r.number > 0 for r in result.attempts),
        status=answered.status,
        milliseconds=(time.perf_counter() - started) * 1e3,
        ended=answered.ended,
        client_retry=request.header(b"x-stainless-retry-count"),
    ).write()


async def _live(receive: Receive, send: Send) -> None:
    """The life of the application around: the runtime has one of its own."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return
