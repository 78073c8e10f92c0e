"""The files of the page, out of the package and into memory."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from ...observability.reports.page.page import STYLESHEET, report_css
from ..request import Header, Request
from .headers import SAFE

PAGE = "index.html"
_KINDS: Mapping[str, bytes] = {
    "css": b"text/css; charset=utf-8",
    "html": b"text/html; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "svg": b"image/svg+xml",
}


class File(NamedTuple):
    """A file with its kind; `tag` changes with what is in it."""

    kind: bytes
    body: bytes
    tag: bytes


@cache
def page_files() -> Mapping[str, File]:
    """Every file that the page is made of, by its name; others beside them are not sent."""
    found: dict[str, File] = {}
    for entry in files(__package__ or "").joinpath("static").iterdir():
        kind = _KINDS.get(entry.name.rpartition(".")[2])
        if kind is not None:
            found[entry.name] = _file(kind, entry.read_bytes())
    found[STYLESHEET] = _file(_KINDS["css"], report_css().encode())
    return found


def _file(kind: bytes, body: bytes) -> File:
    return File(kind, body, b'"' + sha256(body).hexdigest()[:20].encode() + b'"')


async def send_file(request: Request, file: File) -> None:
    """The file, or that the browser has it."""
    headers: list[Header] = [*SAFE, (b"etag", file.tag), (b"cache-control", b"no-cache")]
    if request.headers.get(b"if-none-match") == file.tag:
        await request.answer(304, headers, b"")
        return
    await request.answer(200, [(b"content-type", file.kind), *headers], file.body)
