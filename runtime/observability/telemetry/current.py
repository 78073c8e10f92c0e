"""Makes a span the current one, and takes that back wherever it may end."""

from __future__ import annotations

from opentelemetry.context import Context, attach, detach

from .here import HERE, Here


class Current:
    """A context of OpenTelemetry in force from now until `leave`; None: only `HERE` is.

    A coroutine or generator that is closed by the collector runs in another context, which has
    neither: OpenTelemetry's own `detach` would log an error there.
    """

    __slots__ = ("_mine", "_theirs")

    def __init__(self, here: Here, context: Context | None) -> None:
        self._mine = HERE.set(here)
        self._theirs = None if context is None else attach(context)

    def leave(self) -> None:
        """Take it back; does nothing in another context. Once."""
        try:
            HERE.reset(self._mine)
        except ValueError:
            return
        if self._theirs is not None:
            detach(self._theirs)
