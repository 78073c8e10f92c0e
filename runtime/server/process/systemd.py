"""What systemd is told of the state of the process; see sd_notify(3)."""

from __future__ import annotations

import logging
import os
import socket
import time

from ....config.values.log_fields import log_event

log: logging.Logger = logging.getLogger(__name__)


def ready() -> None:
    """The server accepts connections, again or for the first time."""
    _notify("READY=1")


def reloading() -> None:
    """The settings are being read; `ready` ends it."""
    _notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """The server ends."""
    _notify("STOPPING=1")


def _notify(state: str) -> None:
    """Does nothing where no supervisor listens."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
            way.setblocking(False)
            way.sendto(state.encode(), place.replace("@", "\0", 1) if place[0] == "@" else place)
    except OSError as error:
        log.warning(
            "systemd could not be told: %s", error.strerror, extra=log_event("systemd.failed")
        )
