"""Any thread may wait for an actor's end, and few do."""

from __future__ import annotations

import threading

import pytest

from hive_resilience.actors.engine.stop_flag import StopFlag

LIMIT = 10.0


def test_who_waits_before_it_is_set_is_woken() -> None:
    flag, waits = StopFlag(), threading.Barrier(3)
    woken: list[bool] = []

    def wait() -> None:
        waits.wait(LIMIT)
        woken.append(flag.wait(LIMIT))

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    waits.wait(LIMIT)
    flag.set()
    for thread in threads:
        thread.join(LIMIT)

    assert woken == [True, True]


def test_who_waits_after_it_is_set_does_not_wait() -> None:
    flag = StopFlag()
    flag.set()

    assert (flag.is_set(), flag.wait(0.0)) == (True, True)


def test_a_wait_that_is_over_first_says_so() -> None:
    flag = StopFlag()

    assert (flag.wait(0.0), flag.is_set()) == (False, False)


def test_it_is_never_taken_back() -> None:
    with pytest.raises(RuntimeError, match="does not live again"):
        StopFlag().clear()
