"""What an operator asks of the whole cluster over HTTP, and does to a model in all processes."""

from __future__ import annotations

from typing import Any

from ....actors.cluster.errors import ClusterUnreachableError
from ....actors.policies.outcomes.errors import InvalidRequestError
from ...handles.cluster import ClusterHandle
from ...runtime import Runtime
from ..failures import refused
from ..fields import fields_of, told_of
from ..keys.key import Key
from ..request import Request
from ..routes import Route


class ClusterOperating:
    """Answers the paths of the cluster; the key of the request was checked before."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def answer(self, request: Request, route: Route, key: Key | None) -> bytes:
        """The JSON of the answer. Raises `Refused` for what cannot be done."""
        try:
            handle = self._runtime.cluster
        except InvalidRequestError as error:
            raise refused(409, "no_cluster", str(error)) from None
        if route.name == "operate_cluster":
            await _operate(handle, await fields_of(request, "model", "verb"), key)
        return (await handle.snapshot()).to_json()


async def _operate(handle: ClusterHandle, fields: Any, key: Key | None) -> None:
    told, names = told_of(fields, key), [fields.get(name) for name in ("model", "verb")]
    for name, value in zip(("model", "verb"), names, strict=True):
        if not isinstance(value, str) or not value:
            raise refused(400, "invalid_request", f"{name} is a text", param=name)
    try:
        await handle.operate(*names, reason=told.reason, by=told.by)
    except InvalidRequestError as error:
        raise refused(400, "invalid_request", str(error)) from None
    except ClusterUnreachableError as error:
        raise refused(503, error.code, str(error)) from None
