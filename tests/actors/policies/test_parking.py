"""How long a model is left alone because somebody else said so."""

from __future__ import annotations

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.parking import Parking


def test_it_is_over_before_it_begins() -> None:
    parking = Parking(90.0)

    assert parking.left(0.0) == 0.0
    assert not parking.cut


def test_it_is_only_ever_lengthened() -> None:
    parking = Parking(90.0)

    parking.lengthen(0.0, 20.0)
    parking.lengthen(1.0, 5.0)

    assert parking.left(1.0) == 19.0
    assert not parking.cut


def test_what_fits_the_bound_exactly_is_not_cut() -> None:
    parking = Parking(90.0)

    parking.lengthen(10.0, 90.0)

    assert (parking.left(10.0), parking.cut) == (90.0, False)


def test_it_stays_cut_when_less_is_asked_for_later() -> None:
    parking = Parking(90.0)

    parking.lengthen(0.0, inf)
    parking.lengthen(1.0, 1.0)

    assert (parking.left(1.0), parking.cut) == (89.0, True)


def test_the_next_one_begins_where_the_last_has_ended() -> None:
    parking = Parking(90.0)
    parking.lengthen(0.0, 91.0)

    parking.lengthen(90.0, 60.0)

    assert (parking.left(90.0), parking.cut) == (60.0, False)


def test_it_can_be_ended() -> None:
    parking = Parking(90.0)
    parking.lengthen(0.0, 91.0)

    parking.end()
    assert (parking.left(1.0), parking.cut) == (0.0, False)

    parking.lengthen(1.0, 60.0)
    assert parking.left(1.0) == 60.0


asked = st.lists(st.tuples(st.floats(0, 200), st.floats(0, 1e12)), min_size=1, max_size=30)


@given(st.floats(1, 4000), asked)
def test_it_never_lasts_longer_than_its_bound(
    longest: float, steps: list[tuple[float, float]]
) -> None:
    parking, now, since = Parking(longest), 0.0, 0.0
    for step, seconds in steps:
        now += step
        if parking.left(now) == 0.0:
            since = now
        parking.lengthen(now, seconds)
        assert min(seconds, since + longest - now) <= parking.left(now) * 1.000_001 + 1e-6
        assert now + parking.left(now) <= (since + longest) * 1.000_001
