"""The verbs of a fleet behind a server, by its paths below /admin/chaos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from ....actors.policies.chaos.errors import ChaosRefusedError
from ....actors.policies.outcomes.errors import InvalidRequestError
from .verbs import Record

PATH = "/admin/chaos"


class AdminServer(Protocol):
    """Asks one server, and raises what it refuses."""

    def get(self, path: str) -> Mapping[str, Any]:
        """The object that it answers with."""
        ...

    def post(self, path: str, fields: Mapping[str, object]) -> Mapping[str, Any]:
        """As `get`, with a body."""
        ...


class RemoteVerbs:
    """`Verbs` over HTTP."""

    def __init__(self, server: AdminServer) -> None:
        self.server: AdminServer = server

    def ask(self, method: str, url: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """What an http provider asks: a path of this server alone, whatever host its url names."""
        path = urlsplit(url).path
        start = path.find(PATH)
        if start < 0:
            raise InvalidRequestError(f"an http provider asks paths below {PATH} alone")
        path = path[start:]
        body = self.server.get(path) if method == "GET" else self.server.post(path, arguments)
        return {"status": 200, "body": body}

    def inject(self, fault: str, settings: Record) -> Record:
        """Inject a fault; what the experiment is then."""
        return self.server.post(f"{PATH}/inject", {"fault": fault, **settings})

    def renew(self, experiment: str) -> bool:
        """A sign that the runner lives; False: the experiment does not run any more."""
        return bool(self.server.post(f"{PATH}/renew", {"experiment": experiment})["renewed"])

    def stop(self, experiment: str | None, reason: str, by: str) -> Sequence[Record]:
        """End one experiment, or all; what came of each."""
        named = {} if experiment is None else {"experiment": experiment}
        found = self.server.post(f"{PATH}/stop", {**named, "reason": reason, "by": by})
        return list(found["stopped"])

    def running(self) -> Sequence[Record]:
        """Every experiment under way."""
        found = self.server.get(PATH)
        if not found["enabled"]:
            raise ChaosRefusedError("chaos is off there: set chaos.enabled, and start it again")
        return list(found["experiments"])

    def reports(self) -> Sequence[Record]:
        """What came of the experiments, the newest first."""
        return list(self.server.get(PATH)["reports"])

    def steady(self, window: float) -> Record:
        """How the fleet is, by the tasks of the last `window` seconds."""
        return self.server.post(f"{PATH}/steady", {"window": window})
