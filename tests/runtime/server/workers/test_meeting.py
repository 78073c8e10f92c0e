"""Where workers meet that a program of others has started, and which number each has."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from hive_resilience.runtime.server.workers.holds import MOST_REMEMBERED, Holds
from hive_resilience.runtime.server.workers.meeting import VARIABLE, Manager, Meeting, name_of


@pytest.fixture
def meeting(tmp_path: Path) -> Meeting:
    return Meeting(tmp_path / "hive", None)


@pytest.fixture
def locks() -> Generator[list[int]]:
    """Closed after the test."""
    found: list[int] = []
    yield found
    for each in found:
        os.close(each)


def test_workers_of_one_parent_meet_where_they_serve_the_same() -> None:
    found = Meeting.of("shop.yml", {})

    assert found == Meeting.of("shop.yml", {})
    assert found.folder != Meeting.of("bank.yml", {}).folder
    assert found.manager == Manager.of(os.getppid())


def test_workers_of_several_parents_meet_by_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Meeting.of("shop.yml", {VARIABLE: "shop"})
    alone = Meeting.of("shop.yml", {})
    monkeypatch.setattr(os, "getppid", os.getpid)

    assert one == Meeting.of("shop.yml", {VARIABLE: "shop"})
    assert one.folder != Meeting.of("shop.yml", {VARIABLE: "bank"}).folder
    assert alone.folder != Meeting.of("shop.yml", {}).folder


def test_processes_that_a_shell_has_started_do_not_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Meeting.of("shop.yml", {})

    def another(_pid: int) -> int:
        return 4_000_000

    monkeypatch.setattr(os, "getpgid", another)

    assert before.folder != Meeting.of("shop.yml", {}).folder


def test_the_socket_of_a_local_ray_fits_below_the_folder() -> None:
    assert len(str(Meeting.of("shop.yml", {}).folder)) <= 24 + len("/hive-12345678")


def test_a_worker_has_the_lowest_number_that_is_free(meeting: Meeting, locks: list[int]) -> None:
    (first, lock), (second, other) = meeting.number(), meeting.number()
    os.close(lock)
    third, again = meeting.number()
    locks += [other, again]

    assert (first, second, third) == (1, 2, 1)
    assert meeting.is_mine(name_of(2), other)


def test_a_lock_ends_with_its_folder(meeting: Meeting, locks: list[int]) -> None:
    _, lock = meeting.number()
    locks.append(lock)
    shutil.rmtree(meeting.folder)

    assert not meeting.is_mine(name_of(1), lock)
    number, again = meeting.number()
    locks.append(again)
    assert number == 1
    assert meeting.is_mine(name_of(1), again)


def test_a_lock_is_looked_at_without_being_taken(meeting: Meeting, locks: list[int]) -> None:
    assert not meeting.is_locked("desk")
    lock = meeting.lock("desk")
    assert lock is not None
    locks.append(lock)
    assert meeting.is_locked("desk")


def test_only_its_user_enters_the_folder(meeting: Meeting, locks: list[int]) -> None:
    locks.append(meeting.number()[1])

    assert meeting.folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_enter_is_refused(meeting: Meeting) -> None:
    meeting.folder.mkdir()
    meeting.folder.chmod(0o755)

    with pytest.raises(PermissionError, match="not a folder of this user alone"):
        meeting.number()


def test_a_link_in_its_place_is_refused(meeting: Meeting, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    meeting.folder.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PermissionError):
        meeting.number()


def test_a_later_process_of_the_same_id_is_another_one() -> None:
    here = Manager.of(os.getpid())

    assert here.is_there
    assert here.began
    assert not Manager(os.getpid(), "0").is_there
    assert not Manager(4_194_303, "").is_there


def test_what_holds_outlives_its_process(tmp_path: Path) -> None:
    before = Holds(tmp_path / "holds")
    for subject, body in (("a", "1"), ("b", "2"), ("a", "3")):
        before.remember(subject, "operate", body)
    before.remember("b", None, None)

    assert list(Holds(tmp_path / "holds").all()) == [("operate", "3")]


def test_what_cannot_be_read_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "holds").write_text("{")

    assert list(Holds(tmp_path / "holds").all()) == []


def test_the_oldest_is_forgotten() -> None:
    holds = Holds()
    for number in range(MOST_REMEMBERED + 1):
        holds.remember(str(number), "operate", str(number))

    assert ("operate", "0") not in holds.all()
    assert len(list(holds.all())) == MOST_REMEMBERED
