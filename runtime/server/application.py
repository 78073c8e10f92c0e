"""The server as an ASGI application: it stands on a runtime, and adds no rule of its own."""

from __future__ import annotations

import asyncio
import logging
import time

from ...actors.result import TaskResult
from ...config.errors import ResilienceError
from ...config.values.log_fields import log_event
from ...config.values.words import printable
from ..runtime import Runtime
from .access import Access
from .answer_headers import ids_of
from .calls.model_calls import Answered, ModelCalls
from .calls.presence import Presence
from .calls.task_calls import TaskCalls
from .dashboard.dashboard import Dashboard
from .dashboard.headers import SAFE
from .dialects.table import dialect_at
from .document.document import document_bytes
from .failures import Failure, Refused, failure_of, refused
from .keys.entry import Scope as KeyScope
from .keys.key import Key
from .keys.keys import Keys
from .keys.turns import Turns
from .limits import ServerLimits
from .live import Live
from .models import ModelList
from .operators.everywhere import Everywhere
from .operators.reports import Reporting
from .operators.table import Operator, Operators
from .own_metrics import OwnMetrics
from .request import JSON_TYPE, Disconnected, Held, Receive, Request, Scope, Send
from .request_log import RequestLine
from .routes import DASHBOARD, Route, is_dashboard, route_at
from .shared import Shared
from .siblings.siblings import Siblings
from .siblings.together import act_together

log: logging.Logger = logging.getLogger(__name__)

_MOMENT = 1.0
"""Seconds for the last words to those under way, at the end of the server."""


