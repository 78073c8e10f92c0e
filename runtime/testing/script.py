"""One call of a scripted model."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from types import SimpleNamespace

from ...actors.policies.chance import Draw as Draw

ANSWER = "answer"
"""The answer of a step without one of its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call: it takes `takes` seconds, then raises `error` or answers `value`.

    A `stubborn` call goes on when it is cancelled.
    """

    value: object = ANSWER
    takes: float = 0.0
    error: BaseException | None = None
    stubborn: bool = False


def answer(value: object = ANSWER, *, takes: float = 0.0) -> Step:
    """Answer `value` after `takes` seconds."""
    return Step(value, takes)


def fail(error: BaseException | None = None, *, takes: float = 0.0) -> Step:
    """Raise `error` (a `ConnectionError`) after `takes` seconds."""
    return Step(None, takes, error or ConnectionError("scripted"))


def hang() -> Step:
    """Never answer; the call ends only when it is cancelled."""
    return Step(None, inf)


def late(value: object = "late", *, takes: float) -> Step:
    """Answer after `takes` seconds even if cancelled before that."""
    return Step(value, takes, None, True)


class Hostile:
    """An answer that fails all code that looks at it closely."""

    def __getattr__(self, name: str) -> object:
        raise LookupError(f"this answer has no {name}")

    def __eq__(self, other: object) -> bool:
        raise LookupError("this answer compares to nothing")

    def __hash__(self) -> int:
        return object.__hash__(self)


GARBAGE: tuple[object, ...] = (
    None,
    "",
    b"\xff\xfe",
    float("nan"),
    {},
    Hostile(),
    SimpleNamespace(rate_limits="none", usage="lots"),
    SimpleNamespace(rate_limits=17, usage={"total_tokens": -1}),
    SimpleNamespace(rate_limits={"x-ratelimit-limit-requests": None}, usage=None),
)
"""Answers that a provider may give and no program expects."""
