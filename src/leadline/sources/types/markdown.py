"""Markdown: the text as it is written, heading paths as marks, comments hidden, tables as tables.

Of a table the ruler below its header is left out, which says nothing: each line is then the header or a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from leadline.evidence.model import Document, Heading
from leadline.sources.canonical import canonical, decode
from leadline.sources.cells import typed_columns
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
_RULER = re.compile(r"^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_BAR = re.compile(r"(?<!\\)\|")
_DRESSED = re.compile(r"(\*\*|__|[*_`])(.+)\1")
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def read(data: bytes, context: Context) -> list[Document]:
    text, tables = without_rulers(canonical(decode(data)).rstrip("\n"))
    composer = Composer(context)
    composer.add(text)
    sections = headings(text)
    for start, end, path in sections:
        composer.mark(start, Heading(path), end)
    for start, end in tables:
        header, *rows = map(cells, text[start:end].split("\n"))
        lines = [[*row, *[""] * len(header)][: len(header)] for row in rows]
        above = [path[-1] for first, last, path in sections if first <= start < last]
        composer.table_at(
            start, end, above[-1] if above else "table", header, typed_columns(lines, len(header))
        )
    for match in _COMMENT.finditer(text):
        composer.hide(*match.span())
    front = front_matter(text)
    title = front.get("title", "") or next((path[-1] for _, _, path in sections), "")
    return [composer.document(title=title, date=front.get("date", "")[:10])]


def without_rulers(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without the rulers of its tables, and each table's [start, end) in it; none in fenced code.

    >>> text, tables = without_rulers("Dues:\\n| a | b |\\n|---|:-:|\\n| 1 | 2 |\\n\\nEnd")
    >>> tables, [text[start:end] for start, end in tables]
    ([(6, 25)], ['| a | b |\\n| 1 | 2 |'])
    """
    kept: list[str] = []
    tables: list[tuple[int, int]] = []
    offset = start = 0
    inside = False
    for line, code in _lines(text):
        bar = not code and _BAR.search(line) is not None
        if (
            bar
            and not inside
            and kept
            and _RULER.match(line)
            and len(cells(line)) == len(cells(kept[-1])) > 1
        ):
            inside, start = True, offset - len(kept[-1]) - 1
            continue
        if inside and not bar:
            inside = False
            tables.append((start, offset - 1))
        kept.append(line)
        offset += len(line) + 1
    if inside:
        tables.append((start, offset - 1))
    return "\n".join(kept), tables


def cells(line: str) -> list[str]:
    """The cells of a line between its bars, without what makes them bold, slanted or code.

    >>> cells(r"| **Rope** | 2 m | a\|b |  |"), cells("no | bars outside")
    (['Rope', '2 m', 'a|b', ''], ['no', 'bars outside'])
    """
    parts = _BAR.split(line.strip())
    parts = parts[1:] if not parts[0] else parts
    parts = parts[:-1] if len(parts) > 1 and not parts[-1] else parts
    plain = (part.strip().replace("\\|", "|") for part in parts)
    return [dressed[2] if (dressed := _DRESSED.fullmatch(part)) else part for part in plain]


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is fenced code or its fence."""
    fence = ""
    for line in text.split("\n"):
        opened = _FENCE.match(line)
        code = bool(fence or opened)
        if opened and (not fence or opened[1].startswith(fence)):
            fence = "" if fence else opened[1][:3]
        yield line, code


def headings(text: str) -> list[tuple[int, int, tuple[str, ...]]]:
    """Sections as (start, end, path of headings); fenced code has no headings.

    >>> headings("# A\\nx\\n## B\\ny")
    [(0, 5, ('A',)), (6, 12, ('A', 'B'))]
    """
    found: list[tuple[int, tuple[str, ...]]] = []
    stack: list[tuple[int, str]] = []
    offset = 0
    for line, code in _lines(text):
        heading = None if code else _HEADING.match(line)
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
