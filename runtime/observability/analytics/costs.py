"""What the answers of a model have cost, and what was paid for attempts that gave none. Pure."""

from __future__ import annotations

from dataclasses import dataclass

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Tokens:
    """What was used: `cached` is a part of `input`."""

    input: int = 0
    output: int = 0
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a million tokens each, in the currency of the settings."""

    input: float
    output: float
    cached: float


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one model, in the currency of its prices. `total` was counted as the answers came.

    `input`, `cached` and `output` are by the prices of now; None: they are not known.
    `unanswered` is the part of `total` that was paid for attempts which did not succeed.
    """

    model_id: str
    total: float
    unanswered: float
    tokens: Tokens
    unanswered_tokens: Tokens
    input: float | None = None
    cached: float | None = None
    output: float | None = None


def cost(
    model_id: str,
    total: float,
    unanswered: float,
    used: tuple[Tokens, Tokens],
    prices: Prices | None,
) -> Cost:
    """The cost of a model; `used` are all tokens and those of attempts without an answer.

    >>> prices = Prices(2.0, 10.0, 1.0)
    >>> found = cost("gpt-5", 0.003, 0.0, (Tokens(1_000, 100, 200), Tokens()), prices)
    >>> found.input, found.cached, found.output
    (0.0016, 0.0002, 0.001)
    """
    tokens, lost = used
    if prices is None:
        return Cost(model_id, total, unanswered, tokens, lost)
    fresh = max(tokens.input - tokens.cached, 0)
    return Cost(
        model_id,
        total,
        unanswered,
        tokens,
        lost,
        fresh * prices.input / _MILLION,
        tokens.cached * prices.cached / _MILLION,
        tokens.output * prices.output / _MILLION,
    )
