"""Measured families as text: Prometheus 0.0.4, or OpenMetrics 1.0. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..slices import Steps, at_once
from .families import Family
from .measured import Measured
from .samples import Buckets, Value

PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_TOTAL = "_total"
_LINES = 500
"""Lines that are written in one go."""
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def prometheus_text(families: Iterable[Measured]) -> str:
    """The text format of Prometheus."""
    return at_once(writing(families, openmetrics=False))


def openmetrics_text(families: Iterable[Measured]) -> str:
    """The text format of OpenMetrics, in which a counter's family has no `_total`."""
    return at_once(writing(families, openmetrics=True))


def writing(families: Iterable[Measured], *, openmetrics: bool) -> Steps[str]:
    """One format or the other, in small steps."""
    found: list[str] = []
    for one in families:
        name = one.family.name
        for line in _lines(one, name.removesuffix(_TOTAL) if openmetrics else name):
            found.append(f"{line}\n")
            if len(found) % _LINES == 0:
                yield
    if openmetrics:
        found.append("# EOF\n")
    return "".join(found)


def wants_openmetrics(accept: str | None) -> bool:
    """Whether a client's Accept header asks for OpenMetrics."""
    return accept is not None and "application/openmetrics-text" in accept.lower()


def _lines(measured: Measured, called: str) -> Iterator[str]:
    family = measured.family
    yield f"# HELP {called} {family.about}"
    yield f"# TYPE {called} {family.kind.value}"
    for labels, value in measured.samples:
        told = _labels(family, labels)
        if isinstance(value, Buckets):
            yield from _histogram(family.name, told, value)
        else:
            yield f"{family.name}{_braces(told)} {_number(value)}"


def _histogram(name: str, labels: str, value: Buckets) -> Iterator[str]:
    before = f"{labels}," if labels else ""
    for bound, count in zip(value.bounds, value.counts, strict=True):
        yield f'{name}_bucket{{{before}le="{bound:g}"}} {count}'
    yield f'{name}_bucket{{{before}le="+Inf"}} {value.total}'
    yield f"{name}_count{_braces(labels)} {value.total}"
    yield f"{name}_sum{_braces(labels)} {_number(value.sum)}"


def _labels(family: Family, values: tuple[str, ...]) -> str:
    pairs = zip(family.labels, values, strict=True)
    return ",".join(f'{name}="{escaped(value)}"' for name, value in pairs)


def _braces(labels: str) -> str:
    return f"{{{labels}}}" if labels else ""


def escaped(value: str) -> str:
    """A label's value as the formats write it; half of a character pair becomes a question mark."""
    value = value.translate(_ESCAPES)
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def _number(value: Value) -> str:
    return repr(value)
