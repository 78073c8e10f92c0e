"""`hive-resilience top`: from options to an exit code."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from io import TextIOWrapper
from typing import TextIO

from ..serve.operating import say
from ..serve.remote import DEFAULT_URL, NotAskedError, Place, RefusedError
from .choices import Choices, pressed, shown
from .finding import find
from .following import Following
from .marks import marks_for
from .plain import as_text
from .seen import Seen
from .sources import Record, ServedSource, Source

DONE, REFUSED, NOT_ASKED = 0, 1, 2
INTERRUPTED, NOBODY_READS = 130, 141
_TICK = 1.0


@dataclass(frozen=True, slots=True)
class TopOptions:
    """What the command line says. `where` is a name or the path of a socket."""

    place: Place
    where: str | None = None
    url: str | None = None
    once: bool = False
    as_json: bool = False


def top(options: TopOptions) -> int:
    """Show a fleet until a key says stop, or once; the exit code."""
    try:
        return _top(options)
    except NotAskedError as error:
        return say(str(error), NOT_ASKED)
    except RefusedError as error:
        return say(str(error), REFUSED)
    except (KeyError, TypeError, AttributeError):
        return say("the answer is one that this command cannot read", NOT_ASKED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        _write_no_more()
        if error.errno in (errno.EPIPE, errno.EIO):  # the pipe, or the terminal, is gone
            return NOBODY_READS
        return say(f"the output cannot be written: {error.strerror or error}", NOT_ASKED)


def _top(options: TopOptions) -> int:
    place = replace(options.place, url=options.url or DEFAULT_URL)
    _write_what_can_be(sys.stdout)
    source, first = find(options.where, options.url, place)
    with closing(source):
        return _shown(options, source, first)


def _shown(options: TopOptions, source: Source, first: Record) -> int:
    if isinstance(source, ServedSource) and source.is_exposed:
        say("the key goes to this server without TLS, for everybody on the way to read")
    if options.as_json:
        print(json.dumps(first), flush=True)
        return DONE
    if options.once or not _can_be_drawn_on(sys.stdout):
        print(as_text(Seen.first(first, time.monotonic()), time.monotonic()), flush=True)
        return DONE
    return _watch(source, first)


def _write_what_can_be(out: TextIO) -> None:
    """A terminal that lacks a character of a model's name gets a question mark."""
    if isinstance(out, TextIOWrapper):
        out.reconfigure(errors="replace")


def _can_be_drawn_on(out: TextIO) -> bool:
    """Whether the screen can be taken; a pipe gets one look, and so does a simple terminal."""
    if not out.isatty():
        return False
    is_simple = os.environ.get("TERM", "dumb") in ("dumb", "unknown")
    if is_simple or os.name != "posix":
        say("this terminal cannot be drawn on; it gets one look, as with --once")
        return False
    return True


def _watch(source: Source, first: Record) -> int:
    from .terminal import Terminal
    from .view import Moment, picture

    out = sys.stdout
    marks = marks_for(out.encoding)
    keys = sys.stdin if sys.stdin is not None and sys.stdin.isatty() else None
    choices, held = Choices(), None
    with Terminal(out, keys) as terminal, Following(source, first, terminal.wake) as following:
        while True:
            seen = held or following.seen
            size, at = terminal.size(), Moment(time.monotonic(), source.name)
            terminal.draw(picture(seen, choices, size, at, marks), size)
            for key in terminal.wait(_TICK):
                names = [model["id"] for model in shown(seen.look, choices)]
                chosen = pressed(choices, key, names)
                if chosen is None:
                    return DONE
                choices = chosen
                held = (held or following.seen) if choices.paused else None


def _write_no_more() -> None:
    """What is left in the buffer has no reader: the end of the process must not try it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
