"""The frame of a self-contained page: escaping, tags, and a policy under which a browser loads nothing.

The page has no script. Its one style sheet is allowed by its hash and its images are data: everything else is
refused by the browser itself, whatever text a source may hold.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from html import escape as html_escape
from importlib.resources import files

# What HTML does not allow as text even when escaped, and half of a surrogate pair.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def escape(text: str) -> str:
    """Text as text, in content and in quoted attributes.

    >>> escape('<a href="x">')
    '&lt;a href=&quot;x&quot;&gt;'
    """
    return html_escape(_FORBIDDEN.sub("\ufffd", text), quote=True)


def tag(name: str, content: str | Iterable[str] = "", /, **attributes: str) -> str:
    """An element. `content` is HTML; attribute values are text. `cls` is class, `_` in a name is `-`.

    >>> tag("a", escape("1 < 2"), href="#e1", cls="n")
    '<a href="#e1" class="n">1 &lt; 2</a>'
    """
    inside = content if isinstance(content, str) else "".join(content)
    return f"<{name}{_attributes(attributes)}>{inside}</{name}>"


def void(name: str, /, **attributes: str) -> str:
    """An element without content.

    >>> void("img", alt="a scan")
    '<img alt="a scan">'
    """
    return f"<{name}{_attributes(attributes)}>"


def _attributes(attributes: dict[str, str]) -> str:
    names = {key: {"cls": "class"}.get(key, key.strip("_").replace("_", "-")) for key in attributes}
    return "".join(f' {names[key]}="{escape(value)}"' for key, value in attributes.items())


def page(title: str, body: str) -> str:
    """A whole document around `body`."""
    head = (
        void("meta", charset="utf-8"),
        void("meta", http_equiv="Content-Security-Policy", content=policy()),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="color-scheme", content="light dark"),
        void("meta", name="referrer", content="no-referrer"),
        tag("title", escape(title)),
        f"<style>{stylesheet()}</style>",
    )
    return "<!doctype html>\n" + tag("html", tag("head", head) + tag("body", body), lang="en") + "\n"


@cache
def policy() -> str:
    """What a browser may do with the page: use its one style sheet, known by its hash, and images that are data."""
    digest = base64.b64encode(hashlib.sha256(stylesheet().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


@cache
def stylesheet() -> str:
    """report.css."""
    return files(__package__).joinpath("report.css").read_text(encoding="utf-8")


def png(data: bytes) -> str:
    """A data URI of an image."""
    return "data:image/png;base64," + base64.b64encode(data).decode()
