"""The sockets that a server listens on: bound here, or handed over by systemd."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from ....config.errors import ConfigurationError

FIRST_HANDED_OVER = 3
"""The number of the first socket that systemd hands over."""

_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""A machine without IPv6 may still have a name for ::1."""


def handed_over(
    environ: Mapping[str, str], *, first: int = FIRST_HANDED_OVER
) -> list[socket.socket]:
    """The sockets of systemd's socket activation; none where `environ` names this process not.

    Raises `ConfigurationError` for what cannot be listened on.
    """
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = environ.get("LISTEN_FDS", "")
    return [_adopted(first + at) for at in range(int(count) if count.isdecimal() else 0)]


def bound(host: str, port: int) -> list[socket.socket]:
    """Sockets on all addresses of `host`, of the machine where it is empty. Raises `OSError`.

    Port 0 is a free port.
    """
    flags = socket.AI_PASSIVE
    places = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=flags)
    found: list[socket.socket] = []
    missing: OSError | None = None
    for family, place in dict.fromkeys((place[0], place[4]) for place in places):
        # A free port is looked for once: all addresses get the same.
        chosen = found[0].getsockname()[1] if found else port
        try:
            found.append(_bound(family, (place[0], chosen, *place[2:])))
        except OSError as error:
            if error.errno not in _NOT_HERE:
                close(found)
                raise
            missing = error
    if missing is not None and not found:
        raise missing
    return found


def close(sockets: Sequence[socket.socket]) -> None:
    """Give them all back."""
    for one in sockets:
        one.close()


def is_private(listening: socket.socket) -> bool:
    """Whether only this machine reaches it."""
    if listening.family not in (socket.AF_INET, socket.AF_INET6):
        return True
    return ip_address(str(listening.getsockname()[0]).partition("%")[0]).is_loopback


def url_of(listening: socket.socket) -> str:
    """Where clients find it."""
    if listening.family not in (socket.AF_INET, socket.AF_INET6):
        return f"unix:{listening.getsockname()}"
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _bound(family: int, place: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it lets two servers share a port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(place)
    except BaseException:
        made.close()
        raise
    return made


def _adopted(number: int) -> socket.socket:
    try:
        os.set_inheritable(number, False)
        found = socket.socket(fileno=number)
    except OSError as error:
        raise ConfigurationError(f"LISTEN_FDS: {number} is no socket: {error.strerror}") from error
    if found.type != socket.SOCK_STREAM:
        found.close()
        raise ConfigurationError(f"LISTEN_FDS: {number} should be a stream socket")
    return found
