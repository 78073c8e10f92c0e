"""Runtimes whose process forks. The child has no part of their threads: it is told so at once."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    """What has threads or a loop, which stay in the parent."""

    def forked(self) -> None:
        """This is the child."""
        ...


_watched: weakref.WeakSet[Forkable] = weakref.WeakSet()
_kept: list[tuple[object, ...]] = []


def watch(runtime: Forkable) -> None:
    """Call `runtime.forked` in each child of this process."""
    _watched.add(runtime)


def keep(*parts: object) -> None:
    """Never collect these: closing them here would close what the parent uses."""
    _kept.append(parts)


def _in_child() -> None:
    for runtime in tuple(_watched):
        runtime.forked()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_in_child)
