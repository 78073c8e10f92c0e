"""The dashboard: its page, its stream and its controls, below one path."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import orjson

from ....actors.result import TaskResult
from ....config.errors import ResilienceError
from ....config.values.log_fields import log_event
from ...observability.live.feed import Feed
from ...observability.live.live_feed import LiveFeed
from ...observability.live.task_log import TaskLog
from ...offering import bus_of, offer, offered_feed
from ...runtime import Runtime
from ..failures import Failure, Refused, failure_of, refused, retry_headers
from ..fleet_feed import FleetFeed
from ..request import JSON_TYPE, Disconnected, Header, Request
from ..siblings.siblings import Siblings
from .adaptation import Adaptation
from .alerts import Alerts
from .controls import Controls, fields_of, named
from .files import PAGE, page_files, send_file
from .headers import NOT_KEPT, SAFE
from .refusals import Refusals
from .repeating import Repeating
from .viewers import Viewers
from .views.reading import Read, Reading, query_of
from .views.reports import Reports
from .visitor import STRANGER, Door, Role, Visitor, check_operates, check_own_page

log: logging.Logger = logging.getLogger(__name__)

Answer = Callable[[Request, Visitor], Awaitable[None]]


class _Path(NamedTuple):
    """What answers at a path, by which method, for which role at least."""

    method: str
    needs: Role
    answer: Answer


class Dashboard:
    """What is below its path, for each role; everything else is refused."""

    def __init__(self, runtime: Runtime, door: Door, siblings: Siblings | None = None) -> None:
        self._runtime = runtime
        self._door = door
        alerts, adaptation = Alerts(runtime), Adaptation(runtime)
        offered = offered_feed(runtime)
        self._owns_feed = offered is None
        self.feed: LiveFeed = offered or LiveFeed(
            runtime.snapshot, bus_of(runtime), TaskLog(), alerts=alerts.rows
        )
        self.feed.beside = adaptation.record
        self.tasks: TaskLog = self.feed.tasks
        self.shown: Feed = self.feed
        """What viewers see: of this process, or of all workers."""
        if siblings is not None:
            self.shown = FleetFeed(runtime, lambda: self.feed, siblings)
            offer(runtime, self.shown)
            alerts.elsewhere = self._alerts_of_all
        self._viewers = Viewers(self.shown)
        self._refusals = Refusals(bus_of(runtime))
        reading = Reading(runtime, self.feed, alerts, siblings)
        on_all = Repeating(runtime, siblings).on_all
        controls = Controls(runtime).operate
        self._paths: Mapping[str, _Path] = {
            "state": _Path("GET", Role.READ, self._state),
            "events": _Path("GET", Role.READ, self._events),
            **{name: _Path("GET", Role.READ, _read(read)) for name, read in reading.views.items()},
            "report": _Path("GET", Role.READ, Reports(runtime, siblings).answer),
            "session": _Path("GET", Role.NONE, self._session),
            "login": _Path("POST", Role.NONE, self._login),
            "logout": _Path("POST", Role.NONE, self._logout),
            "operate": _Path("POST", Role.OPERATE, _done(on_all("operate", controls))),
            "alerts": _Path(
                "POST", Role.OPERATE, _done(on_all("alerts", alerts.operate, alerts.completed))
            ),
            "chaos": _Path("POST", Role.OPERATE, _done(on_all("chaos", adaptation.stop))),
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
        path, visitor = self._paths.get(name), STRANGER
        try:
            visitor = await self._door.visitor(request)
            file = page_files().get(name or PAGE)
            if file is not None and request.scope["method"] in ("GET", "HEAD"):
                await send_file(request, file)
                return
            path = _checked(request, path, visitor)
        except Refused as error:
            if path is not None and path.needs is Role.OPERATE:
                self._refusals.note(name, named(visitor), error.failure.message)
            raise
        await path.answer(request, visitor)

    async def _alerts_of_all(self) -> list[dict[str, Any]]:
        await self.shown.refresh()
        found: list[dict[str, Any]] = self.shown.look()["alerts"]
        return found

    async def _state(self, request: Request, _: Visitor) -> None:
        await self.shown.refresh()
        await _told(request, self.shown.state())

    async def _events(self, request: Request, visitor: Visitor) -> None:
        async def allowed() -> bool:
            return (await self._door.visitor(request)).role is not Role.NONE

        await self._viewers.watch(request, allowed)

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


def _checked(request: Request, path: _Path | None, visitor: Visitor) -> _Path:
    """The path, where this visitor may use it so. Raises `Refused`."""
    if path is None:
        raise refused(404, "not_found", "there is no such path in the dashboard")
    if request.scope["method"] != path.method:
        told = f"this path takes {path.method}"
        raise Refused(Failure(405, "method_not_allowed", told, allow=(path.method,)))
    if path.method == "POST":
        check_own_page(request)
    if path.needs is not Role.NONE and visitor.role is Role.NONE:
        raise refused(403, "login_needed", "log in with a key of this server")
    if path.needs is Role.OPERATE:
        check_operates(request, visitor)
    return path


def _read(read: Read) -> Answer:
    async def answer(request: Request, _: Visitor) -> None:
        await _told(request, await read(query_of(request)))

    return answer


def _done(operate: Answer) -> Answer:
    async def answer(request: Request, visitor: Visitor) -> None:
        await operate(request, visitor)
        await _told(request, {"done": True})

    return answer


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
