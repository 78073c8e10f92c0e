"""A language model of the oldest kind: which words followed which. Pure; chance is an argument."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"[\w'\u2019-]+|[.,;:!?]")
_ENDS = frozenset(".!?")
_MARKS = frozenset(".,;:!?")


@dataclass(frozen=True, slots=True)
class Text:
    """What a chain wrote. `finished`: it came to the end of a sentence, and was not cut off."""

    text: str
    tokens: int
    finished: bool


class MarkovChain:
    """Writes text like its corpus, looking back at most `order` words: 1 babbles, 3 nearly speaks.

    The same prompt and seed give the same text.

    >>> chain = MarkovChain("The bees fly home.", order=2)
    >>> chain.write("where do the bees", max_tokens=10, seed=1, sentences=1).text
    'fly home.'
    """

    __slots__ = ("_followers", "order")

    def __init__(self, corpus: str, *, order: int) -> None:
        if order < 1:
            raise ValueError(f"order is {order}; a chain looks back at 1 word or more")
        self.order: int = order
        tokens = tokenize(corpus)
        if not tokens:
            raise ValueError("the corpus has no words")
        self._followers = _count(tokens, order)

    def write(self, prompt: str, *, max_tokens: int, seed: int, sentences: int = 3) -> Text:
        """Continue the prompt's last known word for some sentences, `max_tokens` at most."""
        chance = random.Random(seed)
        context = self._last_known(prompt)
        written: list[str] = []
        ended = 0
        while len(written) < max_tokens and ended < sentences:
            token = chance.choice(self._next(context))
            written.append(token)
            context = (*context, token.casefold())[-self.order :]
            ended += token in _ENDS
        return Text(join(written), len(written), finished=ended >= sentences)

    def _last_known(self, prompt: str) -> tuple[str, ...]:
        """One word only: with more, most prompts would have a single way to go on."""
        for token in reversed(tokenize(prompt)):
            word = token.casefold()
            if word not in _MARKS and (word,) in self._followers:
                return (word,)
        return (".",)

    def _next(self, context: tuple[str, ...]) -> Sequence[str]:
        """What followed the longest part of the context that the corpus knows."""
        for start in range(len(context)):
            followers = self._followers.get(context[start:])
            if followers:
                return followers
        # Only what the corpus ends with follows nothing; a new sentence follows it then.
        return self._followers.get((".",)) or self._followers[()]


def tokenize(text: str) -> list[str]:
    """Words and punctuation marks, each on its own.

    >>> tokenize("Well, it's late.")
    ['Well', ',', "it's", 'late', '.']
    """
    return _TOKEN.findall(text)


def join(tokens: Sequence[str]) -> str:
    """The reverse of `tokenize`, with one space between words.

    >>> join(["Well", ",", "yes", "."])
    'Well, yes.'
    """
    parts = [token if token in _MARKS else f" {token}" for token in tokens]
    return "".join(parts).strip()


def _count(tokens: Sequence[str], order: int) -> dict[tuple[str, ...], list[str]]:
    """Every context of up to `order` tokens with all that followed it, as often as it did."""
    followers: dict[tuple[str, ...], list[str]] = {(): list(tokens)}
    known = [token.casefold() for token in tokens]
    for end in range(1, len(tokens)):
        for start in range(max(0, end - order), end):
            followers.setdefault(tuple(known[start:end]), []).append(tokens[end])
    return followers
