"""The dashboard: its page, its stream and its controls, below one path."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qs

import orjson

from ....actors.result import TaskResult
from ....config.errors import ResilienceError
from ....config.export.dump import written
from ....config.values.log_fields import log_event
from ...observability.live.live_feed import LiveFeed
from ...observability.live.task_log import TaskLog
from ...offering import bus_of, offered_feed
from ...runtime import Runtime
from ..failures import Failure, Refused, failure_of, refused, retry_headers
from ..request import JSON_TYPE, Disconnected, Header, Request
from .alerts import Alerts
from .controls import Controls, fields_of
from .files import PAGE, page_files, send_file
from .headers import NOT_KEPT, SAFE
from .viewers import Viewers
from .visitor import Door, Role, Visitor, check_operates, check_own_page

log = logging.getLogger(__name__)

Answer = Callable[[Request, Visitor], Awaitable[None]]


class _Path(NamedTuple):
    """What answers at a path, by which method, for which role at least."""

    method: str
    needs: Role
    answer: Answer


class Dashboard:
    """What is below its path, for each role; everything else is refused."""

    def __init__(self, runtime: Runtime, door: Door) -> None:
        self._runtime = runtime
        self._door = door
        self._alerts = Alerts(runtime)
        offered = offered_feed(runtime)
        self._owns_feed = offered is None
        self.feed = offered or LiveFeed(
            runtime.snapshot, bus_of(runtime), TaskLog(), alerts=self._alerts.rows
        )
        self.tasks = self.feed.tasks
        self._viewers = Viewers(self.feed)
        self._controls = Controls(runtime)
        self._paths: Mapping[str, _Path] = {
            "state": _Path("GET", Role.READ, self._state),
            "events": _Path("GET", Role.READ, self._events),
            "model": _Path("GET", Role.READ, self._model),
            "session": _Path("GET", Role.NONE, self._session),
            "login": _Path("POST", Role.NONE, self._login),
            "logout": _Path("POST", Role.NONE, self._logout),
            "operate": _Path("POST", Role.OPERATE, self._operate),
            "alerts": _Path("POST", Role.OPERATE, self._handle_alert),
        }

    # Its life.

    def start(self) -> None:
        """Keep what viewers will want to see; on the loop, as often as it is called."""
        self.feed.start()

    def close(self) -> None:
        """End every stream, and keep nothing more."""
        self._viewers.close()
        if self._owns_feed:
            self.feed.close()

    def add(self, result: TaskResult) -> None:
        """Keep the way of a task that is over."""
        self.tasks.add(result, time.time())

    # Requests.

    async def answer(self, request: Request, name: str) -> None:
        """Answer what is below the path of the dashboard, `name` without a leading slash."""
        try:
            await self._answer(request, name)
        except Refused as error:
            await _fail(request, error.failure)
        except Disconnected:
            pass
        except ResilienceError as error:
            await _fail(request, failure_of(error))
        except Exception:
            log.exception("the dashboard failed", extra=log_event("dashboard.failed"))
            await _fail(request, Failure(500, "internal_error", "the server failed; see its log"))
        finally:
            request.release()

    async def _answer(self, request: Request, name: str) -> None:
        file = page_files().get(name or PAGE)
        path = self._paths.get(name)
        method = request.scope["method"]
        visitor = await self._door.visitor(request)
        if file is not None and method in ("GET", "HEAD"):
            await send_file(request, file)
            return
        if path is None:
            raise refused(404, "not_found", "there is no such path in the dashboard")
        if method != path.method:
            told = f"this path takes {path.method}"
            raise Refused(Failure(405, "method_not_allowed", told, allow=(path.method,)))
        if method == "POST":
            check_own_page(request)
        self._check_role(request, visitor, path, name)
        await path.answer(request, visitor)

    def _check_role(self, request: Request, visitor: Visitor, path: _Path, name: str) -> None:
        if path.needs is Role.NONE:
            return
        if visitor.role is Role.NONE:
            raise refused(403, "login_needed", "log in with a key of this server")
        if path.needs is Role.OPERATE:
            try:
                check_operates(request, visitor)
            except Refused as error:
                self._controls.note_refusal(name, visitor, error.failure.message)
                raise

    async def _state(self, request: Request, _: Visitor) -> None:
        await _told(request, self.feed.state())

    async def _events(self, request: Request, visitor: Visitor) -> None:
        async def allowed() -> bool:
            return (await self._door.visitor(request)).role is not Role.NONE

        await self._viewers.watch(request, allowed)

    async def _model(self, request: Request, _: Visitor) -> None:
        asked = parse_qs(request.scope.get("query_string", b"").decode("utf-8", "replace"))
        name = asked.get("id", [""])[0]
        found = self._runtime.snapshot().models.get(name)
        settings = next((one for one in self._runtime.config.models if one.id == name), None)
        if found is None:
            raise refused(404, "model_not_found", "there is no such model", param="id")
        await _told(
            request,
            {
                "points": self.feed.points(name),
                "snapshot": found,
                "settings": {} if settings is None else written(settings),
            },
        )

    async def _session(self, request: Request, visitor: Visitor) -> None:
        site = request.header(b"sec-fetch-site")
        if site not in (None, "same-origin"):
            raise refused(403, "origin_not_allowed", "only the dashboard's own page may ask this")
        await _told(request, visitor._asdict())

    async def _login(self, request: Request, _: Visitor) -> None:
        fields = await fields_of(request, ("key",))
        visitor, cookie = await self._door.login(request, fields["key"].strip())
        await _told(request, visitor._asdict(), (b"set-cookie", cookie.encode()))

    async def _logout(self, request: Request, _: Visitor) -> None:
        cookie = await self._door.logout(request)
        await _told(request, {}, (b"set-cookie", cookie.encode()))

    async def _operate(self, request: Request, visitor: Visitor) -> None:
        await self._controls.operate(request, visitor)
        await _told(request, {"done": True})

    async def _handle_alert(self, request: Request, visitor: Visitor) -> None:
        await self._alerts.operate(request, visitor)
        await _told(request, {"done": True})


async def _told(request: Request, record: object, *headers: Header) -> None:
    body = orjson.dumps(record, default=str)
    await request.answer(200, [JSON_TYPE, *SAFE, NOT_KEPT, *headers], body)


async def _fail(request: Request, failure: Failure) -> None:
    if request.begun:
        return
    told = {"error": {"code": failure.code, "message": failure.message}}
    headers = [JSON_TYPE, *SAFE, NOT_KEPT, *retry_headers(failure)]
    if failure.closes:
        headers.append((b"connection", b"close"))
    await request.answer(failure.status, headers, orjson.dumps(told))
