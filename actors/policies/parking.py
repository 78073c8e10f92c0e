"""How long a model is not called because its provider said so."""

from __future__ import annotations

from math import inf


class Parking:
    """Ends `longest` seconds after its begin, however often it is lengthened; never shortened.

    `until` is a point on the clock of `now`, `cut` whether more was asked for than it lasts.

    >>> parking = Parking(longest=90.0)
    >>> parking.lengthen(now=10.0, seconds=1e6)
    >>> parking.until, parking.cut
    (100.0, True)
    """

    __slots__ = ("_since", "cut", "longest", "until")

    def __init__(self, longest: float) -> None:
        self.longest: float = longest
        self.end()

    def end(self) -> None:
        """It is over."""
        self.until: float = -inf
        self._since = -inf
        self.cut: bool = False

    def lengthen(self, now: float, seconds: float) -> None:
        """Last for `seconds` from now at least, as far as the bound lets it."""
        if now >= self.until:
            self._since = now
            self.cut = False
        until, latest = now + seconds, self._since + self.longest
        self.cut = self.cut or until > latest
        self.until = max(self.until, min(until, latest))

    def left(self, now: float) -> float:
        """Seconds of it that remain."""
        return max(self.until - now, 0.0)
