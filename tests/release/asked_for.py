"""What the project asks for, as `pyproject.toml` states it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORE = "core"
EVERY = "all"
_OURS = re.compile(r"hive-resilience\[([\w,-]+)\]")


def stated() -> Mapping[str, list[str]]:
    """The requirements of the core and of each extra, as they are written."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {CORE: project["dependencies"], **project["optional-dependencies"]}


def extras() -> tuple[str, ...]:
    """The extras that a user may choose alone."""
    return tuple(one for one in stated() if one not in (CORE, EVERY))


def requirements(chosen: Iterable[str]) -> list[str]:
    """All that the core and these extras ask for, also through other extras; each once.

    >>> [one.partition(">")[0] for one in requirements(["http"])]
    ['pykka', 'pydantic', 'orjson', 'aiohttp']
    """
    return list(dict.fromkeys(_whole([CORE, *chosen], stated())))


def _whole(names: Iterable[str], groups: Mapping[str, list[str]]) -> Iterator[str]:
    for name in names:
        for one in groups[name]:
            ours = _OURS.fullmatch(one)
            if ours is None:
                yield one
            else:
                yield from _whole(ours[1].split(","), groups)


def packages() -> dict[str, list[str]]:
    """The packages that the core and each extra ask for themselves, by name."""
    found = {
        name: sorted(re.split(r"[\[<>=;~! ]", one)[0] for one in asked if not _OURS.match(one))
        for name, asked in stated().items()
    }
    return {name: names for name, names in found.items() if names}
