"""What can befall a stream, over real sockets: what is not whole never passes for it."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.outcomes.errors import (
    InvalidRequestError,
    ModelAuthenticationError,
    ModelTimeoutError,
    ModelUnavailableError,
    RateLimitedError,
    StreamInterruptedError,
)
from hive_resilience.config.errors import ResilienceError

from ..faulty_server import FaultyServer, answer, close_without_answer, reset, run
from ..pouring import Step, cut, endless, pour, stall
from ..providers import ALL, COMPATIBLE, KEY, OPENAI, Provider, ask_for_stream, event
from ..providers import broken as broken_stream

pytestmark = pytest.mark.usefixtures("key")
every_provider = pytest.mark.parametrize("provider", ALL, ids=str)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", KEY)


@every_provider
@pytest.mark.parametrize("step", [cut, reset], ids=["cut", "reset"])
def test_what_is_cut_off_is_interrupted_with_what_had_come(provider: Provider, step: Step) -> None:
    error = run(broken_stream(provider, pour(provider.start, provider.said("Hel"), step)))

    assert isinstance(error, StreamInterruptedError)
    assert error.partial == "Hel"
    assert "cut off" in str(error)
    assert "Hel" not in str(error)


@every_provider
def test_what_ends_in_good_order_but_too_early_is_interrupted(provider: Provider) -> None:
    error = run(broken_stream(provider, pour(provider.start + provider.said("Hel"))))

    assert isinstance(error, StreamInterruptedError)
    assert error.partial == "Hel"
    assert "ended before the answer did" in str(error)


@every_provider
@pytest.mark.parametrize("last", [(), (cut,), (reset,)], ids=["end", "cut", "reset"])
def test_before_the_first_content_it_is_as_if_nothing_had_come(
    provider: Provider, last: tuple[Step, ...]
) -> None:
    assert type(run(broken_stream(provider, pour(provider.start, *last)))) is ModelUnavailableError
    assert type(run(broken_stream(provider, close_without_answer))) is ModelUnavailableError


@every_provider
@pytest.mark.parametrize("bad", [b'data: {"secret": \n\n', b"data: \xff\n\n", b"data: [1]\n\n"])
def test_what_cannot_be_read_is_interrupted_and_not_quoted(provider: Provider, bad: bytes) -> None:
    late = pour(provider.start + provider.said("Hel") + bad + provider.end + provider.over)
    early = pour(provider.start + bad + provider.answer("Hel"))

    error = run(broken_stream(provider, late))

    assert isinstance(error, StreamInterruptedError)
    assert error.partial == "Hel"
    assert "secret" not in str(error)
    assert type(run(broken_stream(provider, early))) is ModelUnavailableError


@every_provider
@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ({"type": "rate_limit_error", "message": f"slow down, {KEY}"}, RateLimitedError),
        ({"type": "authentication_error"}, ModelAuthenticationError),
        ({"type": "invalid_request_error"}, InvalidRequestError),
        ({"type": "overloaded_error", "message": "Overloaded"}, ModelUnavailableError),
    ],
)
def test_an_error_in_the_stream_is_judged_by_the_table(
    provider: Provider, found: dict[str, str], kind: type[ResilienceError]
) -> None:
    sent = event({"type": "error", "error": found}, "error")

    error = run(broken_stream(provider, pour(provider.start + provider.said("Hel") + sent)))

    assert type(error) is kind
    assert KEY not in str(error)


def test_an_event_named_error_is_an_error_whatever_is_in_it() -> None:
    sent = event({"message": "no luck"}, "error")

    assert "no luck" in str(run(broken_stream(COMPATIBLE, pour(sent))))


@every_provider
def test_what_stalls_ends_with_the_deadline(provider: Provider) -> None:
    error = run(broken_stream(provider, pour(provider.said("Hel"), stall), deadline=0.2))

    assert isinstance(error, ModelTimeoutError)
    assert (error.kind, error.limit) == ("attempt", 0.2)


@every_provider
@pytest.mark.parametrize("piece", [b": alive\n\n", b": "], ids=["comments", "no line end"])
def test_what_is_kept_alive_for_ever_ends_with_the_deadline(
    provider: Provider, piece: bytes
) -> None:
    error = run(broken_stream(provider, endless(piece), deadline=0.2))

    assert isinstance(error, ModelTimeoutError | ModelUnavailableError)


@every_provider
def test_an_event_without_an_end_does_not_fill_the_memory(provider: Provider) -> None:
    error = run(broken_stream(provider, endless(b"data: " + b"x" * 65_536), deadline=15.0))

    assert "larger than 4194304 bytes" in str(error)


@every_provider
@pytest.mark.parametrize("kind", ["text/html", "text/event-stream", ""])
def test_a_web_page_is_called_one_whatever_its_type(provider: Provider, kind: str) -> None:
    error = run(broken_stream(provider, pour(b"<html>secret", kind=kind)))

    assert type(error) is ModelUnavailableError
    assert "answered 200 with a web page in place of an answer" in str(error)
    assert "secret" not in str(error)


@every_provider
@pytest.mark.parametrize("kind", ["text/plain", ""])
def test_another_type_of_answer_is_an_error_that_names_it(provider: Provider, kind: str) -> None:
    error = run(broken_stream(provider, pour(b"the secret", kind=kind)))

    assert type(error) is ModelUnavailableError
    assert f"with {kind or 'no type'!r} in place of an answer" in str(error)
    assert "secret" not in str(error)


@every_provider
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequestError),
        (401, ModelAuthenticationError),
        (404, ModelUnavailableError),
        (429, RateLimitedError),
        (500, ModelUnavailableError),
        (529, ModelUnavailableError),
    ],
)
def test_a_status_before_the_stream_is_judged_by_the_table_and_asked_once(
    provider: Provider, status: int, kind: type[ResilienceError]
) -> None:
    async def story() -> tuple[ResilienceError, int]:
        said = {"error": {"message": f"wrong key {KEY}"}}
        headers = {"Retry-After": "7", "Content-Type": "application/json"}
        async with FaultyServer(answer(status, said, headers)) as server:
            executor = provider.make(server.base_url)
            with pytest.raises(ResilienceError) as caught:
                await anext(ask_for_stream(executor))
            await executor.close()
        return caught.value, len(server.requests)

    error, requests = run(story())

    assert type(error) is kind
    assert requests == 1
    assert "wrong key ***" in str(error)
    assert KEY not in f"{error!r} {error.__cause__!r} {error.__context__!r}"
    if isinstance(error, RateLimitedError):
        assert error.retry_after == 7.0


def test_no_time_left_is_a_timeout_without_asking() -> None:
    error = run(broken_stream(OPENAI, answer(200), deadline=0.0))

    assert isinstance(error, ModelTimeoutError)
