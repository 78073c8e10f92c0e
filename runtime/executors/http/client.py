"""What all executors over HTTP do with URLs and bodies."""

from __future__ import annotations

from ....actors.policies.outcomes.errors import ModelUnavailableError
from ....config.errors import ConfigurationError
from ....config.values.redaction import presentable
from ....config.values.secrets import server
from ..transport.protocol import Response

MAX_ANSWER_BYTES = 64 * 1024 * 1024


def checked_base_url(url: str) -> str:
    """The URL as it is; raises `ConfigurationError` for what is none, and for one with a key."""
    try:
        return server(url)
    except ValueError as error:
        told, shown = f"base_url {error}", presentable("base_url", url)
        raise ConfigurationError(told, key="base_url", value=shown, allowed=str(error)) from error


async def read_body(response: Response, model_id: str | None) -> bytes:
    """The body, unpacked; stops where it grows larger than any answer should be."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response:
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            message = f"the answer is larger than {MAX_ANSWER_BYTES} bytes; it was not read on"
            raise ModelUnavailableError(message, model_id=model_id, status=response.status)
        chunks.append(chunk)
    return b"".join(chunks)
