"""When enough models agree: `needed` of those that are asked have to give the same answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ..outcomes.attempt import AttemptRecord
from ..outcomes.errors import AllModelsFailedError

Agree: TypeAlias = Callable[[Any, Any], bool]
"""Whether two answers say the same."""


class NoQuorumError(AllModelsFailedError):
    """Too few models agree. `needed` had to; `agreed` did at most, of `answered` that answered."""

    code = "no_quorum"

    def __init__(
        self,
        *message: str,
        needed: int,
        agreed: int,
        answered: int,
        attempts: Sequence[AttemptRecord] = (),
    ) -> None:
        super().__init__(*message, attempts=attempts)
        self.needed: int = needed
        self.agreed: int = agreed
        self.answered: int = answered


def same_answer(one: object, other: object) -> bool:
    """Whether two values are equal; of two texts spaces and capitals do not count.

    >>> same_answer("Paris ", "paris"), same_answer({"n": 1}, {"n": 2})
    (True, False)
    """
    if isinstance(one, str) and isinstance(other, str):
        return _plain(one) == _plain(other)
    return one == other


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


class Ballot:
    """The answers so far, as groups that agree. An answer joins the first group it agrees with.

    >>> ballot = Ballot(2, same_answer)
    >>> for voter, answer in (("a", "4"), ("b", "5"), ("c", "4")):
    ...     ballot.add(voter, answer)
    >>> ballot.winners
    ('a', 'c')
    """

    __slots__ = ("_agree", "_groups", "needed")

    def __init__(self, needed: int, agree: Agree) -> None:
        self.needed: int = needed
        self._agree = agree
        self._groups: list[tuple[object, list[str]]] = []

    def add(self, voter: str, answer: object) -> None:
        """One more answer. Raises what the comparison raises."""
        for told, voters in self._groups:
            if self._agree(told, answer):
                voters.append(voter)
                return
        self._groups.append((answer, [voter]))

    @property
    def answered(self) -> int:
        """How many models have answered."""
        return sum(len(voters) for _, voters in self._groups)

    @property
    def agreed(self) -> int:
        """How many of them agree, in the largest group."""
        return max((len(voters) for _, voters in self._groups), default=0)

    @property
    def winners(self) -> tuple[str, ...]:
        """The models that agree, once they are enough; empty: not yet."""
        for _, voters in self._groups:
            if len(voters) >= self.needed:
                return tuple(voters)
        return ()

    def missing(self, running: int) -> int:
        """How many models more have to be asked, beside so many that have not answered yet."""
        return max(self.needed - self.agreed - running, 0)

    def refusal(self, asked: int, attempts: Sequence[AttemptRecord]) -> NoQuorumError:
        """Why there is no result, when no further model can be asked."""
        if self.answered:
            told = f"{self.answered} answered and {self.agreed} of them agree at most"
        else:
            told = f"{asked} can be asked"
        return self._error(f"{self.needed} models have to agree: {told}", attempts)

    def unjudged(self, raised: Exception, attempts: Sequence[AttemptRecord]) -> NoQuorumError:
        """Why there is no result, when the comparison itself has `raised`."""
        told = f"the comparison of answers (agree) raised {type(raised).__name__}"
        error = self._error(told, attempts)
        error.__cause__ = raised
        return error

    def _error(self, message: str, attempts: Sequence[AttemptRecord]) -> NoQuorumError:
        return NoQuorumError(
            message,
            needed=self.needed,
            agreed=self.agreed,
            answered=self.answered,
            attempts=attempts,
        )
