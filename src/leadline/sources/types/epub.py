"""EPUB books: the spine's chapters in order. Read here in full: the usual library has a copyleft licence."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote

from leadline.errors import SourceError, need
from leadline.evidence.model import Document
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.dates import iso_date
from leadline.sources.html_tree import parsed
from leadline.sources.types import Type
from leadline.sources.types.html import add_body
from leadline.sources.types.markup import xml_tree
from leadline.sources.unseen import drop_unseen
from leadline.sources.zips import SafeZip

READS = (
    Type(
        "application/epub+zip", (".epub",), member="META-INF/container.xml", mimetype=b"application/epub+zip"
    ),
)
DC = "{http://purl.org/dc/elements/1.1/}"


def read(data: bytes, context: Context) -> list[Document]:
    need("lxml.html", "docs", "Reading books")
    book = SafeZip(data, context)
    names = {info.filename for info in book.members}
    if "META-INF/encryption.xml" in names and "META-INF/rights.xml" in names:
        raise SourceError("The book is protected by DRM.", remedy="Get a copy without protection.")
    container = xml_tree(book.read("META-INF/container.xml"))
    package_name = next((e.get("full-path") for e in container.iter("{*}rootfile")), "")
    if package_name not in names:
        raise SourceError("The book names no table of its parts.", remedy="Get a fresh copy of it.")
    package = xml_tree(book.read(package_name))
    composer = Composer(context)
    for name in spine(package, posixpath.dirname(package_name)):
        if name not in names:
            context.missed(f"!/{name}", "This chapter is not in the book.", "Get a fresh copy of it.")
            continue
        tree = parsed(book.read(name).decode("utf-8", "replace"))
        drop_unseen(tree)
        add_body(composer, tree)
    composer.metadata["author"] = _said(package, "creator")
    return [composer.document(title=_said(package, "title"), date=iso_date(_said(package, "date")))]


def spine(package: Any, folder: str) -> list[str]:
    """Names of the chapters in reading order."""
    items = {item.get("id"): item.get("href", "") for item in package.iter("{*}item")}
    wanted = [items.get(ref.get("idref"), "") for ref in package.iter("{*}itemref")]
    return [posixpath.normpath(posixpath.join(folder, unquote(href))) for href in wanted if href]


def _said(package: Any, name: str) -> str:
    return " ".join((package.findtext(f".//{DC}{name}") or "").split())
