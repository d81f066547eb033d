"""What a browser would not show of a page: it is taken out before anything is read."""

from __future__ import annotations

import re
from typing import Any

from leadline.sources.html_tree import DROPPED

_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?:font-size|opacity)\s*:\s*0(?![.\d]*[1-9])"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_WHITE = r"(?:#fff(?:fff)?\b|white\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))"
_WHITE_TEXT = re.compile(rf"(?<![-\w])color\s*:\s*{_WHITE}", re.IGNORECASE)
_DARK_GROUND = re.compile(
    rf"background(?:-color|-image)?\s*:\s*(?!{_WHITE}|transparent|none|inherit)\S", re.IGNORECASE
)


def drop_unseen(tree: Any) -> int:
    """Take out scripts, comments and whatever a browser would not show; how many elements with text were hidden."""
    n_hidden = 0
    for element in list(tree.iter()):
        if element.getparent() is None or not isinstance(element.tag, str):
            continue
        if element.tag in DROPPED:
            element.drop_tree()
        elif unseen(element):
            n_hidden += bool(element.text_content().strip())
            element.drop_tree()
    return n_hidden


def unseen(element: Any) -> bool:
    style = element.get("style") or ""
    white = _WHITE_TEXT.search(style) or (
        element.tag == "font" and re.fullmatch(_WHITE, element.get("color") or "", re.I)
    )
    return bool(
        element.get("hidden") is not None or _UNSEEN.search(style) or (white and not _dark_ground(element))
    )


def _dark_ground(element: Any) -> bool:
    """White text is to be seen where it or an ancestor sets a background."""
    around = [element, *element.iterancestors()]
    return any(
        _DARK_GROUND.search(one.get("style") or "") or one.get("bgcolor") or one.get("class")
        for one in around
    )
