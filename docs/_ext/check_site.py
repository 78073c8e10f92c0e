"""Looks at the built site: `python docs/_ext/check_site.py build/site`.

Every link leads to a page and a place that are there, no page asks another host for anything, every
public name has its place, and the search has its index.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from sphinx.util.inventory import InventoryFile

NAMES = re.compile(r"^```\{names\} (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STYLED = re.compile(r"(?:url\(|@import)\s*['\"]?(https?:|//)[^'\")\s]*")
"""What a style sheet asks another host for."""
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src"}
"""What a browser loads by itself, and the attribute that says from where."""


class Page(NamedTuple):
    """What is in a page."""

    ids: set[str]
    links: list[str]
    loaded: list[str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page(set(), [], [])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.page.ids.update(filter(None, (told.get("id"), told.get("name"))))
        if tag == "a" and "href" in told:
            self.page.links.append(told["href"])
        if tag == "link" and told.get("rel") not in {"canonical", "author", "index", "search"}:
            self.page.loaded.append(told.get("href", ""))
        if tag in LOADED and LOADED[tag] in told:
            self.page.loaded.append(told[LOADED[tag]])


def read(path: Path) -> Page:
    """The ids, links and loaded files of a page."""
    reader = _Reader()
    reader.feed(path.read_text("utf-8"))
    return reader.page


def outside(address: str) -> bool:
    """Whether it is on another host."""
    return bool(urlsplit(address).netloc)


def broken(path: Path, page: Page, pages: dict[Path, Page]) -> list[str]:
    """The links and files that lead nowhere."""
    found = []
    for address in (*page.links, *page.loaded):
        parts = urlsplit(address)
        if parts.netloc or parts.scheme in {"mailto", "data", "javascript"}:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        there = pages.get(target)
        wanted = unquote(parts.fragment)
        if not target.is_file() or (wanted and there and wanted not in there.ids):
            found.append(address)
    return found


def unnamed(site: Path) -> list[str]:
    """The public names that the site's inventory lacks."""
    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="").data
    there = {name for kind, names in inventory.items() if kind.startswith("py:") for name in names}
    doors = [
        found[0] for page in API.glob("*.md") for found in NAMES.findall(page.read_text("utf-8"))
    ]
    names = {f"{door}.{name}" for door in doors for name in import_module(door).__all__}
    return sorted(
        name for name in names - there if f"hive_resilience.{name.rpartition('.')[2]}" not in there
    )


API = Path(__file__).parents[1] / "reference" / "api"


def main(site: Path) -> int:
    """Says what is wrong; the exit code."""
    pages = {
        path.resolve(): read(path) for path in site.rglob("*.html") if "_static" not in path.parts
    }
    wrong = []
    for path, page in pages.items():
        where = path.relative_to(site.resolve())
        wrong += [f"{where}: leads nowhere: {link}" for link in broken(path, page, pages)]
        wrong += [f"{where}: asks another host: {one}" for one in page.loaded if outside(one)]
    for sheet in site.rglob("*.css"):
        asked = STYLED.finditer(sheet.read_text("utf-8"))
        wrong += [f"{sheet.relative_to(site)}: asks another host: {one[0]}" for one in asked]
    wrong += [f"has no place: {name}" for name in unnamed(site)]
    if not (site / "searchindex.js").is_file():
        wrong.append("there is no search index")
    print("\n".join([*wrong, f"{len(pages)} pages, {len(wrong)} mistakes"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
