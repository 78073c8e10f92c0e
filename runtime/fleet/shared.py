"""Executors that several runtimes of this process use: the last one closes them."""

from __future__ import annotations

import threading

_lock = threading.RLock()
_users: dict[int, int] = {}
"""How many runtimes use an object, by its identity: each of them keeps it alive meanwhile."""


class Holdings:
    """What one runtime uses."""

    def __init__(self) -> None:
        self._held: dict[int, object] = {}

    def hold(self, given: object) -> None:
        """Use an object from now on; once is enough."""
        with _lock:
            if given is not None and id(given) not in self._held:
                self._held[id(given)] = given
                _users[id(given)] = _users.get(id(given), 0) + 1

    def let_go(self, given: object) -> bool:
        """Use an object no more; whether another runtime still does."""
        with _lock:
            key = id(given)
            if key not in self._held:
                return False
            del self._held[key]
            _users[key] -= 1
            used = _users[key] > 0
            if not used:
                del _users[key]
            return used

    def let_all_go(self) -> set[int]:
        """Use nothing any more; the identities of what other runtimes still use."""
        return {key for key, given in tuple(self._held.items()) if self.let_go(given)}
