"""How many files, and so connections, the system lets the process have."""

from __future__ import annotations

import logging

from ....config.values.log_fields import log_event

log: logging.Logger = logging.getLogger(__name__)

RESERVED = 64
"""Files for all but connections."""
_FILES_OF_A_REQUEST = 2
"""The connection of a client, and the one to a model."""
FEWEST = 16


def raise_file_limit() -> int | None:
    """Open files that are allowed from now on: as many as the system allows; None: without end."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (OSError, ValueError) as error:  # macOS says so of a hard limit without end
            log.warning(
                "the limit of open files stays at %d: %s",
                soft,
                error,
                extra=log_event("open_files.limited", limit=soft),
            )
    return None if soft == resource.RLIM_INFINITY else soft


def connections_within(files: int | None, wanted: int) -> int:
    """As many of the `wanted` connections as these files allow.

    >>> connections_within(1024, wanted=4096)
    480
    """
    if files is None:
        return wanted
    room = max(FEWEST, (files - RESERVED) // _FILES_OF_A_REQUEST)
    if room < wanted:
        log.warning(
            "%d connections at once: %d open files allow no more",
            room,
            files,
            extra=log_event("connections.limited", connections=room, open_files=files),
        )
    return min(wanted, room)
