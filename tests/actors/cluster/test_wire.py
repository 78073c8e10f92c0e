"""Messages of a cluster as bytes: they come back whole, and what is not understood says so."""

from __future__ import annotations

from math import inf

import orjson
import pytest

from hive_resilience.actors.cluster.messages import (
    Answer,
    Done,
    Exchange,
    Leave,
    Operate,
    Refusal,
    Views,
    Watch,
)
from hive_resilience.actors.cluster.survey import (
    AskFleet,
    FleetTold,
    ModelSums,
    ModelTold,
    PeerTold,
    Summary,
)
from hive_resilience.actors.cluster.wire import MessageError, RefusedError, decode, encode
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.policies.cluster.ledger import Claim
from hive_resilience.actors.policies.cluster.limits import limits_of
from hive_resilience.actors.policies.cluster.records import (
    Need,
    Report,
    Run,
    ShareGiven,
    TrialEnd,
    View,
)
from hive_resilience.config import ModelConfig

VIEW = View(7, 3, 4, State.FORCED_OPEN, inf, 0.5, "operator")
LIMITS = limits_of(ModelConfig(id="m"), trial_timeout=90.0, max_parking=3600.0)
REPORT = Report(
    "m",
    LIMITS,
    3,
    2,
    Claim(4, 1.5),
    (Run(7, 3, "timeout", True, 5, 1.0),),
    (TrialEnd("7-1", "success"),),
    ("7-2",),
    True,
    VIEW,
    0.25,
    Need(1.0, 2.0, 3.0, 4.0),
    None,
    True,
)
SHARE = ShareGiven("m", VIEW, 5, 3.0, 30, 2.0, None, "7-3", True, True, 4)
SUMMARY = Summary("host", 4, "0.1.0", (ModelSums("m", 1, 2, 3, 4, 5, 6, 7, "c2tldGNo"),))
FLEET = FleetTold(
    7,
    learning=True,
    fenced=False,
    peers=(PeerTold("a", 0.5, True, {"m": 5}, SUMMARY, 0.25), PeerTold("b", 9.0, False, {})),
    models=(ModelTold("m", VIEW, 30, 5, 1, 1, 10, 2, True, "a"),),
)


@pytest.mark.parametrize(
    "message",
    [
        Exchange("a", 2, 1, (REPORT,)),
        Exchange("a", 2, 1, (REPORT,), tells=2.0, speaks=("", "m"), summary=SUMMARY),
        AskFleet("a"),
        FLEET,
        Answer(7, 2, 3, (SHARE,), learning=True),
        Answer(7, 2, 3, (SHARE,), speaks=("", "m")),
        Watch("a", 7, {"m": 4}),
        Watch("a", 7, {"m": 4}, asked=3),
        Views(7, {"m": VIEW}),
        Views(7, {}, asked=3),
        Operate("a", "m", "trip", "why"),
        Leave("a", 9),
        Done(),
    ],
)
def test_a_message_comes_back_whole(message: object) -> None:
    assert decode(encode(message), type(message)) == message


def test_a_field_of_a_later_release_is_passed_over() -> None:
    found = orjson.loads(encode(Leave("a", 9)))
    found["body"]["new"] = 1

    assert decode(orjson.dumps(found), Leave) == Leave("a", 9)


def test_a_refusal_is_raised_with_its_words() -> None:
    with pytest.raises(RefusedError, match="why not"):
        decode(encode(Refusal("why not")), Answer)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{", "no message of a cluster"),
        (b"[]", "version 1 of the cluster's messages, and got version None"),
        (b'{"version": 2}', "got version 2; all processes of a cluster need releases"),
        (b'{"version": 1, "kind": "Poem"}', "'Poem' is not understood here"),
        (encode(Done()), "'Done' is not understood here"),
        (b'{"version": 1, "kind": "Leave", "body": {"peer": "a"}}', "without 'seq'"),
        (b'{"version": 1, "kind": "Leave", "body": {"peer": 3, "seq": 1}}', "3 is not understood"),
        (b'{"version": 1, "kind": "Leave", "body": {"peer": "a", "seq": true}}', "True is not"),
        (b'{"version": 1, "kind": "Leave", "body": null}', "None is not understood as Leave"),
    ],
)
def test_what_is_not_understood_says_why(data: bytes, told: str) -> None:
    with pytest.raises(MessageError, match=told):
        decode(data, Leave)
