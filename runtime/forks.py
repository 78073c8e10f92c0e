"""Runtimes whose process forks. The child has no part of their threads: it is told so at once."""

from __future__ import annotations

import os
import weakref
from typing import Literal, Protocol

from ..config.errors import ConfigurationError

AfterFork = Literal["error", "restart"]
"""What a runtime does in a forked process: refuse all use, or begin again at the first use."""


def checked(after_fork: AfterFork) -> AfterFork:
    """The same. Raises `ConfigurationError` for another word."""
    if after_fork not in ("error", "restart"):
        raise ConfigurationError(
            f'after_fork is "error" or "restart", not {after_fork!r}', key="after_fork"
        )
    return after_fork


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
