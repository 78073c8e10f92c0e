"""`hive-resilience key`: the file of keys, from options to an exit code."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ....config.errors import ConfigurationError
from ....config.values.units import Positive
from ...server.keys.entry import KeyEntry
from ...server.keys.file import read_entries
from ...server.keys.issuing import add, revoke
from ...server.keys.key import digest_of, new_key

DONE, FAILED, UNUSABLE = 0, 1, 2
SHOWN = 12
"""Digits of a digest that tell one key of a holder from the other."""
_SPAN = re.compile(r"\s*[0-9.]+\s*(ms|s|m|min|h|d)\s*")


@dataclass(frozen=True, slots=True)
class NewKey:
    """What the command line says of a new key."""

    id: str
    scopes: Sequence[str] = ()
    models: Sequence[str] = ()
    rpm: float | None = None
    tpm: float | None = None
    max_concurrent: int | None = None
    expires: str | None = None


def make(path: Path, wanted: NewKey) -> int:
    """Print a new key, once; the file gets its digest."""

    def work() -> None:
        key = new_key()
        entry = _entry(wanted, digest_of(key).hex())
        add(path, entry)
        print(key, flush=True)
        _say(f"{wanted.id}: {path} has its digest, {entry.sha256[:SHOWN]}; the key is not kept")

    return _guarded(path, work)


def show(path: Path) -> int:
    """The keys of the file, without the keys."""

    def work() -> None:
        for line in _table(read_entries(path), datetime.now(UTC)):
            print(line)

    return _guarded(path, work)


def end(path: Path, id: str, digest: str) -> int:
    """Revoke the keys of `id`, or the one whose digest begins like this."""

    def work() -> None:
        for entry in revoke(path, id, digest=digest):
            _say(f"{id}: revoked {entry.sha256[:SHOWN]}")

    return _guarded(path, work)


def _guarded(path: Path, work: Callable[[], None]) -> int:
    try:
        work()
    except ConfigurationError as error:
        _say(str(error))
        return UNUSABLE
    except OSError as error:
        _say(f"{path}: cannot be used: {error.strerror or error}")
        return FAILED
    return DONE


def _entry(wanted: NewKey, digest: str) -> KeyEntry:
    said = {
        "id": wanted.id,
        "scopes": list(wanted.scopes) or None,
        "models": list(wanted.models) or None,
        "rpm": wanted.rpm,
        "tpm": wanted.tpm,
        "max_concurrent": wanted.max_concurrent,
        "expires": None if wanted.expires is None else _expiry(wanted.expires),
        "sha256": digest,
    }
    try:
        return KeyEntry.model_validate({k: value for k, value in said.items() if value is not None})
    except ValidationError as error:
        told = [f"--{_option(one['loc'])}: {_message(one['msg'])}" for one in error.errors()]
        failure = ConfigurationError("\n".join(told))
    raise failure


def _expiry(text: str) -> str | datetime:
    """A span from now on, or a point in time."""
    if _SPAN.fullmatch(text) is None:
        return text
    try:
        seconds = TypeAdapter[float](Positive).validate_python(text)
    except ValidationError as error:
        raise ConfigurationError(f"--expires: {_message(error.errors()[0]['msg'])}") from None
    return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)


def _option(place: tuple[str | int, ...]) -> str:
    name = str(place[0])
    return {"scopes": "scope", "models": "model"}.get(name, name.replace("_", "-"))


def _message(text: str) -> str:
    return text.removeprefix("Value error, ").replace("Input should", "should")


def _table(entries: Sequence[KeyEntry], now: datetime) -> Iterator[str]:
    widest = max((len(entry.id) for entry in entries), default=0)
    for entry in entries:
        yield f"{entry.id:{widest}}  {entry.sha256[:SHOWN]}  {'; '.join(_facts(entry, now))}"


def _facts(entry: KeyEntry, now: datetime) -> Iterator[str]:
    yield ", ".join(scope.value for scope in entry.scopes)
    yield "all models" if entry.models is None else f"models {', '.join(entry.models)}"
    for name in ("rpm", "tpm", "max_concurrent"):
        if (limit := getattr(entry, name)) is not None:
            yield f"{name} {limit:g}"
    if entry.expires is not None:
        yield f"{'expired' if entry.expires <= now else 'expires'} {entry.expires.isoformat()}"


def _say(message: str) -> None:
    print(f"hive-resilience: {message}", file=sys.stderr)
