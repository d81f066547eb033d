"""Sentence borders by rule, with offsets: enough for packing passages and for quoting.

A border is a line break followed by another line break, a bullet, a heading or the time stamp of a log, or closing
punctuation followed by space and something that can start a sentence; a line of a log is whole. Common abbreviations,
initials ("J. Smith") and numbered list markers do not end a sentence. Scripts without capital letters end at their own
full stops.
"""

from __future__ import annotations

import re

Stretch = tuple[int, int]
"""(start, end) in code points, end exclusive."""

_PREFIX = r"(?:(?:[\w.:-]+ +\||[\d.:a-f]{3,39}|-|\[?[A-Z]{3,9}\]?:?) +){0,4}"
STAMP = (
    rf"{_PREFIX}(?:<\d{{1,3}}>(?:\d )?)?[\[(]?(?:(?:ts|time|timestamp)=\"?)?(?:\d{{4}}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d"
    r"|\d\d[./-](?:\d\d|[A-Z][a-z]{2})[./-]\d{4}[ :T]\d\d:\d\d|(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
    r"|[IWEF]\d{4} \d\d:\d\d:\d\d|\d\d:\d\d:\d\d(?:[.,]\d{3}|\]| +\[?[A-Z]{3,})|\d{10}\.\d{3}|[ ]*\d+\.\d{6}\])"
)
"""The beginning of a line of a log: a moment, perhaps behind an address, a host or a level."""
_LOG_LINE = re.compile(STAMP)
# Each alternative can start only once per run of white space, so that the search stays linear on any input.
_BORDER = re.compile(
    r"(?:(?<=[.!?…])|(?<=[.!?…][\"'”’)\]]))\s++(?=[\"'“‘(\[¿¡]{0,3}[^\Wa-z_])"
    r"|(?<=[。！？｡।؟])\s*+"
    r"|(?<!\s)[^\S\n]*+\n(?:[^\S\n]*+\n\s*+|(?=[ \t]{0,40}(?:[-*•·▪]\s|\d{1,3}[.)]\s|\#{1,6}\s|\|)"
    rf"|(?={STAMP})))"
)
_SHORT = re.compile(
    r"(?:^|[\s(\[\"'])(?:[A-Za-z]|[A-Z][a-z]?|(?:[A-Za-z]\.)+[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|Lt|Col|Gen|Capt"
    r"|Rev|Hon|Gov|Sen|Rep|vs|cf|etc|al|Fig|Figs|Eq|Eqs|Sec|Ch|No|Nos|Vol|pp|ed|eds|approx|ca|resp|Inc|Ltd|Corp"
    r"|Co|Bros|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|Art|Abs|Nr|bzw|usw|vgl)\.$"
)
_ORDINAL = re.compile(r"(?<!\d)\d{1,2}\.$")
_COUNTED = re.compile(
    r"\s+(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
    r"|Jan|Feb|Mär|Apr|Jun|Jul|Aug|Sep|Sept|Okt|Nov|Dez|Quartal|Halbjahr|Jahrhundert|Auflage|Stock|Etage)\b"
)
"""What a German ordinal ("zum 1. Mai") stands before."""
_MARKER = re.compile(r"\s*\(?\d{1,3}[.)]")


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Stretch]:
    """Stretches of text[start:end], without the space around them; empty ones are left out.

    >>> text = "Dr. Smith paid $3.50. He left!  \\n\\nA title\\n\\nEnd"
    >>> [text[a:b] for a, b in sentences(text)]
    ['Dr. Smith paid $3.50.', 'He left!', 'A title', 'End']
    >>> text = "Die Miete steigt zum 1. Mai 2024. Bis zum 31. März gilt Nr. 5. Danach nicht."
    >>> [text[a:b] for a, b in sentences(text)]
    ['Die Miete steigt zum 1. Mai 2024.', 'Bis zum 31. März gilt Nr. 5.', 'Danach nicht.']
    >>> text = "Mar 14 03:17:22 web01 kernel: Out of memory. Killed 4121\\nMar 14 03:17:23 web01 sshd[2]: bye"
    >>> [text[a:b] for a, b in sentences(text)]
    ['Mar 14 03:17:22 web01 kernel: Out of memory. Killed 4121', 'Mar 14 03:17:23 web01 sshd[2]: bye']
    """
    stop = len(text) if end is None else end
    found: list[Stretch] = []
    begin = start
    for border in _BORDER.finditer(text, start, stop):
        if border.end() == border.start() == begin:
            continue
        if "\n" not in border.group() and (
            _open(text, begin, border.start()) or _in_log_line(text, begin, border.start())
        ):
            continue
        _keep(text, begin, border.start(), found)
        begin = border.end()
    _keep(text, begin, stop, found)
    return found


def _in_log_line(text: str, begin: int, end: int) -> bool:
    """Whether a full stop stands within the first line of a stretch, and that is a line of a log."""
    return (
        _LOG_LINE.match(text, begin) is not None
        and "\n" not in text[begin:end]
        and (begin == 0 or text[begin - 1] == "\n")
    )


def _open(text: str, begin: int, end: int) -> bool:
    """Whether the full stop before `end` belongs to an abbreviation, an ordinal or a list marker."""
    if _SHORT.search(text, max(begin - 1, end - 13, 0), end):
        return True
    if _ORDINAL.search(text, max(begin, end - 4), end) and _COUNTED.match(text, end):
        return True
    return end - begin < 12 and _MARKER.fullmatch(text, begin, end) is not None


def _keep(text: str, start: int, end: int, found: list[Stretch]) -> None:
    """Append the stretch without its outer space."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if left < right:
        found.append((start + left, start + right))
