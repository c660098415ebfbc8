"""Sphinx's settings: a plain site that needs no network, built from build/docs (see docs/site)."""

import re
from functools import partial
from typing import Any

from cvm_xl import __version__

project = "cvm_xl"
author = "the cvm_xl developers"
release = __version__
extensions = ["myst_parser"]
exclude_patterns = ["site"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
myst_links_external_new_tab = False
suppress_warnings = ["misc.highlighting_failure"]
html_theme = "furo"
html_title = "cvm_xl"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
smartquotes = False  # --option is no dash
html_copy_source = False
html_use_index = False  # there is nothing in it: pages have no index entries
html_show_sourcelink = False
html_last_updated_fmt = None
html_permalinks = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_theme_options: dict[str, Any] = {
    "light_css_variables": {
        "font-stack": "Arial, 'Liberation Sans', sans-serif",
        "color-brand-primary": "#005A8C",
        "color-brand-content": "#005A8C",
        "color-brand-visited": "#5A3E85",
        "color-code-background": "#F3F5F7",
    },
    "dark_css_variables": {"color-brand-primary": "#7CC4F0", "color-brand-content": "#7CC4F0"},
    "top_of_page_buttons": [],
}


def _reachable(_app: Any, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """What scrolls sideways can be reached by the keyboard, and headings of the navigation have a level."""
    tree = context.get("furo_navigation_tree")
    if tree:
        context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')
    for near in filter(None, (context.get("prev"), context.get("next"))):
        near["title"] = near["title"].replace("_", "_<wbr>")
    body = context.get("body")
    if body:
        wrapper = '<div tabindex="0" class="table-wrapper'
        body = body.replace('<div class="table-wrapper', wrapper)
        body = body.replace("<pre>", '<pre tabindex="0">')
        body = re.sub(r'<div class="highlight-console.*?</pre>', _wrapped, body, flags=re.DOTALL)
        for tags, signs in BREAKS.items():
            body = re.sub(rf"<({tags})\b.*?</\1>", partial(_breakable, signs), body, flags=re.DOTALL)
        context["body"] = body


def _wrapped(block: re.Match[str]) -> str:
    """Output of sentences wraps; what is laid out in columns scrolls."""
    laid_out = re.search(r"\S {3,}\S", block[0])
    return block[0] if laid_out else block[0].replace("<pre ", '<pre class="wrapped" ')


BREAKS = {"pre": "[,;]", "code": ",", "h1|th|td": "(?<!CVM)_|/|(?<=[a-z]),"}
"""Where long formulas and names break into lines, by what they stand in; nowhere else."""


def _breakable(signs: str, found: re.Match[str]) -> str:
    texts, entity_or_sign = r"(?<=>)[^<]+", rf"(&#?\w+;)|({signs})(?=\S)"  # not the tags
    return re.sub(texts, lambda t: re.sub(entity_or_sign, lambda s: s[0] + "<wbr>" * bool(s[2]), t[0]), found[0])


def setup(app: Any) -> None:
    """Hook into Sphinx."""
    app.connect("html-page-context", _reachable, priority=900)  # after the theme
