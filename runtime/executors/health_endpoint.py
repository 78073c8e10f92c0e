"""A health check that GETs a model's endpoint for that, over a connection of its own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from functools import partial
from importlib import import_module
from typing import Any, TypeAlias

import orjson

from ...actors.executor import Probe
from ...actors.policies.outcomes.errors import ModelUnavailableError
from ...config.errors import ConfigurationError
from ...config.settings.health import CONTAINS
from ...config.settings.model import ModelConfig
from ...config.values.secrets import is_url
from ...config.values.values import is_list, is_mapping
from .http.faults.errors import transport_error
from .http.faults.exchange import Exchange
from .transport.choice import own_transport
from .transport.options import ConnectionOptions
from .transport.protocol import Request, Response, TransportError

Expected: TypeAlias = str | Mapping[str, Any] | None
MAX_BYTES = 1024 * 1024
_USUAL = ConnectionOptions()


def endpoint_probe(config: ModelConfig, endpoint: str) -> Probe:
    """Ask the `endpoint` of a model. Raises `ConfigurationError` for one that cannot be asked."""
    _check_endpoint(config.id, endpoint)
    expected, limit = config.health_check.expected_response, config.health_check.timeout
    connections = ConnectionOptions(config.proxy, config.ca_file)
    return partial(ask_endpoint, config.id, endpoint, expected, limit, connections)


async def ask_endpoint(
    model_id: str,
    url: str,
    expected: Expected,
    limit: float,
    connections: ConnectionOptions = _USUAL,
) -> None:
    """GET a URL; raises unless the answer is a 2xx and the expected one.

    A connection of its own each time: whether there is one to be had is part of the question.
    """
    transport = own_transport("health_check.endpoint", connections)
    try:
        request = Request("GET", url, {}, timeout=limit, connect_timeout=limit)
        async with aclosing(await transport.send(request)) as response:
            if not 200 <= response.status < 300:
                message = f"the health endpoint of {model_id} answered {response.status}"
                raise ModelUnavailableError(message, model_id=model_id, status=response.status)
            if expected is not None and not fits(expected, await _text(response)):
                message = f"the answer of the health endpoint of {model_id} is not as expected"
                raise ModelUnavailableError(message, model_id=model_id)
    except TransportError as error:
        failure = transport_error(error, Exchange(model_id, model_id, url), limit=limit)
    else:
        return
    finally:
        await transport.close()
    raise failure


def fits(expected: str | Mapping[str, Any], text: str) -> bool:
    """Whether an answer is the expected one; spaces around a text make no difference.

    >>> fits("ok", "ok\\n"), fits("contains: ok", "all ok"), fits({"ok": True}, '{"ok": 1}')
    (True, True, False)
    """
    if not isinstance(expected, str):
        try:
            return _plain(orjson.loads(text)) == _plain(expected)
        except (orjson.JSONDecodeError, RecursionError):
            return False
    if expected.startswith(CONTAINS):
        return expected.removeprefix(CONTAINS).strip() in text
    return expected.strip() == text.strip()


def _plain(value: object) -> bytes:
    """One spelling for all that is equal as JSON: 1 is 1.0 there, and true is no number."""
    return orjson.dumps(_whole_numbers(value), option=orjson.OPT_SORT_KEYS)


def _whole_numbers(value: object) -> object:
    if is_mapping(value):
        return {name: _whole_numbers(one) for name, one in value.items()}
    if is_list(value):
        return [_whole_numbers(one) for one in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


async def _text(response: Response) -> str:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response:
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            break
    return b"".join(chunks).decode("utf-8", "replace")


def _check_endpoint(model_id: str, url: str) -> None:
    key = f"models.{model_id}.health_check.endpoint"
    if not is_url(url):  # not quoted: there may be a password in it
        allowed = "a whole URL: http://host/path or https://host/path"
        raise ConfigurationError(
            f"{key} should be {allowed}", key=key, allowed=allowed, model_id=model_id
        )
    try:
        import_module("aiohttp")
    except ImportError as error:
        raise ConfigurationError(
            f"{key} needs aiohttp: pip install 'hive-resilience[http]'", key=key, model_id=model_id
        ) from error
