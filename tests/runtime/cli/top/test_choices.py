"""A key does one thing, and another takes it back."""

from __future__ import annotations

from functools import reduce

from hive_resilience.runtime.cli.top.choices import SORTS, Choices, pressed, shown

from .top_kit import look, model, out

NAMES = ("a", "b", "c")


def after(*keys: str, choices: Choices | None = None) -> Choices:
    """What is chosen after these keys."""

    def press(before: Choices, key: str) -> Choices:
        found = pressed(before, key, NAMES)
        assert found is not None, key
        return found

    return reduce(press, keys, choices or Choices())


def test_q_leaves_but_not_out_of_the_filter() -> None:
    assert pressed(Choices(), "q", NAMES) is None
    assert after("/", "q").filter == "q"


def test_arrows_select_and_stop_at_the_ends() -> None:
    assert after("down").selected == "a"
    assert after("up").selected == "c"
    assert after("down", "down", "down", "down", "j").selected == "c"
    assert after("end", "k", "k", "k").selected == "a"
    assert after("page_down", "home").selected == "a"
    assert after("enter").selected == "a"


def test_a_selection_that_is_filtered_away_begins_again() -> None:
    assert after("down", choices=Choices(selected="gone")).selected == "a"
    assert pressed(Choices(), "down", ()) == Choices()


def test_s_goes_round_all_orders() -> None:
    assert after(*["s"] * len(SORTS)) == Choices()
    assert after("s").sort == SORTS[1]


def test_a_filter_is_typed_kept_and_taken_back() -> None:
    typed = after("/", "o", "x", "backspace", "p", "enter")
    assert (typed.filter, typed.typing) == ("op", False)
    assert after("/", "o", "escape").filter == ""
    assert after("escape", choices=typed).filter == ""
    assert len(after("/", *["x"] * 200).filter) == 60


def test_escape_takes_back_one_thing_at_a_time() -> None:
    all_of_it = after("/", "a", "enter", "down", "?")
    assert (all_of_it.help, all_of_it.selected, all_of_it.filter) == (True, "a", "a")
    first = after("escape", choices=all_of_it)
    assert (first.help, first.selected, first.filter) == (False, "a", "a")
    second = after("escape", choices=first)
    assert (second.selected, second.filter) == (None, "a")
    assert after("escape", choices=second) == Choices()


def test_p_pauses_and_goes_on() -> None:
    assert after("p").paused
    assert not after("p", "p").paused


def test_what_is_unknown_does_nothing() -> None:
    assert after("x", "left", "é") == Choices()


def test_models_are_sorted_by_what_is_asked() -> None:
    found = look(model("b", rate=1.0, p95=2.0), out("a"), model("c", rate=9.0, errors=0.5, busy=7))

    def order(sort: str) -> str:
        return "".join(one["id"] for one in shown(found, Choices(sort=sort)))

    orders = {sort: order(sort) for sort in SORTS}
    assert orders == {
        "settings": "bac",
        "state": "abc",
        "calls": "cab",
        "failed": "cba",
        "p95": "bac",
        "busy": "cba",
        "name": "abc",
    }


def test_a_filter_finds_names_and_states() -> None:
    found = look(model("Big"), out("small"))

    def names(text: str) -> list[str]:
        return [one["id"] for one in shown(found, Choices(filter=text))]

    assert (names("bi"), names("open"), names("nothing")) == (["Big"], ["small"], [])
