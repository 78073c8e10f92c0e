"""Settings before they are checked: names in snake_case, and where each of them came from."""

from __future__ import annotations

from dataclasses import dataclass, field

from .base import Settings
from .document import Document, KeyPath
from .errors import Problem
from .keys import groups, name_of, unknown
from .model import ModelConfig
from .redaction import presentable
from .runtime import RuntimeConfig

Content = dict[str, object]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a setting was written. `file` is "environment" for a variable."""

    file: str | None
    line: int | None
    key: str


@dataclass(slots=True)
class Draft:
    """The content of a file on its way to a `RuntimeConfig`; a mistake is noted and left out."""

    document: Document
    global_: Content = field(default_factory=dict)
    models: list[Content] = field(default_factory=list)
    places: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, document: Document) -> Draft:
        """Reads the names of a document's keys."""
        draft = cls(document, problems=list(document.problems))
        top = draft._settings(RuntimeConfig, document.content, (), ())
        inner = top.get("global")
        draft.global_ = inner if isinstance(inner, dict) else {}
        draft._read_models(top.get("models"))
        return draft

    def content(self) -> Content:
        """What `RuntimeConfig` is made from."""
        return {"global": self.global_, "models": self.models}

    def place_of(self, path: KeyPath) -> Place:
        """Where the setting at `path`, or the nearest group around it, was written."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return Place(self.document.file, None, "")

    def note(self, place: Place, value: object, message: str) -> None:
        """Adds a problem; `value` is kept only where it may be shown."""
        shown = presentable(place.key, value)
        self.problems.append(Problem(place.file, place.line, place.key or None, shown, message))

    def _settings(
        self, kind: type[Settings], content: object, raw: KeyPath, path: KeyPath
    ) -> Content:
        known: Content = {}
        for key, value in self._mapping(content, raw).items():
            name = self._name(kind, key, raw)
            if name is None:
                continue
            place = self._place((*raw, key))
            if name in known:
                self.note(place, value, f"written twice, as {name} and in camelCase")
            self.places[(*path, name)] = place
            group = groups(kind).get(name)
            known[name] = (
                self._settings(group, value, (*raw, key), (*path, name)) if group else value
            )
        return known

    def _mapping(self, content: object, raw: KeyPath) -> dict[str, object]:
        if content is None:
            return {}
        if not isinstance(content, dict):
            self.note(self._place(raw), content, "should be a mapping of keys to values")
            return {}
        named: dict[str, object] = {}
        for key, value in content.items():
            if isinstance(key, str):
                named[key] = value
            else:
                self.note(self._place((*raw, str(key))), None, "a key is text: write it in quotes")
        return named

    def _name(self, kind: type[Settings], key: str, raw: KeyPath) -> str | None:
        name = name_of(kind, key)
        if name is None:
            self.note(self._place((*raw, key)), None, unknown(kind, key))
        return name

    def _read_models(self, content: object) -> None:
        if isinstance(content, list):
            for position, entry in enumerate(content):
                self._read_model(("models", position), entry, None)
            return
        for model_id, entry in self._mapping(content, ("models",)).items():
            self._read_model(("models", model_id), entry, model_id)

    def _read_model(self, raw: KeyPath, entry: object, model_id: str | None) -> None:
        path: KeyPath = ("models", len(self.models))
        settings = self._settings(ModelConfig, entry, raw, path)
        place = self.places[path] = self._place(raw)
        if model_id is not None and settings.setdefault("id", model_id) != model_id:
            self.note(place, settings["id"], f"has another id inside: {settings['id']!r}")
            settings["id"] = model_id
        if any(other.get("id") == settings.get("id", other) for other in self.models):
            self.note(place, settings["id"], f"a second model with the id {settings['id']!r}")
            return
        self.models.append(settings)

    def _place(self, raw: KeyPath) -> Place:
        return Place(self.document.file, self.document.line_of(raw), self._written(raw))

    def _written(self, raw: KeyPath) -> str:
        if len(raw) > 1 and isinstance(raw[1], int):
            raw = (raw[0], self._label(raw[1]), *raw[2:])
        return ".".join(str(part) for part in raw)

    def _label(self, position: int) -> str | int:
        top = self.document.content
        models = top.get("models") if isinstance(top, dict) else None
        entry = models[position] if isinstance(models, list) else None
        model_id = entry.get("id") if isinstance(entry, dict) else None
        return model_id if isinstance(model_id, str) else position
