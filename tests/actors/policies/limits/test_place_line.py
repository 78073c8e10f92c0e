"""The line before full models: one place a task, whichever model serves it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.limits.place_line import PlaceLine, Servers
from hive_resilience.actors.policies.limits.priority_queue import QueueEntry

ANY = Servers.of(None, ())
BOUND = 10


def join(
    line: PlaceLine[str],
    owner: str,
    *models: str,
    priority: int = 0,
    deadline: float | None = None,
    bound: int = BOUND,
    tried: tuple[str, ...] = (),
) -> QueueEntry[str] | None:
    servers = Servers.of(models or None, tried)
    return line.join(owner, servers, bound, priority, 0.0, deadline)


def taken(line: PlaceLine[str], model_id: str, now: float = 0.0) -> str | None:
    entry = line.take(model_id, now)
    return None if entry is None else entry.owner


def owners(entries: list[QueueEntry[str]]) -> list[str]:
    return [entry.owner for entry in entries]


def test_a_task_goes_to_whichever_of_its_models_is_free_first_and_only_there() -> None:
    line = PlaceLine[str]()
    join(line, "either", "a", "b")

    assert line.wants("a")
    assert line.wants("b")
    assert not line.wants("c")
    assert taken(line, "c") is None
    assert taken(line, "b") == "either"
    assert taken(line, "a") is None
    assert line.length == 0


def test_priority_goes_before_age_across_all_lines() -> None:
    line = PlaceLine[str]()
    join(line, "old", "a")
    join(line, "other", "a", "b")
    join(line, "urgent", priority=2)
    join(line, "new", "a")

    assert [taken(line, "a") for _ in range(5)] == ["urgent", "old", "other", "new", None]


def test_a_task_without_a_plan_takes_any_model_but_those_that_failed_it() -> None:
    line = PlaceLine[str]()
    join(line, "task", tried=("a",))

    assert not line.wants("a")
    assert taken(line, "joined later") == "task"


def test_a_line_is_bounded_and_a_higher_priority_sheds_the_newest_of_the_lowest() -> None:
    line = PlaceLine[str]()
    for owner in ("one", "two"):
        assert join(line, owner, "a", bound=2) is not None

    assert join(line, "three", "a", bound=2) is None
    assert join(line, "urgent", "a", priority=1, bound=2) is not None
    assert owners(line.drain_dropped()) == ["two"]
    assert line.drain_dropped() == []
    assert [taken(line, "a") for _ in range(3)] == ["urgent", "one", None]


def test_a_shed_entry_that_was_the_last_leaves_a_line_that_works() -> None:
    line = PlaceLine[str]()
    join(line, "one", "a", bound=1)

    assert join(line, "urgent", "a", priority=1, bound=1) is not None
    assert line.length == 1
    assert taken(line, "a") == "urgent"


def test_an_expired_entry_makes_room_before_one_is_shed() -> None:
    line = PlaceLine[str]()
    join(line, "late", "a", deadline=1.0, bound=2)
    join(line, "patient", "a", bound=2)

    entry = line.join("new", Servers.of(["a"], ()), 2, 0, 1.0, None)

    assert entry is not None
    assert owners(line.drain_dropped()) == ["late"]


def test_an_entry_whose_time_is_up_is_never_served() -> None:
    line = PlaceLine[str]()
    join(line, "late", "a", deadline=1.0)
    join(line, "in time", "a", deadline=2.0)

    assert line.next_deadline() == 1.0
    assert taken(line, "a", now=1.0) == "in time"
    assert owners(line.drain_dropped()) == ["late"]


def test_a_task_that_is_too_late_or_has_no_line_is_refused() -> None:
    line = PlaceLine[str]()

    assert join(line, "late", "a", deadline=0.0) is None
    assert join(line, "no line", "a", bound=0) is None
    assert line.length == 0


def test_a_withdrawn_entry_leaves_at_once_and_only_once() -> None:
    line = PlaceLine[str]()
    entry = join(line, "gone", "a")
    assert entry is not None

    assert line.withdraw(entry)
    assert not line.withdraw(entry)
    assert not line.wants("a")
    assert line.servers_of(entry) is None


def test_those_ahead_are_the_waiting_of_at_least_the_same_priority() -> None:
    line = PlaceLine[str]()
    for priority in (0, 1, 1, 2):
        join(line, "task", priority=priority)

    assert [line.ahead(ANY, priority) for priority in (0, 1, 2, 3)] == [4, 3, 1, 0]


steps = st.lists(
    st.tuples(
        st.sampled_from(["join", "take", "withdraw"]),
        st.frozensets(st.sampled_from("abc"), min_size=1),
        st.integers(0, 2),
    ),
    max_size=40,
)


@given(steps)
def test_it_serves_as_a_sorted_list_would(plan: list[tuple[str, frozenset[str], int]]) -> None:
    line = PlaceLine[int]()
    model: list[tuple[int, int, frozenset[str], QueueEntry[int]]] = []
    for number, (what, ids, priority) in enumerate(plan):
        if what == "join":
            entry = line.join(number, Servers(ids), 100, priority, 0.0, None)
            assert entry is not None
            model.append((-priority, number, ids, entry))
        elif what == "withdraw" and model:
            assert line.withdraw(model.pop(number % len(model))[3])
        elif what == "take":
            wanted = min(ids)
            fitting = sorted((m for m in model if wanted in m[2]), key=lambda m: m[:2])
            found = line.take(wanted, 0.0)
            assert found is (fitting[0][3] if fitting else None)
            if fitting:
                model.remove(fitting[0])
        assert line.length == len(model)
        assert all(line.wants(i) is any(i in m[2] for m in model) for i in "abc")


def test_a_task_waits_only_for_models_that_can_serve_unless_it_says_so() -> None:
    assert Servers(None) == Servers.of(None, ())
    assert not Servers(None).patient


def test_the_line_knows_who_waits_for_what() -> None:
    line: PlaceLine[str] = PlaceLine()
    both, one = Servers.of(["a", "b"], ()), Servers.of(["a"], ())
    first = line.join("first", both, 10, 0, 0.0, None)
    second = line.join("second", one, 10, 0, 0.0, None)
    assert first is not None
    assert second is not None
    assert (line.servers_of(first), line.servers_of(second)) == (both, one)
    assert line.entries() == (first, second)
    assert [line.waiting_for(model_id) for model_id in "abc"] == [2, 1, 0]
    line.withdraw(first)
    assert line.servers_of(first) is None
    assert [line.waiting_for(model_id) for model_id in "abc"] == [1, 0, 0]


def test_a_line_of_its_own_for_each_choice_of_models_has_one_next_deadline() -> None:
    line = PlaceLine[str]()
    join(line, "late", "a", deadline=9.0)
    join(line, "soon", "b", deadline=3.0)
    join(line, "patient", "c")

    assert line.next_deadline() == 3.0


def test_nothing_is_ahead_of_a_task_whose_line_no_other_has_begun() -> None:
    line = PlaceLine[str]()
    join(line, "low", "a", priority=0)
    join(line, "high", "a", priority=2)

    assert line.ahead(Servers.of(["b"], ()), 0) == 0
    assert line.ahead(Servers.of(["a"], ()), 1) == 1
    assert line.ahead(Servers.of(["a"], ()), 0) == 2


def test_servers_of_a_fleet_leave_out_what_was_tried_and_those_of_a_plan_too() -> None:
    fleet, plan = Servers.of(None, ["a"]), Servers.of(["a", "b"], ["a"])

    assert [fleet.include(model_id) for model_id in "abc"] == [False, True, True]
    assert [plan.include(model_id) for model_id in "abc"] == [False, True, False]
