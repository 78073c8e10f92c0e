"""Errors of foreign classes: what stands on them is read, and nothing of it can hurt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from hive_resilience import RetryConfig
from hive_resilience.actors.policies.outcomes.classify import classify, retry_after_of
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.actors.policies.retry import Retry

from .foreign_kit import ForeignError


def test_what_somebody_has_added_to_an_error_of_pythons_own_is_read() -> None:
    error = RuntimeError("too many requests")
    error.status_code = 429  # type: ignore[attr-defined]  # as some clients do
    assert classify(error) is Fault.RATE_LIMITED


def test_what_stands_on_the_class_of_a_foreign_error_is_read() -> None:
    class TooManyRequests(Exception):
        status_code = 429

    assert classify(TooManyRequests()) is Fault.RATE_LIMITED


class HostileMapping(Mapping[str, object]):
    def __getitem__(self, key: str) -> object:
        raise RuntimeError("no item")

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("no names")

    def __len__(self) -> int:
        return 1


class HostileText(str):
    __slots__ = ()

    def __hash__(self) -> int:
        raise RuntimeError("no hash")


class HostileNumber(int):
    def __ge__(self, other: object) -> bool:
        raise RuntimeError("no order")


@pytest.mark.parametrize(
    "fields",
    [
        {"body": HostileMapping()},
        {"code": HostileText("x")},
        {"status_code": HostileNumber(429)},
        {"headers": HostileMapping(), "retry_after": None},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_an_error_whose_fields_raise_is_a_failure_that_asks_for_nothing(
    fields: dict[str, object],
) -> None:
    error = ForeignError(**fields)

    assert classify(error) is Fault.FAILURE
    assert retry_after_of(error) is None
    assert not Retry(RetryConfig(retryable_errors=("503",))).retryable(error)


def test_an_error_without_a_readable_number_is_a_failure() -> None:
    class Numberless(OSError):
        @property
        def errno(self) -> int:  # type: ignore[override]  # hostile
            raise RuntimeError("no number")

    assert classify(Numberless()) is Fault.FAILURE
