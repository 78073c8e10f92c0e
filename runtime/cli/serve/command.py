"""`hive-resilience serve`: from options to an exit code."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from ....config.errors import ConfigurationError
from ...observability.logs.json_lines import write_to_standard_error
from ...server.workers.local_ray import LocalRayError
from ...server.workers.place import WorkerPlace
from ..explained import say_where
from .fleet import Fleet
from .options import ServeOptions
from .workers import supervise

ENDED, NOT_SERVED, UNUSABLE = 0, 1, 2
NEEDED = ("httptools", "starlette", "uvicorn")
"""Packages of the extra `serve`."""


def serve_fleet(options: ServeOptions, place: WorkerPlace | None = None) -> int:
    """Serve until a signal says stop; returns the exit code. Must be called in the main thread.

    With a `place` as one of several workers, for their supervisor.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        told = f"serve needs {' and '.join(missing)}: pip install 'hive-resilience[serve]'"
        return _say_no(told, NOT_SERVED)
    if options.workers > 1 and (missing_for_workers := _missing_for_workers()):
        return _say_no(missing_for_workers, NOT_SERVED)
    write_to_standard_error(options.log_format)
    try:
        if options.workers > 1 and place is None:
            return supervise(options)
        _serve(options, place)
    except ConfigurationError as error:
        _say_no(str(error), UNUSABLE)
        say_where(error)
        return UNUSABLE
    except LocalRayError as error:
        return _say_no(str(error), NOT_SERVED)
    except OSError as error:
        told = f"{options.host}:{options.port} cannot be had: {error.strerror or error}"
        return _say_no(f"{told}; --host and --port choose another", NOT_SERVED)
    return ENDED


def _serve(options: ServeOptions, place: WorkerPlace | None) -> None:
    from ...server.process.serve import Serving, adopted, serve

    fleet = Fleet(options, place)
    serving = Serving(
        host=options.host,
        port=options.port,
        sockets=() if place is None else adopted(place.sockets),
        limits=fleet.limits,
        has_keys=fleet.has_keys,
        reload=fleet.reload,
        announce=fleet.announce,
        stoppable=fleet.stoppable,
    )
    serve(fleet.opened(), serving)


def _missing_for_workers() -> str | None:
    if sys.platform == "win32":
        return "--workers needs Unix sockets, and there are none here; serve with one worker"
    if find_spec("ray") is None:
        return (
            "--workers needs Ray, by which workers share one fleet: "
            "pip install 'hive-resilience[ray]', or serve with one worker"
        )
    return None


def _say_no(message: str, code: int) -> int:
    print(f"hive-resilience: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":  # the process of a worker
    sys.exit(serve_fleet(ServeOptions.decoded(sys.argv[2]), WorkerPlace.decoded(sys.argv[1])))
