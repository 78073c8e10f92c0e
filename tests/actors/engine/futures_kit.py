"""Futures of both platforms, already settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pykka

Future = pykka.Future[Any]
New = Callable[[], Future]


def settled(new: New, value: Any) -> Future:
    future = new()
    future.set(value)
    return future


def failed(new: New, error: BaseException) -> Future:
    future = new()
    future.set_exception((type(error), error, None))
    return future
