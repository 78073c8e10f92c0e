"""Requests that schemathesis makes from our document: no answer is a mistake of the server.

For `make test-conformance`: schemathesis is not among what the other tests need.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import hypothesis
import pytest

from hive_resilience import Runtime
from hive_resilience.runtime.server.dialects.dialect import is_object
from hive_resilience.runtime.server.document.document import document

from .site_kit import ADMIN, SMALL, USE, Counted, fleet, keys_in, site

schemathesis: Any = pytest.importorskip("schemathesis")
pytestmark = pytest.mark.conformance

EXAMPLES = int(os.environ.get("HIVE_CONFORMANCE_EXAMPLES", "10"))
OURS = {502, 503, 504, 508, 529}
"""Statuses above 499 that tell something of the models; 500 is a mistake of ours."""
NEVER_ASKED = "/admin/drain"
"""It ends what the others are asked of."""

schema: Any = schemathesis.openapi.from_dict(document()).exclude(path=NEVER_ASKED)


@contextmanager
def served(folder: Any) -> Generator[str]:
    """The address of a server on a loop in a thread."""
    started, end = threading.Event(), asyncio.Event()
    found: dict[str, Any] = {}

    async def serve() -> None:
        found["loop"] = asyncio.get_running_loop()
        async with Runtime(fleet(Counted())) as runtime, site(runtime, keys_in(folder)) as here:
            found["url"] = here.url
            started.set()
            await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(10)
        yield found["url"]
    finally:
        found["loop"].call_soon_threadsafe(end.set)
        thread.join(20)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("keys")) as found:
        yield found


@schema.parametrize()  # type: ignore[untyped-decorator]  # of a library that may not be here
@hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.filter_too_much],
)
def test_a_request_is_answered_as_the_document_says(case: Any, url: str) -> None:
    key = ADMIN if case.path.startswith("/admin/") else USE
    body: Any = case.body
    if is_object(body) and "model" in body and len(str(body)) % 2:
        body["model"] = SMALL  # as often as not, so that a model is asked
    answer = case.call(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=10)

    assert answer.status_code < 500 or answer.status_code in OURS, answer.content
    if answer.status_code != 405:
        case.validate_response(
            answer,
            checks=[
                schemathesis.checks.status_code_conformance,
                schemathesis.checks.content_type_conformance,
                schemathesis.checks.response_schema_conformance,
            ],
        )
