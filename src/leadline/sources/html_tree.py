"""A page's source -> its element tree, within limits, and the tree -> blocks of text."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from leadline.errors import SourceError, need
from leadline.sources.canonical import canonical

MAX_DEPTH = 250
"""Of nested elements: what reads the tree recurses. Ours."""
DROPPED = ("script", "style", "template", "noscript", "svg", "iframe", "object", "head")
"""Elements whose text nobody reads."""
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form header"
    " hr li main nav ol p pre section summary table ul td th tr h1 h2 h3 h4 h5 h6".split()
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*?(/?)>")
_SELF_CLOSING = frozenset(
    "p li td th tr dd dt option br img hr meta link input area base col source wbr".split()
)


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


class Block(NamedTuple):
    """A stretch of text as a browser shows it, or a table's rows."""

    tag: str
    text: str
    rows: tuple[list[str], ...] = ()


def flat_blocks(tree: Any, *, tables: bool = False) -> list[Block]:
    """Every block of text, white space as a browser shows it; without recursion. With `tables`, those of data are one
    block each; any other table only lays out what is in it."""
    found: list[tuple[str, list[str]]] = [("body", [])]
    grids: dict[int, tuple[list[str], ...]] = {}
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
        if tag in DROPPED and tag != "svg":
            continue
        rows = data_rows(item) if tables and tag == "table" else ()
        if rows:
            grids[len(found)] = rows
            found.append(("table", ["table"]))
            continue
        if block or tag == "br":
            found.append((tag if block else found[-1][0], []))
        found[-1][1].append(item.text or "")
        for child in reversed(item):
            if child.tail:
                closes = isinstance(child.tag, str) and child.tag.rpartition("}")[2] in _BLOCKS
                pending.append(("text", (("body" if closes else None), child.tail)))
            pending.append(("open", child))
    joined = (
        Block(tag, " ".join("".join(pieces).split()), grids.get(at, ()))
        for at, (tag, pieces) in enumerate(found)
    )
    return [block for block in joined if block.text]


def data_rows(table: Any) -> tuple[list[str], ...]:
    """The cells of a table that has headers, two rows at least and no other table in it; else none."""
    if next(table.iter("th"), None) is None or len(list(table.iter("table"))) > 1:
        return ()
    rows = [
        [" ".join("".join(cell.itertext()).split()) for cell in row.iter("td", "th")]
        for row in table.iter("tr")
    ]
    return tuple(rows) if len(rows) > 1 else ()
