"""Looks for a secret in everything that an error or a log can carry, in any disguise."""

from __future__ import annotations

import html
import json
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote

PART = 8
"""So many characters in a row of a secret are a part of it."""

KEYS = {
    "plain": "sk-c4n4ryQ7x1Zk9W2",
    "quotes": 'sk-"Qx7"zP\'4m-W2e',
    "backslashes": "sk-Qb\\s7\\x41z\\nW2",
    "two spaces": "sk-Tw  Qz8  vB3m",
    "pattern characters": "sk-.*+?[Qx](7)|^$z",
    "percent signs": "sk-%41Qx%20z9%25W2",
    "markup": "sk-<Qx>&amp;z7&#65;W",
    "base 64": "Qm9/+Zx8+kP7vW2e3r==",
    "braces": "sk-{Qx}:$(z7)`W2e`~",
}


def disguises(secret: str) -> Iterator[str]:
    """The ways in which a server may write it."""
    yield secret
    yield secret.upper()
    yield secret.lower()
    yield " ".join(secret)
    yield secret.replace(" ", "")
    yield "  ".join(secret.split())
    yield "\n".join((secret[:6], secret[6:]))
    yield b64encode(secret.encode()).decode()
    yield b64encode(b"Bearer " + secret.encode()).decode()
    yield b64encode(b"me:" + secret.encode()).decode()
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield json.dumps(secret)
    yield json.dumps(json.dumps(secret))
    yield "".join(f"\\u{ord(letter):04x}" for letter in secret)
    yield html.escape(secret)
    yield repr(secret)
    yield secret[: len(secret) // 2]
    yield secret[len(secret) // 3 :]
    yield f"{secret[:4]}****{secret[-4:]}"
    yield secret.encode().hex()


def found_in(text: str, secret: str) -> str | None:
    """What of a secret is in a text, in any spelling; None: nothing."""
    texts = {text, unquote(text), html.unescape(text), _unescaped(text)}
    for seen in texts:
        for letters in (_letters, _no_blanks):
            wanted, there = letters(secret), letters(seen)
            for start in range(len(wanted) - PART + 1):
                if (part := wanted[start : start + PART]) in there:
                    return part
    for encoded in (b64encode(secret.encode()).decode()[:-4], secret.encode().hex()):
        if encoded[4:] in text:
            return encoded
    return None


def carried_by(error: BaseException) -> Iterator[tuple[str, str]]:
    """All that an error brings with it, by name: texts, fields, frames, causes."""
    for depth, one in enumerate(_chain(error)):
        yield f"{depth} str", str(one)
        yield f"{depth} repr", repr(one)
        yield f"{depth} fields", repr({k: v for k, v in vars(one).items() if k != "partial"})
        for frame in traceback.StackSummary.extract(
            traceback.walk_tb(one.__traceback__), capture_locals=True
        ):
            if "/tests/" not in frame.filename:  # the tests know the secrets
                yield f"{depth} {frame.filename} {frame.lineno}", str(frame.locals)
        for name, value in _fields(one):
            yield f"{depth} {name}", value


def pickled(error: BaseException) -> str:
    """The pickle of an error as a text."""
    return pickle.dumps(error, protocol=0).decode("latin-1")


def logged(records: list[logging.LogRecord]) -> str:
    """What was logged at INFO and above, by whomever, formatted with its exceptions."""
    form = logging.Formatter("%(name)s %(message)s")
    return "\n".join(form.format(one) for one in records if one.levelno >= logging.INFO)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]


def _fields(error: BaseException) -> Iterator[tuple[str, str]]:
    """Deep into foreign errors: a request or a response hangs on some of them."""
    for name in ("request", "response", "doc", "object", "body", "args"):
        try:
            value = getattr(error, name, None)
        except Exception:
            continue
        yield name, f"{value!r} {getattr(value, 'headers', '')!r} {getattr(value, 'text', '')!r}"


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def _no_blanks(text: str) -> str:
    return "".join(text.split()).lower()


def _unescaped(text: str) -> str:
    try:
        return text.encode("latin-1", "replace").decode("unicode_escape")
    except UnicodeDecodeError:
        return text