class Application:
    """Answers HTTP for one runtime, on whose loop it runs best; `await app(scope, receive, send)`.

    `keys` None: there are no keys. Then only programs of this machine may call, or with `trusting`
    all that the application around this one lets through. With a `dashboard` it is shown below
    `/dashboard/`, to which `/` leads. `siblings` are the other workers of the server.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        keys: Keys | None = None,
        limits: ServerLimits | None = None,
        trusting: bool = False,
        dashboard: Dashboard | None = None,
        siblings: Siblings | None = None,
    ) -> None:
        self.in_flight: int = 0
        self._shared = shared = Shared(runtime, limits or ServerLimits(), siblings)
        self._turns = Turns(siblings)
        self._access = Access(keys, trusting=trusting)
        self._held = Held(shared.limits.held_bytes)
        self._models = ModelList()
        self._calls = ModelCalls(shared)
        self._tasks = TaskCalls(shared)
        self._own = OwnMetrics(runtime, siblings)
        self._reports = Reporting(runtime, siblings)
        self._operators: Operator = (
            Operators(shared) if siblings is None else Everywhere(shared, siblings, keys)
        )
        if siblings is not None:
            act_together(runtime, siblings)
        self._present: set[Presence] = set()
        self._dashboard = dashboard
        self._live = Live(runtime, None if dashboard is None else dashboard.shown, siblings)

    @property
    def draining(self) -> bool:
        """Whether the server ends: what is under way goes on, and nothing new is wanted."""
        return self._shared.draining

    # The life of the server.

    def begin_drain(self) -> None:
        """From now on nothing new is wanted; what is under way goes on."""
        self._shared.draining = True
        self._live.close()
        if self._dashboard is not None:
            self._dashboard.close()

    async def interrupt(self) -> None:
        """End what is under way: each stream with the error of its family."""
        for presence in tuple(self._present):
            presence.end()
        # One whose body is still to come has nothing to be told; its connection closes under it.
        clock = asyncio.get_running_loop().time
        until = clock() + _MOMENT
        while self.in_flight and clock() < until:
            await asyncio.sleep(0.01)

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
        route = route_at(request.path)
        if route is None and self._dashboard is not None and is_dashboard(request.path):
            await _shown(request, self._dashboard)
            return
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
            await self._shared.fail(request, dialect, error.failure)
        except ResilienceError as error:  # the runtime does not take the task at all
            failure = failure_of(error)
            answered = Answered(dialect.status(failure))
            await self._shared.fail(request, dialect, failure)
        except Disconnected:
            answered = Answered(499, ended="client gone")
        except asyncio.CancelledError:
            answered = Answered(499, ended="cancelled")
            raise
        except Exception:
            log.exception(
                "a request to %s failed in the server",
                printable(request.path),
                extra=log_event("request.failed", path=printable(request.path)),
            )
            failure = Failure(500, "internal_error", "the server failed; its log says more")
            await self._shared.fail(request, dialect, failure)
        finally:
            self.in_flight -= 1
            request.release()
            if route is not None and route.scope is not None:
                self._own.count(answered.status)
                if answered.result is not None:
                    spent = time.perf_counter() - request.started
                    self._own.took(spent, answered.result.attempts)
                _write_line(request, key, answered)

    def _allowed(self, request: Request, route: Route | None) -> Route:
        if route is None:
            raise refused(404, "not_found", "there is no such path here; see /openapi.json")
        if request.scope["method"] not in route.methods:
            told = f"this path takes {' and '.join(route.methods)}"
            raise Refused(
                Failure(
                    *(405, "method_not_allowed", told),
                    should_retry=False,
                    closes=True,
                    allow=route.methods,
                )
            )
        if self.in_flight > self._shared.limits.in_flight and route.scope is KeyScope.USE:
            told = f"{self._shared.limits.in_flight} requests are under way, the most there may be"
            raise refused(503, "overloaded", told, retry_after=1.0, closes=True)
        return route

    async def _routed(self, request: Request, route: Route, key: Key | None) -> Answered:
        match route.name:
            case "call":
                return await self._gated(request, route, key)
            case "task":
                return await self._gated(request, route, key)
            case "models":
                return await self._told(request, self._models.all(self._shared.names, key))
            case "model":
                return await self._told(
                    request, self._models.one(request.path, self._shared.names, key)
                )
            case "health":
                return await self._told(request, b'{"status":"ok"}')
            case "ready":
                return await self._ready(request)
            case "metrics":
                return await self._metrics(request)
            case "live":
                return await self._told(request, await self._live.answer(request))
            case "document":
                return await self._told(request, document_bytes())
            case "report":
                return await self._reported(request)
            case _:
                answer = await self._operators.answer(request, route, key)
                return await self._told(request, answer)

    async def _gated(self, request: Request, route: Route, key: Key | None) -> Answered:
        """A request that costs something: within the rates of its key."""
        _check_json(request)
        leave = await self._turns.enter(key)
        presence = Presence(request)
        self._present.add(presence)
        result: TaskResult | None = None
        try:
            if route.name == "task":
                answered = await self._tasks.answer(request, key, presence)
            else:
                answered = await self._calls.answer(request, route.dialect, key, presence)
            result = answered.result
            if self._dashboard is not None and result is not None:
                self._dashboard.add(result)
        finally:
            self._present.discard(presence)
            usage = None if result is None else result.usage
            leave(0 if usage is None else usage.total_tokens)
        return answered

    async def _ready(self, request: Request) -> Answered:
        if not self.draining and self._shared.runtime.is_open:
            return await self._told(request, b'{"status":"ready"}')
        body = b'{"status":"stopping"}'
        await request.answer(503, [JSON_TYPE, *self._shared.closing_headers()], body)
        return Answered(503)

    async def _metrics(self, request: Request) -> Answered:
        kind, body = await self._own.answer(request.header(b"accept"))
        headers = [(b"content-type", kind.encode()), *ids_of(request)]
        await request.answer(200, [*headers, *self._shared.closing_headers()], body)
        return Answered(200)

    async def _reported(self, request: Request) -> Answered:
        headers, body = await self._reports.answer(request)
        more = [*ids_of(request), *self._shared.closing_headers()]
        await request.answer(200, [*headers, *more], body)
        return Answered(200)

    async def _told(self, request: Request, body: bytes) -> Answered:
        await request.answer(
            200, [JSON_TYPE, *ids_of(request), *self._shared.closing_headers()], body
        )
        return Answered(200)


def _check_json(request: Request) -> None:
    kind = request.headers.get(b"content-type", b"application/json")
    if b"json" not in kind.lower():
        raise refused(415, "unsupported_media_type", "send application/json", closes=True)


def _write_line(request: Request, key: Key | None, answered: Answered) -> None:
    result = answered.result
    RequestLine(
        id=request.id,
        path=request.path,
        key=None if key is None else key.id,
        name=answered.name,
        model=None if result is None else result.model_used,
        attempts=0 if result is None else sum(r.number > 0 for r in result.attempts),
        status=answered.status,
        milliseconds=(time.perf_counter() - request.started) * 1e3,
        ended=answered.ended,
        client_retry=request.header(b"x-stainless-retry-count"),
    ).write()


async def _shown(request: Request, dashboard: Dashboard) -> None:
    """What is below the path of the dashboard, or the way there."""
    if request.path in ("/", DASHBOARD):
        root = request.scope.get("root_path", "")
        where = (b"location", f"{root}/dashboard/".encode("ascii", "replace"))
        await request.answer(307, [*SAFE, where], b"")
    else:
        await dashboard.answer(request, request.path.removeprefix(DASHBOARD + "/"))


async def _live(receive: Receive, send: Send) -> None:
    """The life of the application around: the runtime has one of its own."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return
