"""The parts of a setting that a message may show."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from pydantic.alias_generators import to_snake

# tokens_per_minute and the like count tokens, they are none.
_SECRET = re.compile(r"key|token(?!s_per_)|secret|passw|credential|authorization")
# Keys that were written into the wrong place: the beginnings that providers give them.
_LIKE_A_KEY = re.compile(r"\s*(bearer\s|(sk|pk|rk|gsk|ghp|hf|xai|xox[a-z])[-_]|AIza|AKIA)", re.I)
# A name of a variable is in capitals, as HF_TOKEN, and no such name is hexadecimal digits alone.
_KEY_AS_NAME = re.compile(r"((sk|pk|rk|gsk|ghp|hf|xai)_|AIza|AKIA)\w*|[0-9a-fA-F]{32,}")
_SECRET_IN_URL = {"auth", "code", "pwd", "sig", "signature"}


def is_secret(key: str) -> bool:
    """Whether the last part of a dotted key looks like the name of a secret."""
    return _SECRET.search(to_snake(key.rpartition(".")[2])) is not None


def has_secret(url: str) -> bool:
    """Whether a URL has a user, a password or a key written into it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "@" in url
    told = parse_qsl(parts.query, keep_blank_values=True) + parse_qsl(parts.fragment)
    return "@" in parts.netloc or any(_tells(name, value) for name, value in told)


def _tells(name: str, value: str) -> bool:
    named = is_secret(name) or name.lower() in _SECRET_IN_URL
    return named or any(_LIKE_A_KEY.match(text) for text in (name, value))


def is_a_key(name: str) -> bool:
    """Whether a text in place of a variable's name is rather the value of the variable."""
    return _KEY_AS_NAME.fullmatch(name) is not None


def looks_like_a_key(text: str) -> bool:
    """Whether a value begins as the keys of providers do."""
    return _LIKE_A_KEY.match(text) is not None


def presentable(key: str, value: object) -> object:
    """The value if it is plain and no secret, else None: a mapping may have secrets inside."""
    if is_secret(key) or not isinstance(value, str | int | float | bool):
        return None
    if isinstance(value, str) and (has_secret(value) or _LIKE_A_KEY.match(value)):
        return None
    return value


_IN_A_TEXT = re.compile(
    r"\b(?:sk|pk|rk|gsk|ghp|hf|xai|xox[a-z])[-_][\w\-.]{6,}|\bAIza[\w\-]{10,}|\bAKIA\w{8,}"
    r"|\bbearer\s+\S+|\beyJ[\w\-]+\.[\w\-.]+"
    r"|(?<=://)[^/\s@]+@|(?<=\w)\?\S*=\S*"
    r"|\b\w*(?:api[_-]?key|secret|password|passwd|authorization|token)[\"']?\s*[:=]\s*[^\s,;]+",
    re.I,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
HIDDEN = "[hidden]"
LONGEST_TEXT = 500


def redacted(text: str, hidden: Iterable[str] = ()) -> str:
    """A foreign text that may be shown: without keys, without the `hidden` texts, and not long.

    >>> redacted("sk-live-123456 must not ask: why is the sky blue?", ["why is the sky blue?"])
    '[hidden] must not ask: [hidden]'
    """
    text = text[: 20 * LONGEST_TEXT]
    for secret in hidden:
        text = text.replace(secret, HIDDEN)
    text = _CONTROL.sub(" ", without_keys(text)).strip()
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "..."


def without_keys(text: str) -> str:
    """A text of ours, without what looks like a key.

    >>> without_keys("asked with bearer abc")
    'asked with [hidden]'
    """
    return _IN_A_TEXT.sub(HIDDEN, text)
