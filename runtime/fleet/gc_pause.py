"""A pause of Python's garbage collector, while there is no garbage to find."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Generator[None]:
    """Keep the collector from looking through what is being built, again and again.

    Only for steps that take a moment and make no garbage. Does nothing where the application has
    turned the collector off.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
