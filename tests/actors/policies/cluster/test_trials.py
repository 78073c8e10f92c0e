"""A trial is of one half-open period, and no call starts as one of an earlier period."""

from __future__ import annotations

from hive_resilience.actors.policies.cluster.shared_model import Barred

from .test_owned import an_open_pair


def test_a_trial_of_an_earlier_period_starts_no_call() -> None:
    owner, a, b = an_open_pair()
    a.exchange(owner, 5.0)
    a.shared.bars(5.2)
    a.exchange(owner, 5.2)
    owner.operate("reset", "", 5.3)
    owner.operate("trip", "", 5.3)
    a.shared.sight.adopt(owner.view(5.3), a.breaker, 5.3)

    assert a.shared.bars(5.4) is Barred.VIEW
    assert a.shared.started(5.4).trial is None
    for peer in (a, b):
        peer.exchange(owner, 8.0)
    b.exchange(owner, 10.4)
    b.shared.bars(10.4)
    b.exchange(owner, 10.5)

    assert b.shared.bars(10.5) is None
    assert a.shared.bars(10.5) is Barred.VIEW
