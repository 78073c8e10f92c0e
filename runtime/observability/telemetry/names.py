"""Names that become labels: no more of them than a limit, whatever there is."""

from __future__ import annotations

OTHER = "_other"
MOST = 200


class BoundedNames:
    """Gives the first names as they are, and one name for all that follow.

    >>> names = BoundedNames(1)
    >>> names("a"), names("b"), names("a")
    ('a', '_other', 'a')
    """

    __slots__ = ("_known", "_most")

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, name: str) -> str:
        known = self._known
        if name in known:
            return name
        if len(known) >= self._most:
            return OTHER
        known.add(name)
        return name
