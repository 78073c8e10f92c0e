"""What a task is told of waits that models ask for."""

from __future__ import annotations

import pytest

from hive_resilience import RetryConfig, Task, TaskResult
from hive_resilience.errors import AllModelsFailedError, RateLimitedError

from ...conftest import Virtual
from ...fleet_kit import NO_RETRY, Model, fleet, model


class Busy(Exception):
    status_code = 429

    def __init__(self, retry_after: object) -> None:
        super().__init__("busy")
        self.retry_after = retry_after


@pytest.mark.parametrize("rule", ["fail", "wait", "try"])
def test_waits_that_are_written_differently_are_compared_all_the_same(
    virtual: Virtual, rule: str
) -> None:
    async def main() -> TaskResult:
        models = [model("a", Model(Busy("39s"))), model("b", Model(Busy(5)))]
        async with fleet(*models, when_none_available=rule) as runtime:
            return await runtime.execute(Task("x", timeout=1.0))

    error = virtual(main()).error
    assert isinstance(error, AllModelsFailedError)
    assert error.retry_after == 5.0


def test_a_task_is_told_of_no_wait_beyond_the_bound(virtual: Virtual) -> None:
    async def main() -> TaskResult:
        async with fleet(model("a", Model(Busy(31e6)))) as runtime:
            return await runtime.execute(Task("x"))

    found = virtual(main())
    assert isinstance(found.error, AllModelsFailedError)
    assert found.error.retry_after == 3600.0


@pytest.mark.parametrize(("patience", "calls"), [(200.0, 2), (30.0, 1)])
def test_a_retry_waits_no_longer_than_the_bound_either(
    virtual: Virtual, patience: float, calls: int
) -> None:
    busy = Model(RateLimitedError("slowly", retry_after=1e6), "answer")
    retry = RetryConfig(max_retries=1, max_retry_after=patience)

    async def main() -> TaskResult:
        one = model("a", busy, retry=retry, max_parking=60.0)
        async with fleet(one) as runtime:
            return await runtime.execute(Task("x"))

    assert virtual(main()).success is (calls == 2)
    assert busy.calls == calls


def test_a_point_in_time_does_not_end_retrying_where_it_has_come(virtual: Virtual) -> None:
    busy = Model(RateLimitedError("slowly", retry_after=1.7e9), "answer")

    async def main() -> TaskResult:
        async with fleet(model("a", busy, retry=RetryConfig(max_retries=1))) as runtime:
            return await runtime.execute(Task("x"))

    assert virtual(main()).success


def test_no_retry_means_no_retry(virtual: Virtual) -> None:
    busy = Model(RateLimitedError("slowly", retry_after=1.0), "answer")

    async def main() -> TaskResult:
        async with fleet(model("a", busy, retry=NO_RETRY)) as runtime:
            return await runtime.execute(Task("x"))

    assert not virtual(main()).success
