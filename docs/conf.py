"""The site: `make docs` builds it from these pages, offline, into build/site."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pydantic.main

# pydantic imports these for type checkers alone, and autodoc looks its annotations up.
for _name in (
    "ComputedFieldInfo",
    "CoreSchema",
    "FieldInfo",
    "ModelPrivateAttr",
    "PydanticExtraInfo",
    "SchemaSerializer",
    "SchemaValidator",
    "Signature",
):
    vars(pydantic.main).setdefault(_name, object)

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

_PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]

project = "hive-resilience"
author = "the authors of hive-resilience"
copyright = "the authors of hive-resilience, MIT licence"
version = release = _PROJECT["version"]
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "commands", "pages"]
exclude_patterns = ["_ext", "_static", "pictures/*.py"]
default_role = "literal"  # a word in single backticks is code, as everywhere else here

# `make proofread` asks other hosts; these addresses are examples.
linkcheck_ignore = [r"https?://(127\.0\.0\.1|localhost|[\w.]*example\.\w+)"]
linkcheck_timeout = 20

myst_heading_anchors = 6
myst_enable_extensions = ["colon_fence", "fieldlist"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = f"{project} {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_sidebars = {"index": [], "comparison": []}
html_context = {"default_mode": "auto"}
html_theme_options = {
    "logo": {"text": project},
    "header_links_before_dropdown": 9,
    "navbar_align": "left",
    "navbar_persistent": ["search-button"],
    "navbar_end": ["theme-switcher"],
    "navigation_depth": 3,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
