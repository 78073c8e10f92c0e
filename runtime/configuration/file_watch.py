"""Reloads a runtime when its file changes, however editors write it.

The directory is watched and not the file: many editors write another file and rename it. Only the
content counts: it is taken once it has come to rest. Content that cannot be read or used gets a
second chance before it is reported: it may be half of what an editor is writing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from importlib.util import find_spec
from os import PathLike
from pathlib import Path

from ...config.errors import ConfigurationError
from ...config.values.log_fields import log_event
from ..observability.actions import RUNTIME, Author
from .reload import Reloader

log: logging.Logger = logging.getLogger(__name__)

REST = 0.1
"""Seconds without a change after which a file has been written."""
SECOND_CHANCE = 0.5
"""Seconds in which a file with mistakes may change before they are reported."""
_LOOK = 1.0
"""Seconds between two looks at the file where the system tells nothing, as on network drives."""
_BY_ITSELF = Author(RUNTIME, "the file has changed", automatic=True)
_STEP_MS, _BURST_MS = 50, 400


class FileWatch:
    """Watches one file for one runtime. Raises `ConfigurationError` without watchfiles.

    Every change from now on is taken: so it is made before the file is read.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        _require_watchfiles()
        self._path = Path(path)
        self._reloader: Reloader
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._seen = _content(self._path)

    def start(self, reloader: Reloader) -> None:
        """Begin, on the running loop."""
        self._reloader = reloader
        self._task = asyncio.get_running_loop().create_task(self._run(), name="watch settings")

    async def stop(self) -> None:
        """End; a reload that has begun comes to its end first."""
        self._stop.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        async for _ in self._wakes():
            try:
                await self._look()
            except ConfigurationError:
                continue  # subscribers have been told
            except Exception:
                log.exception(
                    "the settings in %s could not be reloaded",
                    self._path,
                    extra=log_event("reload.failed"),
                )

    async def _look(self) -> None:
        content = await asyncio.to_thread(_content, self._path)
        if content == self._seen:
            return
        content = await self._at_rest(content)
        if content == self._seen:
            return  # it was touched, or came back as it was
        if not await self._is_usable():
            await self._pause(SECOND_CHANCE)
            if await asyncio.to_thread(_content, self._path) != content:
                return None if self._stop.is_set() else await self._look()
        if not self._stop.is_set():
            self._seen = content
            await self._reloader.reload(None, author=_BY_ITSELF)

    async def _at_rest(self, content: Content) -> Content:
        """The content once it stays the same for a moment."""
        while True:
            await self._pause(REST)
            again = await asyncio.to_thread(_content, self._path)
            if again == content or self._stop.is_set():
                return again
            content = again

    async def _pause(self, seconds: float) -> None:
        """Wait, but not for longer than the runtime runs."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def _is_usable(self) -> bool:
        try:
            await self._reloader.read(None)
        except ConfigurationError:
            return False
        return True

    async def _wakes(self) -> AsyncIterator[None]:
        """Something may have happened; at the start, and then at least every `_LOOK` seconds."""
        # Its filter has no type arguments.
        from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType]

        yield
        try:
            async for _ in awatch(
                self._path.absolute().parent,
                watch_filter=None,
                debounce=_BURST_MS,
                step=_STEP_MS,
                stop_event=self._stop,
                rust_timeout=int(_LOOK * 1000),
                yield_on_timeout=True,
                recursive=False,
            ):
                yield
        except (OSError, RuntimeError) as error:
            log.warning(
                "the system does not watch %s for us: %s",
                self._path,
                error,
                extra=log_event("file_watch.slow"),
            )
        while not self._stop.is_set():
            yield
            await self._pause(_LOOK)


Content = tuple[bytes | None, bytes | None]
"""Of the file, and of the `.env` beside it; None: it cannot be read."""


def _content(path: Path) -> Content:
    return _bytes(path), _bytes(path.parent / ".env")


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _require_watchfiles() -> None:
    if find_spec("watchfiles") is None:
        raise ConfigurationError(
            "watch=True needs watchfiles: pip install 'hive-resilience[watch]'; or call reload()"
        )
