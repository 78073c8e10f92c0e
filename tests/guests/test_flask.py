"""The Flask program of the page, under werkzeug: a thread for each request."""

from __future__ import annotations

import signal
from pathlib import Path

from ..examples.programs import HOW_TO, files_of
from .servers import LIMIT, command_of, in_parallel, seen, serving, told

PAGE = HOW_TO / "wsgi.md"
FLEET = """

@app.get("/held")
def held() -> str:
    metrics = runtime.snapshot().models["lions"]
    return f"{metrics.bulkhead.in_flight} {metrics.metrics.successes}"
"""


def test_each_thread_gets_its_answer_and_every_place_comes_back(tmp_path: Path) -> None:
    files = {"service.py": files_of(PAGE)["service.py"] + FLEET}
    command = command_of(PAGE, "--app service") + " --port 0"
    with serving(files, tmp_path, command) as server:
        answers = in_parallel(server, ["/ask?prompt=x", "/stream?prompt=x"] * 12)
        assert {answer[:2] for answer in answers} == {(200, "Lions sleep all day.")}
        assert server.ask("/held").body == "0 24"
        assert seen(server, PAGE) == told(PAGE)
        assert server.stop(signal.SIGINT) < LIMIT / 2
    assert server.complaints == []
