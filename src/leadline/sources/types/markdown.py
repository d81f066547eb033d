"""Markdown: the text as it is written, heading paths as marks, comments hidden."""

from __future__ import annotations

import re

from leadline.evidence.model import Document, Heading
from leadline.sources.canonical import canonical, decode
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.types import Type

READS = (
    Type(
        "text/markdown",
        (".md", ".markdown", ".mdown", ".mkd"),
        text=True,
        looks=lambda head: (
            bool(re.search(r"^# \S", head, re.MULTILINE))
            and bool(re.search(r"^#{2,3} \S", head, re.MULTILINE))
        ),
    ),
)
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def read(data: bytes, context: Context) -> list[Document]:
    text = canonical(decode(data)).rstrip("\n")
    composer = Composer(context)
    composer.add(text)
    sections = headings(text)
    for start, end, path in sections:
        composer.mark(start, Heading(path), end)
    for match in _COMMENT.finditer(text):
        composer.hide(*match.span())
    front = front_matter(text)
    title = front.get("title", "") or next((path[-1] for _, _, path in sections), "")
    return [composer.document(title=title, date=front.get("date", "")[:10])]


def headings(text: str) -> list[tuple[int, int, tuple[str, ...]]]:
    """Sections as (start, end, path of headings); fenced code has no headings.

    >>> headings("# A\\nx\\n## B\\ny")
    [(0, 5, ('A',)), (6, 12, ('A', 'B'))]
    """
    found: list[tuple[int, tuple[str, ...]]] = []
    stack: list[tuple[int, str]] = []
    offset, fence = 0, ""
    for line in text.split("\n"):
        opened = _FENCE.match(line)
        if opened and (not fence or opened[1].startswith(fence)):
            fence = "" if fence else opened[1][:3]
        heading = None if fence else _HEADING.match(line)
        if heading and heading[2]:
            stack = [item for item in stack if item[0] < len(heading[1])] + [(len(heading[1]), heading[2])]
            found.append((offset, tuple(title for _, title in stack)))
        offset += len(line) + 1
    ends = [start - 1 for start, _ in found[1:]] + [len(text)]
    return [(start, end, path) for (start, path), end in zip(found, ends, strict=False)]


def front_matter(text: str) -> dict[str, str]:
    """`key: value` lines between the two rulers at the top."""
    match = _FRONT.match(text)
    pairs = (line.partition(":") for line in match[1].split("\n")) if match else ()
    return {key.strip().lower(): value.strip().strip("\"'") for key, _, value in pairs if value.strip()}
