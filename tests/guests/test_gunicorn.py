"""The page on gunicorn, in real gunicorn: workers answer, each with a fleet of its own, and end."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..examples.programs import HOW_TO, files_of
from .servers import LIMIT, command_of, in_parallel, seen, serving, told

pytest.importorskip("gunicorn", reason="gunicorn runs on POSIX alone")
pytest.importorskip("flask")
PAGE = HOW_TO / "gunicorn.md"
FILES = files_of(PAGE)
LOCAL = " --bind 127.0.0.1:0"


@pytest.mark.parametrize("preload", [" --preload", ""], ids=["preloaded", "loaded by each worker"])
def test_each_worker_has_a_fleet_that_the_hooks_start_and_close(
    preload: str, tmp_path: Path
) -> None:
    command = command_of(PAGE, "service:app").replace(" --preload", preload) + LOCAL
    with serving(FILES, tmp_path, command) as server:
        assert seen(server, PAGE) == told(PAGE)
        assert len(server.workers("/ask?prompt=hello", 2)) == 2
        answers = in_parallel(server, ["/ask?prompt=x"] * 16)
        assert {answer.body for answer in answers} == {"small says: x"}
        assert server.stop() < LIMIT / 2
    assert server.complaints == []


def test_without_hooks_each_worker_of_a_preloaded_application_gets_a_fresh_fleet(
    tmp_path: Path,
) -> None:
    files = {"hookless.py": FILES["hookless.py"]}
    command = command_of(PAGE, "hookless:app") + LOCAL
    with serving(files, tmp_path, command) as server:
        assert len(server.workers("/", 2)) == 2
        assert server.ask("/").body == "small says: hello"
        assert server.stop() < LIMIT / 2
    # From Python 3.12 on a fork beside the parent's threads is warned of, as the page says.
    assert [line for line in server.complaints if "use of fork()" not in line] == []
