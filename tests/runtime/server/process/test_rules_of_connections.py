"""The rules without a socket."""

from __future__ import annotations

import pytest

from hive_resilience.runtime.server.limits import ServerLimits
from hive_resilience.runtime.server.process.connections import Connections, counted_address
from hive_resilience.runtime.server.process.phase import LAST_CALL, LINGER, Phase, is_late
from hive_resilience.runtime.server.process.refusals import LARGE_BODY, TOO_MANY_CONNECTIONS

LIMITS = ServerLimits()


class Link:
    """A connection."""

    def check(self, now: float) -> None: ...
    def shutdown(self) -> None: ...
    def abort(self) -> None: ...


@pytest.mark.parametrize(
    ("phase", "limit"),
    [
        (Phase.SILENT, 10.0),
        (Phase.HEAD, 10.0),
        (Phase.IDLE, 75.0),
        (Phase.LAST, LAST_CALL),
        (Phase.LINGER, LINGER),
    ],
)
def test_each_phase_has_its_time(phase: Phase, limit: float) -> None:
    assert [is_late(phase, t, 0, LIMITS) for t in (limit, limit + 0.01)] == [False, True]


@pytest.mark.parametrize(
    ("elapsed", "read", "late"),
    [
        (10.0, 0, False),
        (10.1, 0, True),
        (20.0, 10_240, False),
        (20.0, 10_239, True),
        (60.0, 10_000_000, False),
        (60.1, 10_000_000, True),
    ],
)
def test_a_body_has_a_pace_and_an_end(elapsed: float, read: int, late: bool) -> None:
    assert is_late(Phase.BODY, elapsed, read, LIMITS) is late


def test_an_answer_has_no_time_here() -> None:
    assert not is_late(Phase.ANSWER, 1e9, 0, LIMITS)


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("127.0.0.1", None),
        ("127.8.8.8", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("no address", "no address"),
    ],
)
def test_loopback_is_not_counted(host: str, counted: str | None) -> None:
    assert counted_address((host, 1)) == counted


def test_a_network_of_ipv6_counts_as_one() -> None:
    one, same, other = (
        counted_address((host, 1)) for host in ("2001:db8::1%eth0", "2001:db8::ffff", "2001:db9::1")
    )

    assert one == same != other


def test_a_socket_file_has_no_address() -> None:
    assert counted_address(None) is None


def test_each_address_has_its_share() -> None:
    connections = Connections(ServerLimits(connections_per_address=2))
    links = [Link() for _ in range(3)]

    assert [connections.add(link, "192.0.2.1") for link in links] == [True, True, False]
    assert connections.add(Link(), "192.0.2.2")
    assert connections.add(Link(), None)

    connections.remove(links[2], "192.0.2.1")
    connections.remove(links[1], "192.0.2.1")
    connections.remove(links[1], "192.0.2.1")
    assert connections.add(Link(), "192.0.2.1")
    assert not connections.add(Link(), "192.0.2.1")


def test_overload_says_when_to_come_back_and_nothing_else_does() -> None:
    assert b"\r\nretry-after: 1\r\n" in TOO_MANY_CONNECTIONS.answer()
    assert b"retry-after" not in LARGE_BODY.answer()
