"""`hive-resilience model`, `drain` and `reload`: from options to an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ....actors.events import Reloaded
from ....config.values.words import printable
from ..run.hangup import summary
from .remote import USUAL_WAIT, NotAskedError, Place, RefusedError, Remote
from .told import NOTHING, Told

DONE, REFUSED, NOT_ASKED = 0, 1, 2
_MODELS = "/admin/models"
_COLUMNS = ("model", "status", "breaker", "under way", "calls", "errors", "p50", "p95", "restarts")
_CHANGES = ("added", "removed", "changed", "settings", "reordered", "groups_changed")
_WIDEST = 10_000
_LEFT = 3
"""Columns of words; the others are numbers."""

Answer = Mapping[str, Any]


def list_models(place: Place, *, as_json: bool) -> int:
    """The state of each model."""
    return asked(place, lambda remote: remote.get(_MODELS), _print_models, as_json)


def operate(place: Place, model_id: str, verb: str, told: Told = NOTHING, *, as_json: bool) -> int:
    """Do to one model what `verb` says."""
    path = f"{_MODELS}/{model_id}/{verb}"
    return asked(place, lambda remote: remote.post(path, told.fields()), _print_model, as_json)


def reload(place: Place, told: Told = NOTHING, *, as_json: bool) -> int:
    """Have the server read its settings again."""
    return asked(
        place, lambda remote: remote.post("/admin/reload", told.fields()), _print_changes, as_json
    )


def drain(place: Place, seconds: float, told: Told = NOTHING, *, as_json: bool) -> int:
    """Have the server take no more, and wait for what is under way."""

    def work(remote: Remote) -> Answer:
        fields = {"timeout": seconds, **told.fields()}
        return remote.post("/admin/drain", fields, wait=seconds + USUAL_WAIT)

    return asked(place, work, _print_drained, as_json)


def asked(
    place: Place,
    work: Callable[[Remote], Answer],
    show: Callable[[Answer], None],
    as_json: bool,
) -> int:
    """Ask the server and show the answer; the exit code."""
    try:
        remote = Remote(place)
        if remote.is_exposed:
            say("the key goes to this server without TLS, for everybody on the way to read")
        found = work(remote)
    except NotAskedError as error:
        return say(str(error), NOT_ASKED)
    except RefusedError as error:
        return say(str(error), REFUSED)
    if as_json:
        print(json.dumps(found))
        return DONE
    try:
        show(found)
    except (KeyError, TypeError, AttributeError):
        return say(f"{place.url} answers with what this command cannot read", NOT_ASKED)
    return DONE


def _print_models(found: Answer) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for place, name in enumerate(_COLUMNS):
        # An id is never cut: it is what the next command needs.
        table.add_column(name, no_wrap=place > 0, overflow="fold")
        table.columns[-1].justify = "left" if place < _LEFT else "right"
    for model in found["models"]:
        table.add_row(*(Text(cell) for cell in _cells(model)))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDEST  # a pipe has no width, and gets whole lines
    console.print(table)


def _cells(model: Answer) -> Iterator[str]:
    metrics, latency = model["metrics"], model["metrics"]["latency"]
    yield printable(str(model["model_id"]))
    yield str(model["status"])
    yield _breaker(model["breaker"])
    yield str(model["under_way"])
    yield str(metrics["attempts"])
    yield "-" if metrics["error_rate"] is None else f"{metrics['error_rate']:.1%}"
    for share in ("p50", "p95"):
        yield "-" if latency[share] is None else f"{latency[share]:.3g} s"
    yield str(model["restarts"])


def _breaker(breaker: Answer) -> str:
    wait = breaker["retry_after"]
    told = str(breaker["state"])
    return f"{told}, {wait:.0f} s" if told == "open" and wait is not None else told


def _print_model(found: Answer) -> None:
    told = f"{found['status']}, breaker {_breaker(found['breaker'])}"
    print(f"{printable(str(found['model_id']))}: {told}")


def _print_changes(found: Answer) -> None:
    told = Reloaded(at=datetime.now(UTC), **{name: found[name] for name in _CHANGES})
    print(f"reloaded: {printable(summary(told))}")


def _print_drained(found: Answer) -> None:
    remaining = found["remaining"]
    left = f"{remaining} tasks are still under way" if remaining else "nothing is under way"
    print(f"drained: the server takes no more, and {left}; SIGTERM ends its process")


def say(message: str, code: int = DONE) -> int:
    """Tell the user; the exit code."""
    print(f"hive-resilience: {message}", file=sys.stderr)
    return code
