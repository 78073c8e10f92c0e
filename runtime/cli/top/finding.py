"""Which runtime or server is meant: the one that is named, or the only one there is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ....config.values.words import nearest, printable
from ...observability.live.place import named, offered
from ..serve.remote import NotAskedError, Place, RefusedError
from .sources import OfferedSource, Record, ServedSource, Source


def find(where: str | None, url: str | None, place: Place) -> tuple[Source, Record]:
    """What is meant, and a first look at it. Raises `NotAskedError` or `RefusedError`, in words."""
    if url is not None:
        return _looked_at(ServedSource(place))
    if where is not None and "/" in where:
        return _looked_at(OfferedSource(Path(where).expanduser()))
    found = offered()
    if where is not None:
        return _looked_at(OfferedSource(_called(where, found)))
    if len(found) > 1:
        raise NotAskedError(
            "\n".join(["several runtimes are offered here; name one:", *_all(found)])
        )
    if found:
        return _looked_at(OfferedSource(found[0]))
    try:
        return _looked_at(ServedSource(place))
    except NotAskedError as error:
        told = f"no runtime is offered on this machine (its setting is `top: NAME`), and {error}"
        raise NotAskedError(told) from None


def _looked_at(source: Source) -> tuple[Source, Record]:
    return source, source.look()


def _called(name: str, found: Sequence[Path]) -> Path:
    for path in found:
        if named(path) == name:
            return path
    names = [named(path) for path in found]
    shown = printable(name[:100])
    meant = nearest(name, names)
    if meant is not None:
        raise NotAskedError(f"no runtime is offered as {shown}; did you mean {printable(meant)}?")
    there = ", ".join(map(printable, names)) or "none is offered (the setting is `top: NAME`)"
    raise NotAskedError(f"no runtime is offered as {shown}; there is: {there}")


def _all(found: Sequence[Path]) -> list[str]:
    width = max(len(named(path)) for path in found)
    return [f"  hive-resilience top {named(path):<{width}}   {_state_of(path)}" for path in found]


def _state_of(path: Path) -> str:
    source = OfferedSource(path)
    try:
        return printable(str(source.look()["verdict"]["title"]))
    except (NotAskedError, RefusedError, KeyError, TypeError):
        return "does not answer"
    finally:
        source.close()
