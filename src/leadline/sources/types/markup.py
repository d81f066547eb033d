"""XML and SVG: the text of all elements. Entities are not expanded and nothing outside is loaded."""

from __future__ import annotations

import re
from typing import Any

from leadline.errors import SourceError, need
from leadline.evidence.model import Document
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.types import Type

READS = (
    Type("image/svg+xml", (".svg",), opening=rb"<svg[\s>]|<!doctype svg"),
    Type("application/xml", (".xml", ".rss", ".atom", ".opml"), opening=rb"<\?xml\s"),
)
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d]*[1-9])")


def read(data: bytes, context: Context) -> list[Document]:
    if re.search(rb"<html[\s>]", data[:4096], re.IGNORECASE):
        from leadline.sources.types import html

        context.media_type = "text/html"
        return html.read(data, context)
    composer = Composer(context)
    tree = xml_tree(data)
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag.rpartition("}")[2] in (
            "script",
            "style",
            "metadata",
        ):
            continue
        lines = [" ".join((text or "").split()) for text in (element.text, element.tail)]
        for line in filter(None, lines):
            composer.add(line, hidden=bool(_UNSEEN.search(element.get("style") or "")))
    return [composer.document(title=tree.findtext("{*}title") or tree.findtext("title") or "")]


def xml_tree(data: bytes) -> Any:
    """The root element; SourceError for entity declarations, depth and damage."""
    etree: Any = need("lxml.etree", "docs", "Reading XML")
    if re.search(rb"<!ENTITY", data, re.IGNORECASE):
        raise SourceError(
            "It defines XML entities, which can expand without end.", remedy="Save it without its DTD."
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SourceError(f"It is not well-formed XML ({error}).", remedy="Mend it there.") from error
