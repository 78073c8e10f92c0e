"""Where each setting of a running model comes from."""

from __future__ import annotations

from collections.abc import Iterator

from ...config.base import Settings
from ...config.errors import ConfigurationError
from ...config.loading.document import Document
from ...config.loading.draft import Draft, Place
from ...config.loading.sources import DEFAULT, Setting, settings_of_model
from ...config.settings.runtime import RuntimeConfig
from ...config.values.words import KeyPath
from .reload import Source

PYTHON = "Python"
UNREAD = "unknown: its file cannot be read now"


def origins(config: RuntimeConfig, source: Source | None, model_id: str) -> list[Setting]:
    """Each setting of a model that runs with `config`, its value and its origin.

    The file of `source` is read again, so this is for a thread. A value that the file does not have
    comes from Python: the program has filled it in, or an operator has changed it meanwhile.
    """
    running = list(settings_of_model(config, model_id, _stated_in_python(config)))
    if source is None:
        return running
    try:
        file, draft = source.read_with_places()
    except ConfigurationError:
        return [one if one.source == DEFAULT else one._replace(source=UNREAD) for one in running]
    written = {one.key: one for one in settings_of_model(file, model_id, draft)}
    return [_origin(one, written.get(one.key)) for one in running]


def _origin(running: Setting, written: Setting | None) -> Setting:
    if written is None or written.source == DEFAULT or written.value != running.value:
        return running
    return running._replace(source=written.source)


def _stated_in_python(config: RuntimeConfig) -> Draft:
    """A draft as if every setting that is stated stood in a program."""
    draft = Draft(Document(PYTHON, {}))
    for at, model in enumerate(config.models):
        for path in _stated(model, ("models", at)):
            draft.places[path] = Place(PYTHON, None, "")
    return draft


def _stated(settings: Settings, path: KeyPath) -> Iterator[KeyPath]:
    for name in settings.model_fields_set:
        value, here = getattr(settings, name), (*path, name.rstrip("_"))
        yield here
        if isinstance(value, Settings):
            yield from _stated(value, here)
