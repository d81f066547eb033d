"""The headers of a mail: facts of the mail (who wrote to whom, when, on what), and of nothing else.

They are quoted as one, and only where a question is about a mail. Who writes and who is written to must then stand
where the question has them: a mail from Ada to Ben does not say when Ben wrote to Ada.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

from leadline.agents.words import names
from leadline.retrieval.statistics import terms

_HEADERS = re.compile(r"(?:(?:From|To|Cc|Date|Subject): .*(?:\n|\Z))+")
_LINE = re.compile(r"^(From|To|Cc|Date|Subject): (.*)$", re.MULTILINE)
_WRITES = (
    r"writes?|wrote|written|sends?|sent|mails?|mailed|e-?mails?|e-?mailed|repl(?:y|ies|ied)|answers?|answered|"
    r"forward(?:s|ed)?|schreib(?:t|en)|schrieb(?:en)?|geschrieben|schickte?|geschickt|sende(?:t|te)|gesendet|"
    r"écri(?:t|vit)|envoy(?:é|er|ait)|escrib(?:e|ió)|envi(?:ó|ado)"
)
SPEAKS_OF = re.compile(
    rf"\b(?:{_WRITES}|letters?|messages?|correspondence|receiv(?:e|es|ed)|copied|cc|sender|recipients?|subject|"
    r"address(?:ed|ees?)?|nachricht(?:en)?|betreff|absender|empfänger|empfangen|courriels?|objet|expéditeur|"
    r"destinataires?|correos?|asunto|remitente|destinatario)\b",
    re.IGNORECASE,
)
_MEANT = tuple(terms(
    "from to by mail mails email e-mail message letter correspondence write wrote written send sent reply replied "
    "answer answered receive received copied cc sender recipient subject date day address"
))  # fmt: skip
"""What headers say without the words."""


class Roles(NamedTuple):
    """Names that a question has as the writer of a mail, and as the one to whom it went."""

    writers: tuple[str, ...]
    readers: tuple[str, ...]


def headers_end(text: str) -> int:
    """Where the headers end that a mail's text starts with; 0 where it starts with none.

    >>> headers_end("From: Ada <a@x.org>\\nSubject: Tides\\n\\nFrom: me"), headers_end("From: us\\n\\nDear Ben")
    (34, 0)
    """
    match = _HEADERS.match(text)
    return len(match[0].rstrip()) if match and len(_LINE.findall(match[0])) > 1 else 0


def meant(mail: str) -> list[str]:
    """Terms that the headers of a mail mean: what they are, their date written out, and what the mail says.

    >>> mail = "From: Ada <a@x.org>\\nDate: Fri, 04 Nov 2022 09:12:00 +0000"
    >>> set(terms("the mail sent on Friday, 4 November 2022")) <= set(meant(mail))
    True
    """
    day = _sent(mail[: headers_end(mail) or None])
    return [*_MEANT, *terms(f"{day:%A} {day.day} {day:%B} {day.year}" if day else ""), *terms(mail)]


def on_its_day(headers: str, question: str) -> bool:
    """Whether the question says the day on which the mail was sent.

    >>> on_its_day("Date: Fri, 04 Nov 2022 09:12:00 +0000", "Who wrote on 4 November?")
    True
    """
    day = _sent(headers)
    if day is None:
        return False
    said = (f"{day.day} {day:%B}", f"{day.day}. {day:%B}", f"{day:%B} {day.day}", day.date().isoformat())
    return any(re.search(rf"(?<!\d){re.escape(one)}(?!\d)", question, re.IGNORECASE) for one in said)


def _sent(headers: str) -> datetime | None:
    """When a mail was sent; None where it has no date, or none that a mail may have."""
    try:
        return parsedate_to_datetime(dict(_LINE.findall(headers)).get("Date", ""))
    except (ValueError, TypeError):
        return None


@lru_cache(maxsize=64)
def roles(question: str) -> Roles | None:
    """Who writes and who is written to in a question about a mail; None for any other question.

    >>> roles("When did Ada Byron write to Ben?"), roles("How high are the tides?")
    (Roles(writers=('Ada Byron',), readers=('Ben',)), None)
    """
    if not SPEAKS_OF.search(question):
        return None
    named = [name for name in names(question) if not SPEAKS_OF.fullmatch(name)]
    writes = [n for n in named if re.search(rf"\b(?:from|by|von|de) {re.escape(n)}\b|"
                                            rf"{re.escape(n)}(?:\s+[a-z]+)?\s+(?:{_WRITES})\b", question)]  # fmt: skip
    reads = [n for n in named if re.search(rf"\b(?:to|an|à|copied|received by) {re.escape(n)}\b", question)]
    return Roles(tuple(writes), tuple(n for n in reads if n not in writes))


def fits(headers: str, asked: Roles) -> bool:
    """Whether the writers stand in From and the readers in To or Cc, by name or by where their address is.

    >>> head = "From: Ada Byron <ada@x.org>\\nTo: Ben <b@tides.org>"
    >>> fits(head, Roles(("Ada Byron",), ("Tides Ltd",))), fits(head, Roles(("Ben",), ()))
    (True, False)
    """
    lines = dict[str, str]()
    for field, value in _LINE.findall(headers):
        lines[field] = f"{lines.get(field, '')} {value}"
    sent = _all_in(asked.writers, lines.get("From", ""))
    return sent and _all_in(asked.readers, f"{lines.get('To', '')} {lines.get('Cc', '')}")


def _all_in(people: Sequence[str], line: str) -> bool:
    said = set(terms(line))
    domains = set(terms(" ".join(re.findall(r"@([\w.-]+)", line)).replace(".", " ")))
    return all(set(terms(name)) <= said or domains & set(terms(name)) for name in people)
