"""`hive-resilience report`: out of files of a history, or of a running server."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ....actors.policies.outcomes.errors import InvalidRequestError
from ....config.errors import ConfigurationError
from ....config.loading.load import read
from ....config.settings.runtime import RuntimeConfig
from ....config.values.words import nearest, printable
from ...observability.history.reading import HistoryError, open_history
from ...observability.reports.asked import FORMATS, Asked, asked
from ...observability.reports.making.making import make_report
from ...observability.reports.page.page import report_html
from ...observability.reports.report import Report
from ...observability.reports.telling.text import report_text
from ..history.asking import say
from ..serve.remote import NotAskedError, Place, RefusedError, Remote

DONE, NOTHING_THERE, WRONG = 0, 1, 2
FOLDER = "history"
_ADVICE = "; `history: FOLDER` in its settings lets a fleet keep one, and --url asks a server"
_WAIT = 120.0
"""Seconds for a server to make a report."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options as they were written. `place` None: histories in `folders` are read."""

    folders: tuple[Path, ...]
    place: Place | None
    config: Path | None
    with_injected: bool
    since: str
    until: str
    compare: str
    format: str
    output: str


def write_report(options: Options) -> int:
    """Make the report and write it; the exit code."""
    try:
        told = _told(options)
    except (InvalidRequestError, ConfigurationError) as error:
        return say(str(error), WRONG)
    except HistoryError as error:
        return say(f"{error}{'' if options.folders else _ADVICE}", NOTHING_THERE)
    except (NotAskedError, RefusedError) as error:
        return say(str(error), NOTHING_THERE)
    return _write(options.output, told)


def _told(options: Options) -> bytes:
    if options.format not in FORMATS:
        meant = nearest(options.format, FORMATS)
        advice = f"did you mean {meant}?" if meant else f"there are {', '.join(FORMATS)}"
        raise InvalidRequestError(f"--format {printable(options.format[:50])}: {advice}")
    want = asked(options.since, options.until, options.compare, time.time())
    if options.place is not None:
        return _of_server(options, options.place)
    return form(_of_files(options, want), options.format)


def form(report: Report, name: str) -> bytes:
    """The report in one of its forms."""
    match name:
        case "json":
            return report.to_json() + b"\n"
        case "html":
            return report_html(report).encode()
        case _:
            return report_text(report).encode()


def _of_files(options: Options, want: Asked) -> Report:
    config = None if options.config is None else read(options.config)
    return make_report(
        open_history(*_places(options, config)),
        want.since,
        want.until,
        config=config,
        compare=want.compare,
        with_injected=options.with_injected,
    )


def _places(options: Options, config: RuntimeConfig | None) -> tuple[Path, ...]:
    """Where the histories are."""
    folder = None if config is None else config.global_.history.folder
    return options.folders or (Path(folder or FOLDER),)


def _of_server(options: Options, place: Place) -> bytes:
    query = {
        "since": options.since,
        "until": options.until,
        "compare": options.compare,
        "format": options.format,
    }
    if options.with_injected:
        query["injected"] = "true"
    given = {name: value for name, value in query.items() if value}
    return Remote(place).fetch("/admin/report", given, wait=_WAIT)


def _write(output: str, told: bytes) -> int:
    try:
        if output != "-":
            Path(output).write_bytes(told)
            return DONE
        sys.stdout.buffer.write(told)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # its reader has read enough
        sys.stdout = None
    except OSError as error:
        return say(f"{output}: {error.strerror}", WRONG)
    return DONE
