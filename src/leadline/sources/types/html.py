"""Web pages: main content without boilerplate, headings as marks, tables as tables, what nobody sees left out."""

from __future__ import annotations

import re
from typing import Any

from leadline.errors import need
from leadline.evidence.model import Document
from leadline.sources.canonical import decode
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.dates import iso_date
from leadline.sources.html_tree import flat_blocks, parsed
from leadline.sources.sections import Sections
from leadline.sources.sheets import add_text_table
from leadline.sources.types import Type
from leadline.sources.unseen import drop_unseen

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
        add_body(composer, landmark(tree, whole))
    return [composer.document(title=title or headline(tree), date=date)]


def landmark(tree: Any, whole: int) -> Any:
    """What a page itself marks as its content, where that is not next to nothing of its `whole` length; else all."""
    for kind in ("main", "article"):
        marked = list(tree.iter(kind))
        if len(marked) == 1 and text_length(marked[0]) >= min(400, 0.1 * whole):
            return marked[0]
    return tree


def headline(tree: Any) -> str:
    """What the first heading of the page says: its title, where the page states none."""
    first = next(tree.iter("h1"), None)
    return "" if first is None else " ".join("".join(first.itertext()).split())[:200]


def visible_text(source: str) -> str:
    """The text that a browser would show, one block a line; for mails and books."""
    tree = parsed(source)
    drop_unseen(tree)
    return "\n".join(block.text for block in flat_blocks(tree))


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


def text_length(tree: Any) -> int:
    return sum(len(text.strip()) for text in tree.itertext())


def main_content(tree: Any) -> Any:
    """What trafilatura holds to be the content, as its XML (head, p, list, table, ...); None if it finds none.

    Of a short page it gives all text as lines of one paragraph: no headings, no tables. That is nothing found, too.
    """
    trafilatura: Any = need("trafilatura", "docs", "Reading web pages")
    from copy import deepcopy

    found = trafilatura.bare_extraction(
        deepcopy(tree), include_comments=False, include_tables=True, include_links=False, with_metadata=False
    )
    body = None if found is None else found.body
    flat = body is not None and len(body) == 1 and body[0].tag == "p" and "\n" in (body[0].text or "")
    return None if flat else body


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
                composer.add_any(f"- {_said(item)}" if _said(item) else "")
        elif tag in ("code", "pre"):
            composer.add_any("".join(element.itertext()).strip("\n"))
        elif tag in ("div", "section", "body", "main", "article", "quote") and len(element):
            composer.add_any(" ".join((element.text or "").split()))
            _walk_main(composer, sections, element)
        else:
            composer.add_any(_said(element))
        composer.add_any(" ".join((element.tail or "").split()))


def _heading(composer: Composer, sections: Sections, text: str, level: int) -> None:
    if text:
        start = composer.length
        composer.add(text)
        sections.open(composer, level, text, start)


def _said(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def add_body(composer: Composer, tree: Any) -> None:
    """All that is visible: for pages that are mostly navigation, and for books."""
    sections = Sections()
    for block in flat_blocks(tree, tables=True):
        if block.rows:
            add_text_table(composer, sections.title or "table", list(block.rows))
        elif re.fullmatch("h[1-6]", block.tag):
            _heading(composer, sections, block.text, int(block.tag[1]))
        else:
            composer.add_any(block.text)
    sections.close(composer)
