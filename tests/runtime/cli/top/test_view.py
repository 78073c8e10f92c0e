"""The screen answers what matters at one look, in any size and with any name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from hive_resilience.runtime.cli.top.choices import Choices
from hive_resilience.runtime.cli.top.marks import PLAIN, RICH, marks_for
from hive_resilience.runtime.cli.top.plain import as_text
from hive_resilience.runtime.cli.top.seen import Seen

from .top_kit import NOW, drawn, event, look, model, out

FLEET = look(out("a"), model("b"), model("c", status="maintenance", out="maintenance"))


def test_80_by_24_says_what_is_wrong_since_when_why_and_what_is_done() -> None:
    lines = drawn(FLEET)
    assert "hive-resilience · billing" in lines[0]
    assert lines[1].startswith(" ✖ a is out; the others serve")
    assert lines[1].rstrip().endswith("for 60 s")
    assert "a: Breaker open." in lines[2]
    assert lines[3].startswith(" → Tasks go to b.")
    assert "1 of 3 usable" in lines[4]
    heading = next(line for line in lines if "MODEL" in line)
    assert heading.split() == [
        *("MODEL", "STATE", "CALL/S", "FAILED", "P50", "P95", "P99", "BUSY", "SHARE")
    ]
    (row,) = (line for line in lines if "Open, 12 s" in line)
    assert row.split() == [
        "✖",
        "a",
        "Open,",
        "12",
        "s",
        "2.0",
        "0",
        "%",
        "100",
        "ms",
        "250",
        "ms",
        "1.5",
        "s",
        "1/40",
        "50",
        "%",
    ]
    assert any("■ c" in line and "Maintenance" in line for line in lines)
    assert lines[-1].split()[:2] == ["q", "quit"]


def test_a_process_in_a_cluster_has_a_line_that_says_whether_it_is_alone() -> None:
    joined = {"joined": True, "peers": 4, "epoch": 17, "learning": False, "error": None}
    alone = joined | {"joined": False, "error": "the link is away"}

    (line,) = (one for one in drawn({**FLEET, "cluster": joined}) if "epoch" in one)
    assert line.split() == ["joined", "with", "4", "processes", "·", "epoch", "17"]
    assert any(
        "alone, without its cluster  ·  the link is away" in one
        for one in drawn({**FLEET, "cluster": alone})
    )
    assert not any("cluster" in one for one in drawn({**FLEET, "cluster": None}))


def test_workers_of_a_server_are_told_and_those_that_are_alone_are_named() -> None:
    joined = {"joined": True, "peers": 4, "epoch": 17, "learning": False, "error": None}
    lost = joined | {"joined": False, "error": "the link is away", "alone": [2]}
    mine = {**event(1, "a failure"), "workers": [3]}

    whole = drawn({**FLEET, "workers": "3 of 3", "cluster": joined, "events": [mine]})
    seen = Seen.first({**FLEET, "workers": "2 of 3", "cluster": lost}, 0.0)
    part, plain = drawn(seen), as_text(seen, 0.0)

    assert any("3 of 3 workers answer  ·  joined with 4 processes" in one for one in whole)
    assert any(one.rstrip().endswith("a failure  worker 3") for one in whole)
    assert any(
        "2 of 3 workers answer  ·  worker 2 alone, without its cluster" in one for one in part
    )
    assert "2 of 3 workers answer, worker 2 alone, without the cluster" in plain


def test_40_by_10_keeps_the_banner_each_model_and_the_keys() -> None:
    lines = drawn(FLEET, size=(40, 10))
    assert lines[0].startswith(" ✖ a is out")
    assert "for 60 s" in lines[0]
    assert all(any(f" {one}" in line for line in lines[3:8]) for one in "abc")
    assert "FAILED" in lines[3]
    assert lines[-1].startswith(" q  quit")


def test_a_wide_screen_shows_the_last_two_minutes() -> None:
    lines = drawn(FLEET, size=(140, 30))
    assert any("LAST 2 MIN" in line for line in lines)
    assert any(line.rstrip().endswith("▃█") for line in lines)


def test_a_selected_model_is_shown_in_full() -> None:
    lines = drawn(FLEET, Choices(selected="a"))
    text = "\n".join(lines)
    for told in (
        "▸✖ a",
        "── a ─",
        "Breaker open  ·  for 60 s",
        "open, next try in 12 s at the latest",
        "too many failures in a row",
        "p50 100 ms  ·  p95 250 ms  ·  p99 1.5 s",
        "1 of 40  ·  0 wait",
        "none is set",
        "0 restarts",
    ):
        assert told in text
    assert "Events" not in text


def test_the_selection_stays_in_sight_in_a_large_fleet() -> None:
    found = look(*(model(f"m{number:03}") for number in range(300)))
    lines = drawn(found, Choices(selected="m150"))
    assert any("▸● m150" in line for line in lines)
    assert any("148-153 of 300" in line for line in lines)


def test_alerts_and_the_newest_events_stand_below() -> None:
    alert = {"severity": "error", "model": "a", "message": "it is slow", "since": NOW - 9_000}
    text = "\n".join(drawn({**FLEET, "alerts": [alert]}))
    assert "Alerts: 1" in text
    assert "✖ error" in text
    assert "a: it is slow" in text
    assert text.index("Now unavailable") < text.index("Breaker open for 20 s\n")


def test_a_lost_fleet_is_said_to_be_that_with_the_time() -> None:
    lost = Seen.first(FLEET, 0.0).losing("no runtime listens there any more")
    (line, *_) = drawn(lost, late=12.0)
    assert line.startswith(" Last seen 12 s ago, looking on · no runtime listens")
    (line, *_) = drawn(lost, late=12.0, size=(40, 10))
    assert line.startswith(" Last seen 12 s ago")
    (line, *_) = drawn(FLEET, late=3.0)
    assert "it has not answered yet" in line


def test_a_pause_says_how_old_the_picture_is() -> None:
    lines = drawn(FLEET, Choices(paused=True), late=30.0)
    assert lines[0].strip() == "Paused 30 s ago · p goes on"
    assert " p  go on" in lines[-1]


def test_a_filter_is_in_the_foot_while_it_is_typed_and_later() -> None:
    assert drawn(FLEET, Choices(filter="b", typing=True))[-1] == " /  b_"
    lines = drawn(FLEET, Choices(filter="zzz"))
    assert " /  zzz" in lines[-1]
    assert any("no model is called 'zzz'" in line for line in lines)


def test_help_explains_each_key() -> None:
    text = "\n".join(drawn(FLEET, Choices(help=True)))
    assert "take back: the selection, then the filter" in text
    assert all(cell_len(line) < 80 for line in drawn(FLEET, Choices(help=True))[-18:-1])


def test_a_terminal_without_unicode_gets_other_shapes() -> None:
    assert marks_for("utf-8") is RICH
    assert marks_for("latin-1") is PLAIN
    assert marks_for("no such encoding") is PLAIN
    assert all(line.isascii() for line in drawn(FLEET, marks=PLAIN))


def test_nothing_that_comes_steers_the_terminal() -> None:
    nasty = "\x1b[2J\x1b]0;owned\x07\r\n\u202e[bold red]"
    found = look(out(nasty, error=nasty, why=nasty), events=[event(1, nasty, nasty)])
    text = "".join(drawn(found, Choices(selected=None)))
    assert text.isprintable()
    assert "[bold red]" in text


@settings(max_examples=60)
@given(
    width=st.integers(1, 200),
    height=st.integers(1, 60),
    count=st.integers(0, 30),
    name=st.text(max_size=40) | st.just("模型" * 10),
    choices=st.builds(
        Choices,
        sort=st.sampled_from(("settings", "failed", "name")),
        selected=st.sampled_from((None, "0", "7")),
        filter=st.sampled_from(("", "0", "open")),
        typing=st.booleans(),
        paused=st.booleans(),
        help=st.booleans(),
    ),
)
def test_the_screen_is_full_and_never_overflows(
    width: int, height: int, count: int, name: str, choices: Choices
) -> None:
    models = [out(f"{number}{name if number % 2 else ''}") for number in range(count)]
    lines = drawn(look(*models), choices, (width, height))
    assert len(lines) == height
    assert all(cell_len(line) <= width for line in lines), lines


@pytest.mark.parametrize("level", ["well", "watch", "bad", "out"])
def test_each_level_of_the_banner_has_a_shape(level: str) -> None:
    found = look(model("a"))
    found["verdict"] |= {"level": level, "title": "So it is"}
    shapes = {"well": "●", "watch": "▲", "bad": "✖", "out": "✖"}
    assert f" {shapes[level]} So it is" in "\n".join(drawn(found))
