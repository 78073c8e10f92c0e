"""Writes `breaker.svg`, `way.svg` and `actor.svg`: the pictures of the page on semantics.

`python docs/pictures/semantics.py`. The moves of the breaker come from the code.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from hive_resilience.actors.policies.breaker.states import LEGAL_MOVES
from hive_resilience.policies import State

HERE = Path(__file__).parent
Place = tuple[float, float]
BOX_WIDTH, BOX_HEIGHT = 132, 40
STYLE = (
    "<style>text{font:13px system-ui,sans-serif;fill:#1d2327}.small{font-size:11.5px;fill:#4a5560}"
    "rect.box{fill:#fff;stroke:#8a5a00;stroke-width:1.6}"
    "rect.by{stroke-dasharray:5 3;stroke:#5b4bb7}"
    "path{fill:none;stroke:#4a5560;stroke-width:1.4;marker-end:url(#head)}</style>"
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
    'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" '
    'style="fill:#4a5560;stroke:none;marker-end:none"/></marker></defs>'
)


def page(title: str, width: int, height: int, parts: list[str]) -> str:
    """A whole picture with a white ground."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
        f'<title>{escape(title)}</title>{STYLE}<rect width="100%" height="100%" fill="#fff"/>'
    )
    return "\n".join([head, *parts, "</svg>"]) + "\n"


def box(at: Place, word: str, kind: str = "box") -> str:
    """A state, or a station."""
    x, y = at
    return (
        f'<rect class="{kind}" x="{x - BOX_WIDTH / 2}" y="{y - BOX_HEIGHT / 2}" '
        f'width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>'
        f'<text x="{x}" y="{y + 4.5}" text-anchor="middle">{escape(word)}</text>'
    )


def arrow(way: str, words: str = "", at: Place = (0, 0), anchor: str = "middle") -> str:
    """A move along a path, and what makes it."""
    lines = "".join(
        f'<tspan x="{at[0]}" dy="{0 if number == 0 else 14}">{escape(line)}</tspan>'
        for number, line in enumerate(words.split("\n"))
    )
    text = f'<text class="small" x="{at[0]}" y="{at[1]}" text-anchor="{anchor}">{lines}</text>'
    return f'<path d="{way}"/>' + (text if words else "")


def breaker() -> str:
    """The three states that calls move, and those of operators below."""
    places = {
        State.CLOSED: (110.0, 90.0),
        State.OPEN: (380.0, 90.0),
        State.HALF_OPEN: (650.0, 90.0),
    }
    by_hand = (State.FORCED_OPEN, State.DISABLED, State.METRICS_ONLY)
    moves = {(a, b) for a in places for b in LEGAL_MOVES[a] if b in places}
    drawn = {
        (State.CLOSED, State.OPEN): arrow(
            "M176 80H312", "failure_run, failure_rate,\nslow_call_rate, unauthorized", (244, 54)
        ),
        (State.OPEN, State.HALF_OPEN): arrow("M446 80H582", "wait_over, probe_passed", (514, 68)),
        (State.HALF_OPEN, State.OPEN): arrow(
            "M582 102H448", "trial_failed, trial_slow", (514, 122)
        ),
        (State.OPEN, State.CLOSED): arrow("M314 102H178", "operator: reset", (244, 122)),
        (State.HALF_OPEN, State.CLOSED): arrow("M650 110V170H130V112", "trials_passed", (390, 163)),
        (State.CLOSED, State.HALF_OPEN): arrow(
            "M110 70V22H650V68", "crashed: the counts are unsound", (390, 16)
        ),
    }
    if moves != set(drawn):
        raise SystemExit(f"the picture and the code differ: {moves ^ set(drawn)}")
    parts = [*drawn.values(), *(box(at, state.value) for state, at in places.items())]
    for number, state in enumerate(by_hand):
        parts.append(box((110.0 + 270 * number, 250.0), state.value, "box by"))
    parts.append(
        '<text class="small" x="380" y="212" text-anchor="middle">set by hand, from every state; '
        "reset leads back to closed</text>"
    )
    return page("The circuit breaker", 760, 290, parts)


def way() -> str:
    """The messages of a task, from its begin to its result."""
    lanes = {"task": 90, "router": 290, "model": 490, "executor": 690}
    steps = [
        ("task", "router", "Dispatch: a model to try first"),
        ("task", "model", "Acquire: a permit, or a refusal and why"),
        ("task", "executor", "the call, under the attempt's limit"),
        ("task", "model", "Settle: once, however it ended"),
        ("task", "router", "Next: after a failure, the model to try now"),
        ("task", "router", "TaskFinished"),
    ]
    bottom = 88 + 46 * len(steps)
    parts = [
        f'<path d="M{x} 56V{bottom}" style="stroke:#c3c9cf;marker-end:none"/>'
        for x in lanes.values()
    ]
    parts += [box((x, 36), name) for name, x in lanes.items()]
    for number, (begin, end, words) in enumerate(steps):
        y = 100 + 46 * number
        parts.append(arrow(f"M{lanes[begin]} {y}H{lanes[end] - 3}", words, (100, y - 7), "start"))
    parts.append(
        f'<path d="M78 {100 + 46 * 4}H40V{100 + 46}H78" style="stroke-dasharray:5 3"/>'
        f'<text class="small" x="14" y="{100 + 46 * 2.5}" transform="rotate(-90 14 '
        f'{100 + 46 * 2.5})" text-anchor="middle" dominant-baseline="hanging">'
        "until one answers</text>"
    )
    return page("The way of a task", 770, bottom + 14, parts)


def actor() -> str:
    """The life of a supervised actor."""
    places = {
        "runs": (110.0, 60.0),
        "restarts": (380.0, 60.0),
        "quarantined": (650.0, 60.0),
        "stopped": (110.0, 180.0),
    }
    parts = [
        arrow("M176 50H312", "crash", (244, 40)),
        arrow("M314 72H178", "at once, then with backoff", (244, 92)),
        arrow("M446 50H582", "more than intensity\nwithin period", (514, 26)),
        arrow("M582 72H448", "quarantine_retry,\nor restart by hand", (514, 92)),
        arrow("M110 80V158", "stop, removal, the end", (120, 124), "start"),
    ]
    return page("A supervised actor", 760, 215, [*parts, *(box(at, w) for w, at in places.items())])


def main() -> None:
    """Write all three."""
    for name, text in (("breaker", breaker()), ("way", way()), ("actor", actor())):
        (HERE / f"{name}.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
