"""Reads an answer that comes in one piece."""

from __future__ import annotations

from ..faults.error_body import is_page
from ..faults.errors import no_answer, unavailable
from ..faults.exchange import Exchange
from ..wire.json_reading import NotJSONError
from ..wire.json_value import Json
from ..wire.surrogates import has_halves, mended
from .body import Body

MAX_ANSWER_BYTES = 64 * 1024 * 1024


async def read_answer(body: Body, exchange: Exchange) -> tuple[Json, bytes]:
    """The value that a body is in JSON, and the body; raises ModelUnavailableError for none."""
    data = await body.whole(MAX_ANSWER_BYTES)
    if data is None:
        told = f"the answer is larger than {MAX_ANSWER_BYTES} bytes; it was not read on"
        raise unavailable(told, exchange)
    if is_page(data):
        raise no_answer(body.kind, body.status, exchange, page=True)
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        found = await body.json(data)
    except NotJSONError as error:
        told = f"the server answered with {len(data)} bytes that are not JSON ({error})"
    else:
        return (mended(found) if has_halves(data) else found), data
    raise unavailable(told, exchange)
