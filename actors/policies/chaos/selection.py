"""Which calls a fault hits: the same seed hits the same calls, whatever comes between them."""

from __future__ import annotations

from hashlib import blake2b

from .fault import Injection

_WHOLE = 2**64


def draw_of(seed: int, number: int, model_id: str, call: int) -> float:
    """The number in [0, 1) of the `call`th call of a model, for the fault of this number.

    >>> draw_of(7, 0, "gpt-5", 1) == draw_of(7, 0, "gpt-5", 1)
    True
    """
    told = f"{seed}:{number}:{call}:{model_id}".encode(errors="surrogatepass")
    return int.from_bytes(blake2b(told, digest_size=8).digest()) / _WHOLE


class Selection:
    """Counts the calls of one fault, and says which of them it hits."""

    __slots__ = ("_calls", "_seed", "hits", "injection")

    def __init__(self, injection: Injection, seed: int) -> None:
        self.injection = injection
        self._seed = seed
        self._calls: dict[str, int] = {}
        self.hits = 0

    def is_on(self, now: float) -> bool:
        """Whether it may hit anything more."""
        return now < self.injection.until and self.hits < self.injection.calls

    def hits_call(self, model_id: str, priority: str, now: float) -> bool:
        """Whether this call is hit. Every call that it is about counts, hit or not."""
        injection = self.injection
        priorities = injection.spec.priorities
        if not injection.is_about(model_id) or (priorities and priority not in priorities):
            return False
        if not self.is_on(now):
            return False
        number = self._calls[model_id] = self._calls.get(model_id, 0) + 1
        if draw_of(self._seed, injection.number, model_id, number) >= injection.share:
            return False
        self.hits += 1
        return True
