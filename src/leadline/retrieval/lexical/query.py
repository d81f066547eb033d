"""Query text as people and agents type it -> clauses.

    two words          any of them may occur (most of the score for rare ones)
    "an exact phrase"  its words, and once more as a unit where they stand together
    +must  -mustnot    also before a quote or a field
    title:word         only in that field; also title:"a phrase"
    word^2.5           counts so many times

Anything that does not parse is searched as words, with a note that says so: a query never fails for its syntax.
A query has bounds, so that a pasted book costs no more than a long page; a note says what they leave out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from leadline.retrieval.lexical.analysis import Analyzer

MAX_CHARACTERS = 1 << 16
"""Searched of a query, up to the last white space before; what follows is left out."""
MAX_NOTES = 20
"""What is said of one query."""
MAX_TERMS = 1024
"""Distinct terms of one query; the rarest are kept."""
MAX_CLAUSES = 64
"""Phrases, fields and signs of one query, and words of one phrase; what is beyond is searched as words."""


class Clause(NamedTuple):
    """Terms at relative positions. sign is '' (may), '+' (must) or '-' (must not)."""

    terms: tuple[str, ...]
    offsets: tuple[int, ...] = (0,)
    boost: float = 1.0
    sign: str = ""
    field: str = ""


class Parsed(NamedTuple):
    text: str
    """What is searched as plain words."""
    words: Sequence[tuple[str, float]] = ()
    """Further terms and their boosts, in order, with repetitions."""
    clauses: Sequence[Clause] = ()
    """Everything that needs positions, fields or a sign."""
    notes: tuple[str, ...] = ()


_OPERATORS = re.compile(r"\b(?:AND|OR|NOT)\b")
_SIGNS = re.compile(r"[+\-](?<!\S[+\-])")
"""Not after a letter, as in x-ray. The sign comes first in the pattern, because that is quick to look for."""
_ITEM = re.compile(
    r"""(?P<sign>(?<!\S)[+\-](?=[^\s+\-]))?
        (?:(?P<field>\w+):(?=[^\s:/]))?
        (?: "(?P<phrase>[^"]*)" | (?P<word>[^\s"]+?) )
        (?:\^(?P<boost>\d{1,6}(?:\.\d{1,6})?))?
        (?=\s|"|$)""",
    re.VERBOSE,
)


def parse(query: str, analyzer: Analyzer, fields: Collection[str]) -> Parsed:
    """The clauses of a query. fields are the names that `name:` may refer to."""
    text = _within(query) if len(query) > MAX_CHARACTERS else query
    parsed = _Parser(analyzer, fields).parse(text) if _has_syntax(text) else Parsed(text)
    # So many terms do not fit into fewer characters: short queries are not counted.
    if len(query) < 2 * MAX_TERMS:
        return parsed
    return parsed._replace(notes=(*parsed.notes, *_left_out(query, text, parsed, analyzer)))


def _within(query: str) -> str:
    """The beginning of a query that is searched, whole words where it has any."""
    space = max(query.rfind(white, 0, MAX_CHARACTERS + 1) for white in " \n\t")
    return query[: space if space > 0 else MAX_CHARACTERS]


def _left_out(query: str, text: str, parsed: Parsed, analyzer: Analyzer) -> Iterator[str]:
    """Notes on what the bounds leave out."""
    if len(text) < len(query.rstrip()):
        yield f"The query has {len(query):,} characters: its first {len(text):,} are searched."
    terms = {term for term in analyzer(parsed.text) if term is not None}
    terms.update(term for term, _ in parsed.words)
    if len(terms) > MAX_TERMS:
        yield f"The query has {len(terms):,} different words: its rarest {MAX_TERMS:,} are searched."


def _has_syntax(query: str) -> bool:
    """One plain test after the other: nearly all queries are plain words, and this is quicker than any pattern."""
    if '"' in query or ":" in query or "^" in query:
        return True
    if ("-" in query or "+" in query) and _SIGNS.search(query):
        return True
    return ("OR" in query or "AND" in query or "NOT" in query) and bool(_OPERATORS.search(query))


class _Parser:
    def __init__(self, analyzer: Analyzer, fields: Collection[str]) -> None:
        self._analyzer = analyzer
        self._fields = fields
        self._words: list[tuple[str, float]] = []
        self._clauses: list[Clause] = []
        self._notes: dict[str, None] = {}

    def parse(self, query: str) -> Parsed:
        if query.count('"') % 2:
            self._note("The quotes are not balanced: the last one is searched without.")
            at = query.rindex('"')
            query = query[:at] + " " + query[at + 1 :]
        end = 0
        for item in _ITEM.finditer(query):
            self._plain(query[end : item.start()])
            end = item.end()
            self._item(item)
        self._plain(query[end:])
        return Parsed("", self._words, self._clauses, tuple(self._notes))

    def _item(self, item: re.Match[str]) -> None:
        text = item["phrase"] if item["phrase"] is not None else item["word"]
        if text in ("AND", "OR", "NOT") and item["phrase"] is None:
            self._note("AND, OR and NOT are not operators here: write +word and -word.")
        field, sign = item["field"] or "", item["sign"] or ""
        boost = float(item["boost"] or 1)
        if field and field not in self._fields:
            known = ", ".join(sorted(self._fields)) or "none"
            self._note(f"There is no field {field!r} (fields: {known}): searched as a word.")
            self._plain(field)
            field = ""
        tokens = self._analyzer(text)
        at = [i for i, token in enumerate(tokens) if token is not None]
        if not at:
            if sign or field:
                self._note(f"{text!r} holds no searchable word: ignored.")
            return
        terms = tuple(tokens[i] or "" for i in at)
        phrase = item["phrase"] is not None and len(terms) > 1
        if max(len(self._clauses), len(terms)) >= MAX_CLAUSES:
            self._note(f"More than {MAX_CLAUSES} phrases or signs, or words in a phrase: searched as words.")
            phrase, sign, field = False, "", ""
        if not sign and not field:
            self._words += [(term, boost) for term in terms]
            if not phrase:
                return
        self._clauses.append(Clause(terms, tuple(i - at[0] for i in at), boost, sign, field))
        if sign == "+" and not field:
            self._words += [(term, boost) for term in terms]

    def _plain(self, text: str) -> None:
        self._words += [(t, 1.0) for t in self._analyzer(text) if t is not None]

    def _note(self, note: str) -> None:
        if len(self._notes) < MAX_NOTES:
            self._notes[note] = None
