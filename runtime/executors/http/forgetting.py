"""What an error is not to carry out of here."""

from __future__ import annotations

from asyncio import CancelledError

from ....config.errors import ResilienceError


def forget(error: BaseException) -> None:
    """Take from one of our errors, or a cancellation, the frames and errors that it came through.

    They hold what was sent and what was read: headers with the key, the prompt, bytes of the
    answer. The message says what can be said. Other exceptions are defects, and keep all.
    """
    if isinstance(error, ResilienceError | CancelledError):
        error.__cause__ = error.__context__ = None
        error.__traceback__ = None
