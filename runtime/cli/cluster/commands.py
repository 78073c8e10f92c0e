"""`hive-resilience cluster`: from options to an exit code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ....actors.cluster.errors import ClusterUnreachableError
from ....actors.cluster.link import Link
from ....actors.policies.outcomes.errors import InvalidRequestError
from ....config.errors import ConfigurationError
from ....config.settings.distribution.cluster import ClusterConfig
from ....config.values.words import nearest, printable
from ...cluster.overview.asking import VERBS, fleet_of, operate_fleet
from ...cluster.place import Place as ClusterPlace
from ...cluster.place import checked_address
from ..serve.operating import DONE, NOT_ASKED, REFUSED, asked, say
from ..serve.remote import DEFAULT_URL, Place, Remote
from ..serve.told import Told
from .printing import print_fleet

_PATH = "/admin/cluster"
LONGEST_JOIN = 30.0
"""Seconds for a process of ours to join the Ray cluster, and for an answer of its owners."""

Answer = Mapping[str, Any]
Work = Callable[[Link], Awaitable[Answer]]


class NoPlaceError(Exception):
    """The options name no place to ask; the text says why."""


@dataclass(frozen=True, slots=True)
class Where:
    """A server of the cluster, or the cluster itself, as the options say."""

    url: str | None = None
    address: str | None = None
    name: str | None = None
    key_env: str = ""
    key_file: Path | None = None


def status(where: Where, *, as_json: bool) -> int:
    """All processes and models of the cluster."""

    async def through(link: Link) -> Answer:
        return _record(await fleet_of(link, where.name or "default", timeout=LONGEST_JOIN))

    return _asked(where, lambda remote: remote.get(_PATH), through, as_json)


def operate(where: Where, model_id: str, verb: str, told: Told, *, as_json: bool) -> int:
    """Do to a model in all processes what `verb` says."""
    if verb not in VERBS:
        meant = nearest(verb, VERBS)
        advice = f"did you mean {meant!r}?" if meant else f"there are {', '.join(VERBS)}"
        return say(f"there is no verb {printable(verb[:50])!r}; {advice}", NOT_ASKED)
    fields = {"model": model_id, "verb": verb, **told.fields()}

    async def through(link: Link) -> Answer:
        limit = LONGEST_JOIN
        await operate_fleet(link, model_id, verb, told.reason, timeout=limit)
        return _record(await fleet_of(link, where.name or "default", timeout=limit))

    return _asked(where, lambda remote: remote.post(f"{_PATH}/operate", fields), through, as_json)


def _asked(
    where: Where, over_http: Callable[[Remote], Answer], through: Work, as_json: bool
) -> int:
    try:
        _check(where)
    except NoPlaceError as error:
        return say(str(error), NOT_ASKED)
    if where.address is not None:
        return _through_link(where, through, as_json)
    answers: list[Answer] = []

    def asking(remote: Remote) -> Answer:
        answers.append(over_http(remote))
        return answers[0]

    place = Place(where.url or DEFAULT_URL, where.key_env, where.key_file)
    code = asked(place, asking, print_fleet, as_json)
    return code or (REFUSED if answers and answers[0].get("error") else DONE)


def _check(where: Where) -> None:
    if where.address is None and where.name is not None:
        raise NoPlaceError("--name is the fleet at an --address; a server knows its own")
    if where.address is None:
        return
    if where.url is not None:
        raise NoPlaceError("name a server with --url or the cluster with --address, not both")
    if find_spec("ray") is None:
        raise NoPlaceError("--address needs Ray: pip install 'hive-resilience[ray]'")
    try:
        checked_address(where.address, "address")
        ClusterConfig(address=where.address, name=where.name or "default")
    except ConfigurationError as error:
        raise NoPlaceError(str(error)) from None
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        raise NoPlaceError(f"--{wrong['loc'][0]}: {wrong['msg']}") from None


def _through_link(where: Where, work: Work, as_json: bool) -> int:
    try:
        found = asyncio.run(_linked(where, work))
    except ClusterUnreachableError as error:
        return say(printable(str(error)), NOT_ASKED)
    except InvalidRequestError as error:
        return say(printable(str(error)), REFUSED)
    if as_json:
        print(json.dumps(found))
    else:
        print_fleet(found)
    return DONE


async def _linked(where: Where, work: Work) -> Answer:
    from ...cluster.process_link import ProcessLink

    assert where.address is not None, "there is no cluster to ask"
    place = ClusterPlace(where.address, where.name or "default", makes=False)
    link = ProcessLink(place)
    link.start()
    try:
        return await work(link)
    finally:
        await link.close()


def _record(found: Any) -> Answer:
    record: Answer = json.loads(found.to_json())
    return record
