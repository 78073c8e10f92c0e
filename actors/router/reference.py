"""The router's reference as an application has it."""

from __future__ import annotations

from contextvars import Context, copy_context
from typing import Any, NamedTuple, Self

from ..engine.reference import ActorRef, AnyRef
from ..task import Task


class AskedTask(NamedTuple):
    """A task with the context of its asker."""

    task: Task
    context: Context


class RouterRef(ActorRef[Any]):
    """As any reference; the task of an `ask` runs with the asker's context variables.

    What is only told runs with none: its teller does not wait for it.
    """

    @classmethod
    def of(cls, ref: AnyRef) -> Self:
        """The same actor behind this kind of reference."""
        made = cls.__new__(cls)
        made.__dict__.update(ref.__dict__)
        return made

    def ask(self, message: object, *, block: bool = True, timeout: float | None = None) -> Any:
        if isinstance(message, Task):
            message = AskedTask(message, copy_context())
        return super().ask(message, block=block, timeout=timeout)
