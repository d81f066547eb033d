"""Plain text."""

from __future__ import annotations

from leadline.evidence.model import Document
from leadline.sources.canonical import decode
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.types import Type

READS = (Type("text/plain", (".txt", ".text", ".log", ".asc", ".rst", ".org"), text=True),)
TITLE = 90


def read(data: bytes, context: Context) -> list[Document]:
    text = decode(data)
    composer = Composer(context)
    composer.add(text.rstrip("\n"))
    return [composer.document(title=first_line_title(text))]


def first_line_title(text: str) -> str:
    """The first line if it reads like a title: short, and followed by an empty or underlining line.

    >>> first_line_title("Tide tables\\n===========\\nText"), first_line_title("A sentence.\\nAnother.")
    ('Tide tables', '')
    """
    lines = text[:2000].lstrip().split("\n", 2)
    first = lines[0].strip()
    below = lines[1].strip() if len(lines) > 1 else "x"
    alone = not below or set(below) <= set("=-~#*")
    return first if first and len(first) <= TITLE and alone and not first.endswith((".", ";", ",")) else ""
