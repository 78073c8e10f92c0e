"""`hive-resilience alerts` against a running server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from hive_resilience.runtime.cli.serve import alerts_commands as commands
from hive_resilience.runtime.cli.serve.remote import Place

from ...server.site_kit import SMALL, guarded, story
from ...server.test_alerts_admin import alerting, fingerprint
from .operating_kit import Work, done

pytestmark = pytest.mark.usefixtures("key")


def run(folder: Path, *works: Work) -> list[int]:
    async def tell() -> list[int]:
        async with alerting(folder) as served:
            return [await done(served, work) for work in works]

    return story(tell())


def listing(place: Place) -> int:
    return commands.list_alerts(place, as_json=False)


def silencing(*labels: str, duration: str = "2h") -> Work:
    told = {"duration": duration, "comment": "update"}
    return lambda place: commands.silence(place, labels, told, as_json=False)


def test_the_list_has_what_fires_and_what_is_silenced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, silencing(f"model={SMALL}"), listing) == [0, 0]

    told = capsys.readouterr().out
    assert f"model={SMALL} until 20" in told
    line = next(line for line in told.splitlines() if "circuit_open" in line)
    assert "warning" in line
    assert "firing, silenced" in line
    assert f"the circuit breaker of {SMALL} is open" in line


def test_an_alert_is_acknowledged_by_its_fingerprint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def tell() -> int:
        async with alerting(tmp_path) as served:
            place, mark = Place(served.url), await fingerprint(served)
            told = {"by": "me"}
            return await asyncio.to_thread(
                lambda: commands.acknowledge(place, mark, told, as_json=False)
            )

    assert story(tell()) == 0
    assert "circuit_open: acknowledged by me" in capsys.readouterr().out


def test_a_silence_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def both(place: Place) -> int:
        code = commands.silence(place, ["alert=*"], {"duration": "5m"}, as_json=True)
        made = json.loads(capsys.readouterr().out)
        return code or commands.unsilence(place, made["id"], {}, as_json=False)

    assert run(tmp_path, both) == [0]
    assert "is over: alert=*" in capsys.readouterr().out


def test_a_test_says_what_became_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes = run(
        tmp_path,
        lambda place: commands.try_channel(place, "log", as_json=False),
        lambda place: commands.try_channel(place, "broken", as_json=False),
    )

    assert codes == [0, 1]
    assert capsys.readouterr().out.splitlines() == [
        "log: delivered",
        "broken: not delivered: the function raised ConnectionError",
    ]


REFUSED: list[tuple[Work, str]] = [
    (silencing("model"), "a label is written as name=value, not as 'model'"),
    (silencing("a b=c"), "letters, digits and _ alone"),
    (silencing("model=a", duration="soon"), "duration: write a span of time"),
    (lambda place: commands.acknowledge(place, "none", {}, as_json=False), "no alert with"),
    (lambda place: commands.unsilence(place, "none", {}, as_json=False), "there is no silence"),
    (lambda place: commands.try_channel(place, "lgo", as_json=False), "did you mean 'log'?"),
]


@pytest.mark.parametrize(("work", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_cannot_be_done_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], work: Work, said: str
) -> None:
    assert run(tmp_path, work) == [1]

    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err


def test_a_server_without_alerts_says_how_to_have_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def tell() -> int:
        async with guarded(tmp_path) as served:
            return await asyncio.to_thread(listing, Place(served.url))

    assert story(tell()) == 1
    assert "alerts are off: set alerts.enabled" in capsys.readouterr().err
