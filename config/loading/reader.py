"""From the keys of a document to a draft: both spellings, and the short forms."""

from __future__ import annotations

from ..base import Settings
from ..settings.group import GroupConfig
from ..settings.model import ModelConfig
from ..settings.runtime import GlobalConfig
from ..settings.spelling import (
    MODEL_WEIGHTS,
    ON_TOP,
    ROUTING,
    TOP,
    WORD_FORMS,
    Shape,
    name_of,
    shape_of,
    unknown,
)
from ..values.references import no_model
from ..values.values import is_list, is_mapping
from ..values.words import KeyPath
from .document import Document
from .draft import Content, Draft, Place, group_in


def draft_of(document: Document) -> Draft:
    """Reads the names of a document's keys; mistakes are noted in the draft."""
    draft = Draft(document, problems=list(document.problems))
    Reader(document, draft).read()
    return draft


SCHEMA = "$schema"
"""The key by which an editor finds the schema of a JSON file; the reader passes it over."""

OWN = "x-"
"""The beginning of a key on top that is the user's own: a place for what YAML's aliases share."""


class Reader:
    """Reads one document into one draft."""

    def __init__(self, document: Document, draft: Draft) -> None:
        self._document = document
        self._draft = draft
        self._taken: set[tuple[str, object]] = set()

    def read(self) -> None:
        """Everything; `routing` comes last, since it speaks of models."""
        top: dict[str, object] = {}
        for key, value in self._mapping(self._document.content, ()).items():
            if key == SCHEMA or key.startswith(OWN):
                continue
            if name := self._name(TOP, key, ()):
                top[name] = value
        for section in ("global", "resilience"):
            if section in top:
                into = self._draft.global_
                self._settings(GlobalConfig, top[section], (section,), ("global",), into)
        for name in ON_TOP:
            if name in top:
                shape, into = shape_of(GlobalConfig), self._draft.global_
                self._setting(shape, name, top[name], (name,), ("global",), into)
        self._members(ModelConfig, top.get("models"), "models", "id")
        self._members(GroupConfig, top.get("groups"), "groups", "name")
        self._routing(top.get("routing"))

    # Groups of settings.

    def _settings(
        self, kind: type[Settings], content: object, raw: KeyPath, path: KeyPath, into: Content
    ) -> None:
        shape = shape_of(kind)
        for key, value in self._mapping(content, raw).items():
            if name := self._name(shape, key, raw):
                self._setting(shape, name, value, (*raw, key), path, into)

    def _setting(
        self, shape: Shape, name: str, value: object, raw: KeyPath, path: KeyPath, into: Content
    ) -> None:
        place = self._place(raw)
        if name in shape.forms:
            *inside, name = shape.forms[name]
            for group in inside:
                into = group_in(into, group)
            self._draft.put(into, (*path, *inside, name), value, place)
        elif name not in shape.inner:
            self._draft.put(into, (*path, name), value, place)
        elif (*path, name) in self._draft.places:
            first = self._draft.places[(*path, name)].key
            self._draft.note(place, None, f"written twice: it is {first} too")
        elif name in WORD_FORMS and isinstance(value, str):
            self._draft.places[(*path, name)] = place
            word = WORD_FORMS[name]
            self._draft.put(group_in(into, name), (*path, name, word), value, place)
        else:
            self._draft.places[(*path, name)] = place
            self._settings(shape.inner[name], value, raw, (*path, name), group_in(into, name))

    def _mapping(self, content: object, raw: KeyPath) -> dict[str, object]:
        if content is None:
            return {}
        if not is_mapping(content):
            self._note(raw, content, "should be a mapping of keys to values")
            return {}
        named: dict[str, object] = {}
        for key, value in content.items():
            if isinstance(key, str):
                named[key] = value
            else:
                self._note((*raw, str(key)), None, "a key is text: write it in quotes")
        return named

    def _name(self, shape: Shape, key: str, raw: KeyPath) -> str | None:
        name = name_of(shape, key)
        if name is None:
            self._note((*raw, key), None, unknown(shape, key))
        return name

    # Models, groups of models, and the weights that routing gives them.

    def _members(self, kind: type[Settings], content: object, section: str, key: str) -> None:
        if is_list(content):
            for position, entry in enumerate(content):
                self._member(kind, entry, (section, position), key, None)
            return
        for name, entry in self._mapping(content, (section,)).items():
            self._member(kind, entry, (section, name), key, name)

    def _member(
        self, kind: type[Settings], entry: object, raw: KeyPath, key: str, name: str | None
    ) -> None:
        draft, section = self._draft, str(raw[0])
        members = draft.models if section == "models" else draft.groups
        path: KeyPath = (section, len(members))
        settings: Content = {}
        place = draft.places[path] = self._place(raw)
        self._settings(kind, entry, raw, path, settings)
        if name is not None and settings.setdefault(key, name) != name:
            draft.note(place, settings[key], f"has another {key} inside: {settings[key]!r}")
            settings[key] = name
        own = settings.get(key)
        if isinstance(own, str) and (section, own) in self._taken:
            draft.note(place, own, f"a second {section[:-1]} with the {key} {own!r}")
            self._forget(path)
            return
        if isinstance(own, str):  # anything else is refused later
            self._taken.add((section, own))
        members.append(settings)

    def _forget(self, path: KeyPath) -> None:
        for inside in [other for other in self._draft.places if other[: len(path)] == path]:
            del self._draft.places[inside]

    def _routing(self, content: object) -> None:
        for key, value in self._mapping(content, ("routing",)).items():
            name = self._name(ROUTING, key, ("routing",))
            if name == MODEL_WEIGHTS:
                self._weights(value, ("routing", key))
            elif name:
                raw: KeyPath = ("routing", key)
                self._setting(ROUTING, name, value, raw, ("global",), self._draft.global_)

    def _weights(self, content: object, raw: KeyPath) -> None:
        at = {model.get("id"): position for position, model in enumerate(self._draft.models)}
        for model_id, weight in self._mapping(content, raw).items():
            if model_id not in at:
                self._note((*raw, model_id), None, no_model(model_id, [str(i) for i in at]))
                continue
            position = at[model_id]
            place = self._place((*raw, model_id))
            into = self._draft.models[position]
            self._draft.put(into, ("models", position, "weight"), weight, place)

    # Places.

    def _note(self, raw: KeyPath, value: object, message: str) -> None:
        self._draft.note(self._place(raw), value, message)

    def _place(self, raw: KeyPath) -> Place:
        line = self._document.line_of(raw)
        return Place(self._document.file, line, self._written(raw), raw)

    def _written(self, raw: KeyPath) -> str:
        if len(raw) > 1 and isinstance(raw[1], int):
            raw = (raw[0], self._label(str(raw[0]), raw[1]), *raw[2:])
        return ".".join(str(part) for part in raw)

    def _label(self, section: str, position: int) -> str | int:
        top = self._document.content
        members = top.get(section) if is_mapping(top) else None
        entry = members[position] if is_list(members) else None
        name = entry.get("id", entry.get("name")) if is_mapping(entry) else None
        return name if isinstance(name, str) else position
