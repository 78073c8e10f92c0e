"""`RESILIENCE_...` variables: a third way to write a setting, stronger than the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import get_origin

import orjson
from pydantic.fields import FieldInfo

from ..base import Settings
from ..settings.model import ModelConfig
from ..settings.retry import Jitter
from ..settings.runtime import GlobalConfig
from ..settings.spelling import SHORT_FORMS, groups, names
from ..values.values import a_number, a_switch, reads_with, takes_any_names
from ..values.words import KeyPath, nearest
from .dotenv import NAME as DOTENV
from .dotenv import Variable
from .draft import Content, Draft, Place, group_in

PREFIX = "RESILIENCE_"
FILE = "environment"

_SHORT = ("circuit_breaker", "retry", "health_check", "bulkhead", "rate_limit")
"""Groups whose settings may be named without their group."""
_STATUS = re.compile("[1-5][0-9]{2}")
_ON, _OFF = ("true", "on", "yes", "1"), ("false", "off", "no", "0")
_SWITCHES = {**dict.fromkeys(_ON, True), **dict.fromkeys(_OFF, False)}


def override(draft: Draft, environ: Mapping[str, str], dotenv: Iterable[Variable] = ()) -> None:
    """Writes the variables over what the file says, and notes those that fit nothing.

    `environ` goes over the variables of a `.env` file.
    """
    models = _by_variable(draft)
    for name, value, line in dotenv:
        _override(draft, models, Place(DOTENV, line, name), value)
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        _override(draft, models, Place(FILE, None, name), environ[name])


def _override(draft: Draft, models: Mapping[str, int], place: Place, value: str) -> None:
    meanings = list(_meanings(place.key.removeprefix(PREFIX), models))
    if len(meanings) == 1:
        _write(draft, meanings[0], value, place)
    elif meanings:
        readings = " or ".join(_written(draft, path) for path in meanings)
        draft.note(place, None, f"can mean {readings}; rename a model or use the file")
    else:
        draft.note(place, None, _unknown(place.key, models))


def variable_part(model_id: str) -> str:
    """A model's id as its variables spell it: "gpt-5" is GPT_5."""
    return re.sub(r"[^A-Z0-9]", "_", model_id.upper())


def _by_variable(draft: Draft) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, model in enumerate(draft.models):
        part = variable_part(str(model.get("id", "")))
        if part in found:
            other = draft.models[found[part]]["id"]
            message = (
                f"{other!r} and {model['id']!r} are both {PREFIX}{part}_... in the environment"
            )
            draft.note(draft.place_of(("models", position)), None, message + "; rename one")
        found.setdefault(part, position)
    return found


def _meanings(rest: str, models: Mapping[str, int]) -> Iterator[KeyPath]:
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
    inner = groups(kind).items()
    return {f"{g}_{n}".upper(): (g, n) for g, one in inner for n in names(one)}


def _short() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for group in _SHORT:
        for name in names(groups(ModelConfig)[group]):
            found.setdefault(name, []).append((group, name))
    return found


def _unknown(variable: str, models: Mapping[str, int]) -> str:
    rest = variable.removeprefix(PREFIX)
    for part in models:
        clash = _short().get(rest.removeprefix(f"{part}_").lower(), ())
        if rest.startswith(f"{part}_") and len(clash) > 1:
            options = " or ".join(f"{PREFIX}{part}_{'_'.join(path).upper()}" for path in clash)
            return f"more than one setting has this name; write {options}"
    # The likeliest model first: comparing with each field of each model of a large fleet is slow.
    begun = [known for known in models if rest.upper().startswith(f"{known}_")]
    likely = max(begun, key=len, default=None) or nearest(rest, models) or next(iter(models), None)
    fields = [] if likely is None else [f"{likely}_{field}" for field in _model_fields()]
    meant = nearest(rest.upper(), [*_global_fields(), *fields])
    if meant is None:
        return f"unknown variable; no model or setting has this name ({PREFIX}<MODEL_ID>_<FIELD>)"
    return f"unknown variable; did you mean {PREFIX}{meant}?"


def _write(draft: Draft, path: KeyPath, text: str, place: Place) -> None:
    target: Content = draft.global_ if path[0] == "global" else draft.models[int(path[1])]
    kind: type[Settings] = GlobalConfig if path[0] == "global" else ModelConfig
    *inside, name = [str(part) for part in path[1 if path[0] == "global" else 2 :]]
    for group in inside:
        kind = groups(kind)[group]
        target = group_in(target, group)
    target[name] = _value(kind.model_fields[name], text)
    draft.places[path] = place


def _value(info: FieldInfo, text: str) -> object:
    """What a file would have in the place of the variable's text."""
    if get_origin(info.annotation) is tuple:
        words = [word.strip() for word in text.split(",") if word.strip()]
        statuses = reads_with(info, a_number)
        return [int(word) if statuses and _STATUS.fullmatch(word) else word for word in words]
    if takes_any_names(info):
        return _object(text)
    if info.annotation is Jitter or reads_with(info, a_switch):
        return _SWITCHES.get(text.strip().lower(), text)
    return _number(text) if reads_with(info, a_number) else text


def _object(text: str) -> object:
    """JSON has no other spelling in one line."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _number(text: str) -> float | str:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def _written(draft: Draft, path: KeyPath) -> str:
    if path[0] == "models":
        return ".".join(map(str, ("models", draft.models[int(path[1])]["id"], *path[2:])))
    return ".".join(map(str, path))
