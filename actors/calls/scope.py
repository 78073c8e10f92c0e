"""Which call the code that runs just now belongs to: its scope tells the asker."""

from __future__ import annotations

from contextvars import ContextVar
from math import inf
from typing import TypeAlias

Scope: TypeAlias = tuple[float, "Scope | None"]
"""A call under way: its deadline on the loop's clock, and the scope around it.

The deadline is never later than that of the scope around, and infinite outside of tasks. Two calls
may have equal scopes: compare them by identity.
"""

call_scope: ContextVar[Scope | None] = ContextVar("call_scope", default=None)
"""The innermost call under way here.

Whatever a call starts inherits it: its child tasks, its timers, the callbacks of its task groups.
"""


def deadline_here() -> float:
    """The deadline of the task under way here, on the loop's clock; infinite outside of tasks."""
    here = call_scope.get()
    return inf if here is None else here[0]


def in_a_task() -> bool:
    """Whether what runs just now belongs to a task under way."""
    return deadline_here() < inf


def is_within(scope: Scope | None) -> bool:
    """Whether the code that runs just now belongs to `scope`, or to a scope inside it."""
    here = call_scope.get()
    while here is not None:
        if here is scope:
            return True
        here = here[1]
    return False
