"""Which models may take a task: a table of fleets and kinds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hive_resilience.actors.policies.families import FamilyTable, Speaker
from hive_resilience.actors.policies.outcomes.errors import UnsupportedTaskError
from hive_resilience.actors.policies.task_kinds import (
    ANY,
    USUAL,
    Bound,
    Kind,
    is_sealed,
    kind_of,
)
from hive_resilience.config.values.families import Family

CHAT, EMBEDDING, MESSAGE = Family.CHAT, Family.EMBEDDING, Family.MESSAGE
SPACE = Kind(EMBEDDING, Bound.SPACE)
RESPONSE = Kind(Family.RESPONSE, Bound.GROUP)


def table(**speakers: Speaker) -> FamilyTable:
    found = FamilyTable()
    for model_id, speaker in speakers.items():
        found.add(model_id, speaker)
    return found


def speaks(*families: Family, space: str | None = None, name: str | None = None) -> Speaker:
    return Speaker(frozenset(families), space, name)


FLEET = table(
    chat=speaks(CHAT),
    claude=speaks(MESSAGE),
    small=speaks(EMBEDDING, space="s"),
    large=speaks(EMBEDDING, space="l", name="text-large"),
    other=speaks(CHAT, EMBEDDING, space="s"),
    alone=speaks(EMBEDDING),
    anything=Speaker(),
)
ALL = ("chat", "claude", "small", "large", "other", "alone", "anything")


def ids(kind: Kind, fleet: tuple[str, ...] = ALL, *, planned: bool = False) -> tuple[str, ...]:
    return FLEET.fit(kind, fleet, planned=planned).ids


@pytest.mark.parametrize("family", [CHAT, MESSAGE])
def test_chats_and_messages_go_to_models_of_either(family: Family) -> None:
    assert ids(Kind(family)) == ("chat", "claude", "other", "anything")


def test_a_task_without_a_family_goes_anywhere() -> None:
    assert ids(ANY) == ALL


def test_a_model_without_families_takes_every_type() -> None:
    assert ids(Kind(Family.RERANK)) == ("anything",)


def test_each_model_left_out_has_its_reason() -> None:
    fit = FLEET.fit(Kind(Family.RERANK), ("chat", "anything"), planned=False)
    ((model_id, unfit),) = fit.unfit
    record = unfit.record(model_id, 0.0)
    assert (record.model_id, record.number) == ("chat", 0)
    assert isinstance(record.error, UnsupportedTaskError)
    assert str(record.error) == "chat takes chat, and no tasks of the type rerank"


def test_an_embedding_stays_within_the_space_of_the_first_model_that_makes_them() -> None:
    assert ids(SPACE) == ("small", "other")


def test_a_model_without_a_space_has_no_other_beside_it() -> None:
    assert ids(SPACE, ("alone", "small")) == ("alone",)
    assert ids(SPACE, ("anything", "alone")) == ("anything",)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("large", ("large",)),
        ("other", ("small", "other")),
        ("text-large", ("large",)),
        ("unheard of", ("small", "other")),
    ],
)
def test_an_embedding_goes_to_the_model_that_it_names(
    named: str, expected: tuple[str, ...]
) -> None:
    assert ids(SPACE._replace(named=named)) == expected


def test_an_embedding_goes_to_the_group_that_it_names() -> None:
    fleet = table(a=speaks(EMBEDDING, space="s"), b=speaks(EMBEDDING, space="s"))
    fleet.add("c", speaks(EMBEDDING, space="s"))
    fleet.regroup({"vectors": ("c", "b")})
    found = fleet.fit(SPACE._replace(named="vectors"), ("a", "b", "c"), planned=False)
    assert found.ids == ("c", "b")


def test_the_name_in_a_payload_says_nothing_beside_a_plan() -> None:
    assert ids(SPACE._replace(named="large"), ("small", "other"), planned=True) == (
        "small",
        "other",
    )


def test_a_response_stays_within_the_group_of_the_first_model() -> None:
    fleet = table(**{i: speaks(Family.RESPONSE) for i in "abc"})
    assert fleet.fit(RESPONSE, "abc", planned=False).ids == ("a",)
    fleet.regroup({"one": ("a", "c")})
    assert fleet.fit(RESPONSE, "abc", planned=False).ids == ("a", "c")


def test_a_plan_is_a_group() -> None:
    fleet = table(**{i: speaks(Family.RESPONSE) for i in "abc"})
    assert fleet.fit(RESPONSE, "ab", planned=True).ids == ("a", "b")


def test_what_a_server_remembers_is_asked_of_one_model() -> None:
    fleet = table(**{i: speaks(Family.RESPONSE) for i in "ab"})
    kind = RESPONSE._replace(bound=Bound.MODEL)
    assert fleet.fit(kind, "ab", planned=True).ids == ("a",)


def test_a_model_that_has_left_is_forgotten() -> None:
    fleet = table(a=speaks(EMBEDDING))
    fleet.remove("a")
    assert fleet.fit(USUAL, "a", planned=False).ids == ("a",)


# What kind a task is.


@pytest.mark.parametrize("name", ["chat", "completion", "summary", "", None, 7, []])
def test_any_unknown_type_is_a_chat(name: object) -> None:
    assert kind_of(name, {"prompt": "Hi"}) is USUAL


@pytest.mark.parametrize(
    ("name", "payload", "kind"),
    [
        ("embedding", {"input": "Hi"}, SPACE),
        ("embedding", {"input": "Hi", "model": "m"}, SPACE._replace(named="m")),
        ("embedding", {"model": 7}, SPACE),
        ("embedding", "Hi", SPACE),
        ("response", "Hi", RESPONSE),
        ("response", {"previous_response_id": "r"}, RESPONSE._replace(bound=Bound.MODEL)),
        ("response", b'{"conversation": "c"}', RESPONSE._replace(bound=Bound.MODEL)),
        ("response", {"previous_response_id": None}, RESPONSE),
        ("rerank", {}, Kind(Family.RERANK)),
        ("message", "Hi", Kind(MESSAGE)),
    ],
    ids=range(10),
)
def test_the_type_and_the_payload_say_the_kind(name: str, payload: object, kind: Kind) -> None:
    assert kind_of(name, payload) == kind


SIGNED = {"type": "thinking", "thinking": "Hm", "signature": "x"}
SEALED: list[dict[str, Any]] = [
    {"content": [SIGNED]},
    {"content": [{"type": "redacted_thinking", "data": "x"}]},
    {"content": "Hi", "thinking_blocks": [SIGNED]},
    {"content": "Hi", "reasoning_details": [{"type": "reasoning.encrypted"}]},
]


@pytest.mark.parametrize("message", SEALED, ids=["signed", "redacted", "blocks", "details"])
def test_what_an_account_has_sealed_keeps_a_task_in_its_group(message: dict[str, Any]) -> None:
    payload = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", **message}]}
    assert kind_of("chat", payload).bound is Bound.GROUP
    assert kind_of("message", json.dumps(payload).encode()).bound is Bound.GROUP
    assert kind_of("chat", payload, reads=False) is USUAL


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "signature",
        {},
        {"messages": None},
        {"messages": [None, 7, "x"]},
        {"messages": [{"role": "user", "content": [SIGNED]}]},
        {"messages": [{"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm"}]}]},
        {"messages": [{"role": "assistant", "content": "Hi"}]},
    ],
    ids=range(8),
)
def test_other_payloads_are_not_sealed(payload: object) -> None:
    assert not is_sealed(payload)


class Hostile(dict[str, object]):
    """As a payload of the user's own class may be."""

    def get(self, key: object, default: object = None) -> object:
        raise RuntimeError


@pytest.mark.parametrize(
    ("name", "kind"), [("chat", USUAL), ("embedding", SPACE), ("response", RESPONSE)]
)
def test_a_payload_that_fails_at_being_looked_at_is_of_its_type(name: str, kind: Kind) -> None:
    assert kind_of(name, Hostile()) == kind
