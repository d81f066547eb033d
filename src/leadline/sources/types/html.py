"""Web pages: main content without boilerplate, headings as marks, tables as tables, what nobody sees left out."""

from __future__ import annotations

import re
from typing import Any

from leadline.errors import SourceError, need
from leadline.evidence.model import Document
from leadline.sources.canonical import canonical, decode
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.dates import iso_date
from leadline.sources.sections import Sections
from leadline.sources.sheets import add_text_table
from leadline.sources.types import Type

READS = (
    Type(
        "text/html",
        (".html", ".htm", ".xhtml"),
        opening=rb"<!doctype html|<html[\s>]",
        text=True,
        looks=lambda head: bool(
            re.match(r"\s*<(?:!--|head|body|article|main|div|p|h[1-6]|table|ul)\b", head, re.I)
        ),
    ),
)
MAX_DEPTH = 250
"""Of nested elements: what reads the tree recurses. Ours."""
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
_DROPPED = ("script", "style", "template", "noscript", "svg", "iframe", "object", "head")
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form header"
    " hr li main nav ol p pre section summary table ul td th tr h1 h2 h3 h4 h5 h6".split()
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*?(/?)>")
_SELF_CLOSING = frozenset(
    "p li td th tr dd dt option br img hr meta link input area base col source wbr".split()
)


def read(data: bytes, context: Context) -> list[Document]:
    tree = parsed(decode(data))
    title = " ".join((tree.findtext(".//title") or "").split())
    date = stated(tree)
    composer = Composer(context)
    composer.metadata["hidden_elements"] = str(drop_unseen(tree) or "")
    whole = text_length(tree)
    main = main_content(tree)
    if main is not None and text_length(main) >= min(400, 0.1 * whole):
        add_main(composer, main)
    else:
        add_body(composer, tree)
    return [composer.document(title=title, date=date)]


def visible_text(source: str) -> str:
    """The text that a browser would show, one block a line; for mails and books."""
    tree = parsed(source)
    drop_unseen(tree)
    return "\n".join(block for _, block in flat_blocks(tree))


def parsed(source: str) -> Any:
    """The element tree. SourceError for what is nested so deeply that parsers and their users give up."""
    html: Any = need("lxml.html", "docs", "Reading web pages")
    if depth(source) > MAX_DEPTH:
        raise SourceError(
            f"Its elements are nested more than {MAX_DEPTH} deep.",
            remedy="No honest page needs that many levels.",
        )
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(canonical(source).encode(), parser=parser)
    except (ValueError, html.etree.LxmlError) as error:
        raise SourceError("The page is empty.", remedy="Nothing can be read from it.") from error


def depth(source: str) -> int:
    """How deep the tags nest, counted up to one more than is read; tags that end by themselves do not count.

    >>> depth("<div><p>a<p>b<b>c</b></div>")
    2
    """
    now = deepest = at = 0
    while deepest <= MAX_DEPTH and (match := _TAG.search(source, at)):
        at, tag = match.end(), match[2].lower()
        if tag in _SELF_CLOSING or match[3]:
            continue
        now = max(0, now - 1) if match[1] else now + 1
        deepest = max(deepest, now)
        if tag in ("script", "style") and not match[1]:
            # What looks like a tag in a program is none.
            end = source.find(f"</{match[2]}", at)
            at = len(source) if end < 0 else end
    return deepest


def stated(tree: Any) -> str:
    """The ISO date that the page gives in its metadata or first <time>."""
    for meta in tree.iter("meta"):
        name = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").lower()
        if "date" in name or "published" in name or name in ("pubdate", "dc.issued"):
            found = iso_date(meta.get("content") or "")
            if found:
                return found
    first = next(tree.iter("time"), None)
    return "" if first is None else iso_date(first.get("datetime") or "")


def drop_unseen(tree: Any) -> int:
    """Take out scripts, comments and whatever a browser would not show; how many elements with text were hidden."""
    n_hidden = 0
    for element in list(tree.iter()):
        if element.getparent() is None or not isinstance(element.tag, str):
            continue
        if element.tag in _DROPPED:
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


def text_length(tree: Any) -> int:
    return sum(len(text.strip()) for text in tree.itertext())


def main_content(tree: Any) -> Any:
    """What trafilatura holds to be the content, as its XML (head, p, list, table, ...); None if it finds none."""
    trafilatura: Any = need("trafilatura", "docs", "Reading web pages")
    from copy import deepcopy

    found = trafilatura.bare_extraction(
        deepcopy(tree), include_comments=False, include_tables=True, include_links=False, with_metadata=False
    )
    return None if found is None else found.body


def add_main(composer: Composer, main: Any) -> None:
    sections = Sections()
    _walk_main(composer, sections, main)
    sections.close(composer)


def _walk_main(composer: Composer, sections: Sections, parent: Any) -> None:
    for element in parent:
        tag = element.tag
        if tag == "table":
            rows = [[_said(cell) for cell in row.iter("cell")] for row in element.iter("row")]
            add_text_table(composer, "table", rows)
        elif tag == "head":
            level = element.get("rend", "h2")[1:]
            _heading(composer, sections, _said(element), int(level) if level.isdigit() else 2)
        elif tag == "list":
            for item in element.iter("item"):
                _add(composer, f"- {_said(item)}" if _said(item) else "")
        elif tag in ("code", "pre"):
            _add(composer, "".join(element.itertext()).strip("\n"))
        elif tag in ("div", "section", "body", "main", "article", "quote") and len(element):
            _add(composer, " ".join((element.text or "").split()))
            _walk_main(composer, sections, element)
        else:
            _add(composer, _said(element))
        _add(composer, " ".join((element.tail or "").split()))


def _heading(composer: Composer, sections: Sections, text: str, level: int) -> None:
    if text:
        start = composer.length
        composer.add(text)
        sections.open(composer, level, text, start)


def _said(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _add(composer: Composer, text: str) -> None:
    if text.strip():
        composer.add(text)


def add_body(composer: Composer, tree: Any) -> None:
    """All that is visible: for pages that are mostly navigation, and for books."""
    sections = Sections()
    for tag, text in flat_blocks(tree):
        if re.fullmatch("h[1-6]", tag):
            _heading(composer, sections, text, int(tag[1]))
        else:
            _add(composer, text)
    sections.close(composer)


def flat_blocks(tree: Any) -> list[tuple[str, str]]:
    """(tag, text) of every block of text, white space as a browser shows it; without recursion."""
    found: list[tuple[str, list[str]]] = [("body", [])]
    # Each step: an element to open, or the text that follows a closed one.
    pending: list[tuple[str, Any]] = [("open", tree)]
    while pending:
        kind, item = pending.pop()
        if kind == "text":
            tag, text = item
            if tag is not None:
                found.append((tag, []))
            found[-1][1].append(text)
            continue
        tag = item.tag if isinstance(item.tag, str) else ""
        tag = tag.rpartition("}")[2]
        block = tag in _BLOCKS
        if tag in _DROPPED and tag != "svg":
            continue
        if block or tag == "br":
            found.append((tag if block else found[-1][0], []))
        found[-1][1].append(item.text or "")
        for child in reversed(item):
            if child.tail:
                closes = isinstance(child.tag, str) and child.tag.rpartition("}")[2] in _BLOCKS
                pending.append(("text", (("body" if closes else None), child.tail)))
            pending.append(("open", child))
    joined = ((tag, " ".join("".join(pieces).split())) for tag, pieces in found)
    return [(tag, text) for tag, text in joined if text]
