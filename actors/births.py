"""For whom an actor is being made: pykka gives its constructor no way to be told."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .mailbox import Mailbox


class Births(threading.local):
    """The mailbox for which this thread makes an actor just now."""

    mailbox: Mailbox | None = None


births = Births()
