"""What httpx2 logs of a call of ours: not the words of the server's status line.

It logs each request at INFO with these words, and a server may quote a key in them. Other requests
of the application are logged as ever.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from http import HTTPStatus

_OURS: ContextVar[bool] = ContextVar("_OURS", default=False)
_STATUS, _REASON = 3, 4
"""Where they stand among a record's arguments."""


@contextmanager
def usual_words() -> Generator[None, None, None]:
    """What is logged in here has the standard's words for a status."""
    logging.getLogger("httpx2").addFilter(_FILTER)  # does nothing the second time
    _OURS.set(True)
    try:
        yield
    finally:
        _OURS.set(False)  # no reset: a call that is closed by the collector has another context


class _UsualWords(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        told = record.args
        if _OURS.get() and isinstance(told, tuple) and len(told) > _REASON:
            words = (*told[:_REASON], _words_of(told[_STATUS]), *told[_REASON + 1 :])
            record.args = words
        return True


def _words_of(status: object) -> str:
    try:
        return HTTPStatus(int(str(status))).phrase
    except ValueError:
        return ""


_FILTER = _UsualWords()
