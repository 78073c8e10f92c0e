"""A terminal whose whole screen is drawn on, and left as it was found."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, Self, TextIO

from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from .keys import keys_in
from .view import Size

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
}
_PART = 1024


class Terminal:
    """Draws what differs, and hears keys, changes of the size and `wake`. In the main thread.

    At SIGTERM and SIGHUP it raises `SystemExit`; Ctrl-Z and fg work as ever.
    """

    def __init__(self, out: TextIO, keys: TextIO | None) -> None:
        self._out = out
        self._keys = keys
        self._console = Console(file=out, highlight=False)
        self._system = _SYSTEMS.get(self._console.color_system or "")
        self._drawn: list[str] = []
        self._size = Size(0, 0)
        self._saved: list[Any] | None = None
        self._before: dict[signal.Signals, Any] = {}
        self._heard, self._told = os.pipe()

    def __enter__(self) -> Self:
        os.set_blocking(self._told, False)
        handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]] = {
            signal.SIGWINCH: self._resized,
            signal.SIGTERM: _end,
            signal.SIGHUP: _end,
            signal.SIGTSTP: self._stop,
        }
        self._before = {number: signal.signal(number, does) for number, does in handlers.items()}
        self._take()
        return self

    def __exit__(self, *_: object) -> None:
        for number, did in self._before.items():
            signal.signal(number, did)
        with suppress(OSError):  # the terminal may be gone
            self._give_back()
        os.close(self._heard)
        os.close(self._told)

    def wake(self) -> None:
        """End a wait. From any thread, and from a handler of a signal."""
        with suppress(OSError):  # it is about to wake anyway, or has ended
            os.write(self._told, b".")

    def size(self) -> Size:
        """As it is now."""
        try:
            return Size(*os.get_terminal_size(self._out.fileno()))
        except OSError:
            return Size(80, 24)

    def wait(self, seconds: float) -> list[str]:
        """The keys that come within this time; it ends with the first, or with `wake`."""
        from_keys = [] if self._keys is None else [self._keys.fileno()]
        ready, _, _ = select.select([self._heard, *from_keys], [], [], seconds)
        if self._heard in ready:
            os.read(self._heard, _PART)
        if self._keys is None or self._keys.fileno() not in ready:
            return []
        sent = os.read(self._keys.fileno(), _PART)
        if not sent:
            self._keys = None
        return list(keys_in(sent))

    def draw(self, lines: Sequence[Text], size: Size) -> None:
        """Write what differs from what stands there. Raises `OSError` for a terminal that is gone.

        Each line is as wide as the screen at most, and there are no more of them.
        """
        written = [self._ansi(line) for line in lines]
        parts = [] if size == self._size else ["\x1b[2J"]
        drawn = self._drawn if size == self._size else []
        for number, line in enumerate(written):
            if number >= len(drawn) or drawn[number] != line:
                parts.append(f"\x1b[{number + 1};1H\x1b[2K{line}")
        self._drawn, self._size = written, size
        self._write("".join(parts))

    def _ansi(self, line: Text) -> str:
        segments = line.render(self._console, end="")
        if self._console.no_color:
            segments = Segment.remove_color(segments)
        return "".join(
            text if style is None else style.render(text, color_system=self._system)
            for text, style, _ in segments
        )

    def _take(self) -> None:
        if self._keys is not None:
            self._saved = termios.tcgetattr(self._keys)
            tty.setcbreak(self._keys, termios.TCSANOW)
        self._drawn, self._size = [], Size(0, 0)
        self._write(_ENTER)

    def _give_back(self) -> None:
        self._write(_LEAVE)
        if self._keys is not None and self._saved is not None:
            termios.tcsetattr(self._keys, termios.TCSANOW, self._saved)

    def _resized(self, _number: int, _frame: FrameType | None) -> None:
        self.wake()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._give_back()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._take()
        self.wake()

    def _write(self, text: str) -> None:
        if text:
            self._out.write(text)
            self._out.flush()


def _end(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)
