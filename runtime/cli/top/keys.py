"""The keys in what a terminal sends. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("\x1b[A", "\x1bOA"), "up"),
    **dict.fromkeys(("\x1b[B", "\x1bOB"), "down"),
    **dict.fromkeys(("\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~"), "home"),
    **dict.fromkeys(("\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~"), "end"),
    "\x1b[5~": "page_up",
    "\x1b[6~": "page_down",
    "\x1b": "escape",
    **dict.fromkeys("\r\n", "enter"),
    **dict.fromkeys("\x7f\b", "backspace"),
}
_ONE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z~]|\x1bO[A-Z]|.", re.DOTALL)


def keys_in(sent: bytes) -> Iterator[str]:
    """Each key by its name, or as its character; sequences that mean nothing here are left out.

    >>> list(keys_in(b"q\\x1b[A\\x1b"))
    ['q', 'up', 'escape']
    """
    for found in _ONE.finditer(sent.decode("utf-8", "ignore")):
        key = _NAMES.get(found[0], found[0])
        if not key.startswith("\x1b"):
            yield key
