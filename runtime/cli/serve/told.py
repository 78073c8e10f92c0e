"""What a command tells a server of its caller: a reason, and a name."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """`reason` and `by` as the options say; without `by` it is the user of this system."""

    reason: str = ""
    by: str = ""

    def fields(self) -> dict[str, object]:
        """For the body of a request; what is not said is not in it."""
        told = {"reason": self.reason, "by": self.by or this_user()}
        return {name: line for name, line in told.items() if line}


def this_user() -> str:
    """The user of the process; a container may know only its number."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else ""


NOTHING = Told()
"""No reason, and the user of this system."""
