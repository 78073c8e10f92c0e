"""`RESILIENCE_...` variables: a third way to write a setting, stronger than the file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import get_args, get_origin

import orjson
from pydantic.fields import FieldInfo

from ..base import Settings
from ..errors import ConfigurationError, Problem
from ..settings.model import ModelConfig
from ..settings.retry import Jitter
from ..settings.runtime import GlobalConfig
from ..settings.spelling import SHORT_FORMS, groups, is_list_of_settings, names
from ..values.values import a_number, a_switch, is_list, is_mapping, reads_with, takes_any_names
from ..values.words import KeyPath, UnknownVariables, nearest
from .dotenv import NAME as DOTENV
from .dotenv import Variable
from .draft import Content, Draft, Place, group_in

PREFIX = "RESILIENCE_"
FILE = "environment"

_SHORT = ("circuit_breaker", "retry", "health_check", "bulkhead", "rate_limit")
"""Groups whose settings may be named without their group."""
_LONGEST = 500
"""Characters of a variable's name: no id of a model and no setting are that long."""
_PREFIX = re.compile("[A-Za-z_][A-Za-z0-9_]*_")
_STATUS = re.compile("[1-5][0-9]{2}")
_DECIMAL = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}")
_ON, _OFF = ("true", "on", "yes", "1"), ("false", "off", "no", "0")
_SWITCHES = {**dict.fromkeys(_ON, True), **dict.fromkeys(_OFF, False)}
_MOST = 1_000
"""Models that a name is compared with."""
_SLIP = 0.8
"""As like as this, two names are one with a slip in it."""


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables that count: `environ` (None: the process's own) with `prefix` before them.

    Raises `ConfigurationError` for a prefix that is none, and for another word than those of
    `unknown`.
    """

    environ: Mapping[str, str] | None = None
    prefix: str = PREFIX
    unknown: UnknownVariables = "error"

    def __post_init__(self) -> None:
        if not _is_prefix(self.prefix):
            message = "env_prefix should be letters, digits and _, with _ at the end, as MINE_"
            raise ConfigurationError(message, key="env_prefix")
        if self.unknown not in get_args(UnknownVariables):
            message = "unknown_variables should be error or ignore"
            raise ConfigurationError(message, key="unknown_variables")

    def override(self, draft: Draft, dotenv: Iterable[Variable] = ()) -> None:
        """Writes the variables over the settings of the file, and notes those that fit no setting.

        `environ` goes over the variables of a `.env` file.
        """
        environ = os.environ if self.environ is None else self.environ
        models = _by_variable(draft, self.prefix)
        for name, value, line in dotenv:
            self._override(draft, models, Place(DOTENV, line, name), value)
        for name in sorted(name for name in environ if name.startswith(self.prefix)):
            self._override(draft, models, Place(FILE, None, name), environ[name])

    def _override(self, draft: Draft, models: Mapping[str, int], place: Place, value: str) -> None:
        rest = place.key.removeprefix(self.prefix)
        meanings = list(_meanings(rest, models))
        if len(meanings) == 1:
            _write(draft, meanings[0], value, place)
        elif meanings:
            readings = " or ".join(_written(draft, path) for path in meanings)
            draft.note(place, None, f"can mean {readings}; rename a model or use the file")
        elif self.unknown == "error":
            told = _of_another_model(rest, models)
            if told is None:
                draft.note(place, None, _unknown(rest, models, self.prefix))
            else:
                draft.warnings.append(Problem(place.file, place.line, place.key, None, told))


def _is_prefix(given: object) -> bool:
    return isinstance(given, str) and _PREFIX.fullmatch(given) is not None


def _of_another_model(rest: str, models: Mapping[str, int]) -> str | None:
    """The warning for a setting of a model that is not there; None: it is something else.

    A machine may have variables for more models than one file does. A slip in the name of a model
    that is there, or of a setting of `global`, stays a mistake.
    """
    if len(rest) > _LONGEST or get_close_matches(rest, _global_fields(), 1, _SLIP):
        return None
    parts = [rest[:at] for at, sign in enumerate(rest) if sign == "_"]
    found = [part for part in parts if part and rest[len(part) + 1 :] in _model_fields()]
    if not found:
        return None
    # "gpt" may be here and "gpt-5" not, but GPT_RETRIES_BASE_DELAY is a slip.
    inside = [found[0].removeprefix(f"{known}_") for known in models]
    if any(nearest(part, _groups()) for part in inside if part != found[0]):
        return None
    # Two models may differ by a number alone.
    own = _digits(found[0])
    words = [known for known in islice(models, _MOST) if own in ("", _digits(known))]
    if get_close_matches(found[0], words, 1, _SLIP):
        return None
    return f"there is no model {found[0]} here; it sets nothing"


def _groups() -> list[str]:
    return [name.upper() for name in groups(ModelConfig)]


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))


def variable_part(model_id: str) -> str:
    """A model's id as its variables spell it: "gpt-5" is GPT_5."""
    return re.sub(r"[^A-Z0-9]", "_", model_id.upper())


def _by_variable(draft: Draft, prefix: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, model in enumerate(draft.models):
        if not isinstance(model.get("id"), str):
            continue  # it is refused later
        part = variable_part(str(model["id"]))
        if part in found:
            other = draft.models[found[part]]["id"]
            message = (
                f"{other!r} and {model['id']!r} are both {prefix}{part}_... in the environment"
            )
            draft.note(draft.place_of(("models", position)), None, message + "; rename one")
        found.setdefault(part, position)
    return found


def _meanings(rest: str, models: Mapping[str, int]) -> Iterator[KeyPath]:
    if len(rest) > _LONGEST:
        return
    if rest in _global_fields():
        yield ("global", *_global_fields()[rest])
    for at, character in enumerate(rest):
        if character == "_" and rest[:at] in models and rest[at + 1 :] in _model_fields():
            yield ("models", models[rest[:at]], *_model_fields()[rest[at + 1 :]])


@cache
def _global_fields() -> dict[str, tuple[str, ...]]:
    """Every FIELD of RESILIENCE_<FIELD>, and the setting it stands for."""
    return {**_full(GlobalConfig), **_own(GlobalConfig)}


@cache
def _model_fields() -> dict[str, tuple[str, ...]]:
    """Every FIELD of RESILIENCE_<MODEL_ID>_<FIELD>, and the setting it stands for."""
    short = {name.upper(): found[0] for name, found in _short().items() if len(found) == 1}
    forms = {name.upper(): path for name, path in SHORT_FORMS.items()}
    own = _own(ModelConfig)
    del own["ID"]
    return {**_full(ModelConfig), **forms, **short, **own}


def _own(kind: type[Settings]) -> dict[str, tuple[str, ...]]:
    return {name.upper(): (name,) for name in names(kind) if name not in groups(kind)}


def _full(kind: type[Settings]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for group, one in groups(kind).items():
        inside = {**_full(one), **_own(one)}
        found |= {f"{group.upper()}_{name}": (group, *path) for name, path in inside.items()}
    return found


def _short() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for group in _SHORT:
        for name in names(groups(ModelConfig)[group]):
            found.setdefault(name, []).append((group, name))
    return found


def _unknown(rest: str, models: Mapping[str, int], prefix: str) -> str:
    for part in models:
        clash = _short().get(rest.removeprefix(f"{part}_").lower(), ())
        if rest.startswith(f"{part}_") and len(clash) > 1:
            options = " or ".join(f"{prefix}{part}_{'_'.join(path).upper()}" for path in clash)
            return f"more than one setting has this name; write {options}"
    # The likeliest model first: comparing with each field of each model of a large fleet is slow.
    begun = [known for known in models if rest.upper().startswith(f"{known}_")]
    likely = max(begun, key=len, default=None) or nearest(rest, models) or next(iter(models), None)
    fields = [] if likely is None else [f"{likely}_{field}" for field in _model_fields()]
    meant = nearest(rest.upper(), [*_global_fields(), *fields])
    if meant is None:
        return f"unknown variable; no model or setting has this name ({prefix}<MODEL_ID>_<FIELD>)"
    return f"unknown variable; did you mean {prefix}{meant}?"


def _write(draft: Draft, path: KeyPath, text: str, place: Place) -> None:
    target: Content = draft.global_ if path[0] == "global" else draft.models[int(path[1])]
    kind: type[Settings] = GlobalConfig if path[0] == "global" else ModelConfig
    *inside, name = [str(part) for part in path[1 if path[0] == "global" else 2 :]]
    for group in inside:
        kind = groups(kind)[group]
        target = group_in(target, group)
    target[name] = _value(kind.model_fields[name], text)
    draft.places[path] = place


def _number_or_word(word: str) -> float | str:
    """A status of HTTP or a decimal as a number; anything else stays a word."""
    if _STATUS.fullmatch(word):
        return int(word)
    return float(word) if _DECIMAL.fullmatch(word) else word


def _value(info: FieldInfo, text: str) -> object:
    """The value that a file would have in place of the variable's text."""
    if is_list_of_settings(info):
        return _object(text)
    if _is_list(info.annotation):
        words = [word.strip() for word in text.split(",") if word.strip()]
        return [_number_or_word(word) for word in words] if reads_with(info, a_number) else words
    if takes_any_names(info):
        return _object(text)
    if info.annotation is Jitter or reads_with(info, a_switch):
        return _SWITCHES.get(text.strip().lower(), text)
    return _number(text) if reads_with(info, a_number) else text


def _is_list(annotation: object) -> bool:
    return tuple in (get_origin(annotation), *map(get_origin, get_args(annotation)))


def _object(text: str) -> object:
    """JSON has no other spelling in one line; any other text stays one."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return found if is_mapping(found) or is_list(found) else text


def _number(text: str) -> float | str:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def _written(draft: Draft, path: KeyPath) -> str:
    if path[0] == "models":
        return ".".join(map(str, ("models", draft.models[int(path[1])]["id"], *path[2:])))
    return ".".join(map(str, path))
