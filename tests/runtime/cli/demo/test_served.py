"""The demonstration of the server, from its beginning to its end."""

from __future__ import annotations

import subprocess
import sys

from hive_resilience.runtime.cli.demo import served
from hive_resilience.runtime.cli.demo.served import Seen

LIMIT = 100.0
CUT = Seen("large", ("a", "b"), None, "APIError: cut")
AGAIN = Seen("medium", ("a", "b", "c"), "stop", None)


def test_a_client_hears_of_a_cut_and_gets_whole_answers_elsewhere() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", served.__name__],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    told = done.stdout
    assert "The client raises APIError: the stream of large was interrupted" in " ".join(
        told.split()
    )
    assert "medium has answered in its place" in told
    assert told.endswith("All as it should be.\n")


def test_a_cut_that_passes_for_a_whole_answer_is_not_how_it_should_be() -> None:
    assert served.went_well(CUT, AGAIN, Seen("large", ("a",) * 9, "stop", None))
    assert not served.went_well(CUT._replace(error=None, end="stop"), AGAIN, AGAIN)
    assert not served.went_well(CUT, CUT, Seen("large", ("a",) * 9, "stop", None))
    assert not served.went_well(CUT, AGAIN, CUT)
