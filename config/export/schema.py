"""A JSON Schema of settings files, for editors: both spellings, spans with units, short forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from ..base import Settings
from ..settings.group import GroupConfig
from ..settings.model import ModelConfig
from ..settings.runtime import GlobalConfig, RuntimeConfig
from ..settings.spelling import (
    MODEL_WEIGHTS,
    NOT_IN_FILES,
    ON_TOP,
    ROUTING_FORMS,
    SHORT_FORMS,
    WORD_FORMS,
    groups,
    lists,
)
from ..values.units import WRITTEN, is_span, longest, may_be_nothing, span_text
from .descriptions import description_of, descriptions_of

Schema = dict[str, Any]

_NULL: Schema = {"type": "null"}
_SOMETHING = "(?=.*[1-9])"
"""At the beginning of a pattern: a number that is not 0 has such a digit."""


def schema() -> Schema:
    """The JSON Schema (2020-12) of the files that `load_config` reads."""
    defined = RuntimeConfig.model_json_schema(by_alias=False).get("$defs", {})
    enums = {name: one for name, one in defined.items() if "enum" in one}
    kinds: list[type[Settings]] = [GlobalConfig, GroupConfig, ModelConfig]
    kinds += [*_groups_in(GlobalConfig), *_groups_in(ModelConfig)]
    sections = {kind.__name__: _section(kind, defined[kind.__name__]) for kind in kinds}
    for member in {one for kind in kinds for several in lists(kind).values() for one in several}:
        section = _section(member, defined[member.__name__])
        fields = member.model_fields
        needed = [name for name, info in fields.items() if info.is_required() or name == "type"]
        sections[member.__name__] = section | {"required": needed}
    weight = sections["ModelConfig"]["properties"]["weight"]
    routing = _routing(sections["GlobalConfig"]["properties"], weight)
    parts = {**{name: _untitled(one) for name, one in enums.items()}, **sections}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of hive-resilience",
        "type": "object",
        "properties": {
            "$schema": {"type": "string"},
            "global": _or_nothing("GlobalConfig"),
            "resilience": _or_nothing("GlobalConfig"),
            "routing": _or_nothing("Routing"),
            "models": _members("ModelConfig", "id"),
            "groups": _members("GroupConfig", "name"),
            **{name: sections["GlobalConfig"]["properties"][name] for name in ON_TOP},
        },
        "patternProperties": {"^x-": True},
        "additionalProperties": False,
        "$defs": dict(sorted({**parts, "Routing": routing}.items())),
    }


def _groups_in(kind: type[Settings]) -> Iterator[type[Settings]]:
    """The groups of a group, and those in them."""
    for inner in groups(kind).values():
        yield inner
        yield from _groups_in(inner)


def _section(kind: type[Settings], told: Schema) -> Schema:
    described = descriptions_of(kind)
    properties: Schema = {}
    for field_name, info in kind.model_fields.items():
        name = field_name.rstrip("_")
        if name in NOT_IN_FILES:
            continue
        inner = groups(kind).get(name)
        one = _group(name, inner) if inner else _property(info, told, field_name)
        told_of = described.get(name) or (description_of(inner) if inner else None)
        if told_of:
            one = {"description": told_of, **one}
        properties |= _both_spellings(name, one)
    if kind is ModelConfig:
        for form, path in SHORT_FORMS.items():
            properties |= _both_spellings(form, _form(kind, path))
    return _object(properties, description_of(kind))


def _group(name: str, kind: type[Settings]) -> Schema:
    one = _or_nothing(kind.__name__)
    if name in WORD_FORMS:
        one["anyOf"].append({"type": "string", "minLength": 1})
    return one


def _property(info: FieldInfo, told: Schema, name: str) -> Schema:
    one = _untitled(told["properties"][name])
    if name == "jitter" and "$ref" in one:
        return {"anyOf": [{"$ref": one["$ref"]}, {"type": "boolean"}], "default": one["default"]}
    if not is_span(info):
        return one
    default = one.pop("default", None)
    branches = [
        other
        for branch in one.get("anyOf", [one])
        for other in (_span(info) if branch.get("type") == "number" else [branch])
    ]
    if default is None:
        return {"anyOf": branches}
    word = default if isinstance(default, str) else span_text(default)
    return {"anyOf": branches, "default": word}


def _span(info: FieldInfo) -> list[Schema]:
    zero = may_be_nothing(info)
    least = {"minimum": 0} if zero else {"exclusiveMinimum": 0}
    number = {"type": "number", **least, "maximum": longest(info) * 1000}
    number["description"] = "Milliseconds."
    pattern = WRITTEN if zero else f"^{_SOMETHING}{WRITTEN[1:]}"
    return [number, {"type": "string", "pattern": pattern, "description": 'As "30s", "500ms".'}]


def _form(kind: type[Settings], path: tuple[str, ...]) -> Schema:
    group, name = path
    inner = groups(kind)[group]
    return {
        "description": f"Short for {group}.{name}.",
        "$ref": f"#/$defs/{inner.__name__}/properties/{name}",
    }


def _routing(settings: Schema, weight: Schema) -> Schema:
    properties: Schema = {}
    for form, (name,) in ROUTING_FORMS.items():
        assert name in settings
        told = {"description": f"Another name of global.{name}."}
        ref = {"$ref": f"#/$defs/GlobalConfig/properties/{name}"}
        properties |= _both_spellings(form, {**told, **ref})
    weights: Schema = {
        "description": "The weight of each model, by its id.",
        "anyOf": [{"type": "object", "additionalProperties": weight}, _NULL],
    }
    return _object(properties | _both_spellings(MODEL_WEIGHTS, weights), "How tasks are routed.")


def _members(kind: str, key: str) -> Schema:
    ref = _or_nothing(kind)
    entry = {"allOf": [{"$ref": f"#/$defs/{kind}"}, {"required": [key]}]}
    listed = {"type": "array", "items": entry}
    return {"anyOf": [{"type": "object", "additionalProperties": ref}, listed, _NULL]}


def _or_nothing(kind: str) -> Schema:
    return {"anyOf": [{"$ref": f"#/$defs/{kind}"}, _NULL]}


def _object(properties: Schema, description: str) -> Schema:
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _both_spellings(name: str, one: Schema) -> Schema:
    return {name: one, to_camel(name): one}


def _untitled(one: Schema) -> Schema:
    """Without the names that pydantic makes up."""
    return {key: value for key, value in one.items() if key != "title"}
