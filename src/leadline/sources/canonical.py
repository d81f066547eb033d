"""Canonical text: NFC, `\\n` line ends, no control characters, nothing that a reader cannot see.

Zero-width and tag characters are left out (joiners that scripts need stay). Text under a bidi override is kept
but counts as hidden: a person sees other words than the program.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from leadline.errors import SourceError

_NEWLINES = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_INVISIBLE = re.compile(
    "[\u00ad\u200b\u200e\u200f\u2060-\u2064\u2066-\u206f\u202a\u202b\ufeff\u061c\u180e\U000e0000-\U000e0fff]"
)
_OVERRIDE = re.compile("[\u202d\u202e][^\u202c\n]*\u202c?")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
DETECT_BYTES = 64 * 1024


def canonical(text: str) -> str:
    """The text as Leadline stores and cites it.

    >>> canonical("e\\u0301\\r\\nb\\u200bc\\x07")
    'é\\nbc'
    """
    if text.isascii() and text.replace("\n", " ").replace("\t", " ").isprintable():
        return text
    text = _CONTROLS.sub("", _NEWLINES.sub("\n", text))
    text = _SURROGATES.sub("\ufffd", text)
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


def invisible(text: str) -> int:
    """How many characters a reader would not see."""
    return 0 if text.isascii() else sum(1 for _ in _INVISIBLE.finditer(text))


def overridden(text: str) -> list[tuple[int, int]]:
    """Stretches whose order on the screen is forced by a bidi override."""
    return [match.span() for match in _OVERRIDE.finditer(text)]


def decode(data: bytes) -> str:
    """Bytes to text: byte order mark, then UTF-8, then detection on the first 64 KiB. SourceError for binary data."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if b"\0" in data[:DETECT_BYTES] and (wide := _wide(data)):
        return data.decode(wide, "replace")
    if looks_binary(data):
        raise SourceError("The content is not text.", remedy="Convert it to one of the types that are read.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_detected(data), "replace")


def looks_binary(data: bytes) -> bool:
    """Whether more than 1 in 20 of the first bytes are control bytes that texts do not use."""
    head = data[:4096]
    odd = sum(head.count(bytes([value])) for value in (*range(0, 8), *range(14, 27), *range(28, 32)))
    return b"\0\0\0\0" in head or odd * 20 > max(100, len(head))


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: every other byte of Latin text is zero."""
    head = data[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * len(head) / 2 and even < odd / 8:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * len(head) / 2 and odd < even / 8 else ""


def _detected(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:DETECT_BYTES]).best()
    # A handful of Latin letters fits dozens of code pages; the Western one is the most likely by far.
    if best is None or (not best.multi_byte_usage and (len(data) < 256 or best.percent_coherence == 0)):
        return "cp1252"
    return best.encoding
