"""The keys that a server knows."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from hmac import compare_digest
from os import PathLike
from pathlib import Path

from ....config.errors import ConfigurationError
from ....config.values.log_fields import log_event
from .entry import KeyEntry
from .file import read_entries
from .gate import KeyGate, KeyLimits
from .key import LONGEST, Key, digest_of, key_of

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two looks at the file."""
REST = 0.1
"""Seconds without a change after which a file has been written."""
_NO_KEY = bytes(32)

Stamp = tuple[int, int, int, int] | None
"""Of a file: when it and its rights changed, its size, its number; None: it is not there."""


class Keys:
    """The keys of a file. All change together, and a file with a mistake changes none.

    What clients present leaves no trace here. `clock` gives monotonic seconds, as the callers of
    the gates do.
    """

    def __init__(
        self, path: str | PathLike[str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        # A program may change its directory before the next look.
        self._path = Path(path).absolute()
        self._clock = clock
        self._by_digest: dict[bytes, Key] = {}
        self._gates: dict[str, KeyGate] = {}
        self._seen: Stamp = None

    def __len__(self) -> int:
        return len(self._by_digest)

    def load(self) -> None:
        """Take over what the file says now. Raises `ConfigurationError`, and then keeps the old."""
        seen = _stamp(self._path)
        self._take_over(read_entries(self._path))
        self._seen = seen

    def find(self, presented: str) -> Key | None:
        """The key that a client presents; None: it is unknown. It may have expired.

        The time it takes does not depend on how much of a digest is right.
        """
        if len(presented) > LONGEST:
            return None
        digest = digest_of(presented)
        key = self._by_digest.get(digest)
        known = compare_digest(digest, _NO_KEY if key is None else key.digest)
        return key if known else None

    def known(self, digest: bytes) -> Key | None:
        """The key of a digest, for a login that keeps no key; None: it is not there any more."""
        return self._by_digest.get(digest)

    async def reload(self) -> bool:
        """As `load`, beside the loop; a mistake is logged, and is False."""
        seen = await asyncio.to_thread(_stamp, self._path)
        try:
            entries = await asyncio.to_thread(read_entries, self._path)
        except ConfigurationError as error:
            log.warning(
                "keys: the file cannot be used, the keys stay as they are: %s",
                error,
                extra=log_event("keys.rejected"),
            )
            return False
        finally:
            self._seen = seen
        self._take_over(entries)
        log.info("keys: reloaded: %d", len(self), extra=log_event("keys.reloaded", keys=len(self)))
        return True

    async def watch(self, *, every: float = LOOK, rest: float = REST) -> None:
        """Reload whenever the file changes, until this is cancelled.

        Looks each `every` seconds, and takes a file that has not changed for `rest` seconds.
        """
        while True:
            await asyncio.sleep(every)
            found = await asyncio.to_thread(_stamp, self._path)
            if found == self._seen:
                continue
            await self._come_to_rest(found, rest)
            await self.reload()

    async def _come_to_rest(self, found: Stamp, rest: float) -> None:
        """It may be half of what is being written."""
        while True:
            await asyncio.sleep(rest)
            again = await asyncio.to_thread(_stamp, self._path)
            if again == found:
                return
            found = again

    def _take_over(self, entries: Iterable[KeyEntry]) -> None:
        now = self._clock()
        # Of two keys of an id the last one, which is the newer, says what the holder may do.
        holders = {entry.id: entry for entry in entries}
        gates = {id: self._gate(entry, now) for id, entry in holders.items()}
        keys = [key_of(entry, gates[entry.id]) for entry in entries]
        self._gates = gates
        self._by_digest = {key.digest: key for key in keys}

    def _gate(self, entry: KeyEntry, now: float) -> KeyGate:
        gate = self._gates.get(entry.id)
        limits = KeyLimits(entry.rpm, entry.tpm, entry.max_concurrent)
        if gate is None:
            return KeyGate(limits)
        gate.reconfigure(limits, now)
        return gate


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
