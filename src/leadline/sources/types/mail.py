"""E-mail: headers and body as one document, attachments as documents of their own."""

from __future__ import annotations

import re
from collections.abc import Container
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime
from itertools import count

from leadline.errors import SourceError
from leadline.evidence.model import Document
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.limits import Limits
from leadline.sources.types import Type

HEADERS = ("From", "To", "Cc", "Date", "Subject")
_FIELD = re.compile(r"^(from|to|subject|date|message-id|received|return-path|mime-version):", re.I | re.M)


def looks_mail(head: str) -> bool:
    """At least three different header fields above the first empty line."""
    fields = {match[1].lower() for match in _FIELD.finditer(head.split("\n\n")[0])}
    return len(fields) >= 3 and "from" in fields


READS = (Type("message/rfc822", (".eml",), text=True, looks=looks_mail),)


def read(data: bytes, context: Context) -> list[Document]:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    composer = Composer(context)
    for name in HEADERS:
        value = _header(message, name)
        if value:
            composer.add(f"{name}: {value}")
    composer.add("")
    composer.add(_body(message).strip())
    documents = [composer.document(title=_header(message, "Subject"), date=_date(message))]
    for name, content in attachments(data, context.limits).items():
        documents += context.member(name, content)
    return documents


def attachments(data: bytes, limits: Limits) -> dict[str, bytes]:
    """Name -> content of what is attached to a mail; names are made unique and hold no folders."""
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    found: dict[str, bytes] = {}
    for number, part in enumerate(message.iter_attachments(), 1):
        if number > limits.max_members:
            raise SourceError(
                f"It has more than {limits.max_members:,} attachments.", remedy="Raise max_members."
            )
        found[_free(part.get_filename() or f"attachment-{number}", found)] = _content(part)
    return found


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
    ):  # malformed headers break the parser of the library
        raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
        return " ".join(str(raw).split())


def _date(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError):
        return ""


def _body(message: EmailMessage) -> str:
    """The plain body; the web page only if there is no other. Both would say everything twice."""
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    content = _text(part)
    if part.get_content_type() != "text/html":
        return content
    from leadline.sources.types.html import visible_text

    return visible_text(content)


def _text(part: MIMEPart) -> str:
    from leadline.sources.canonical import decode

    try:
        return str(part.get_content())
    except (LookupError, UnicodeError, ValueError, KeyError):
        return decode(_content(part))


def _content(part: MIMEPart) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and isinstance(inner[0], EmailMessage) else b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _free(name: str, taken: Container[str]) -> str:
    """The attachment's name without folders, numbered if it is there already."""
    base = re.split(r"[/\\]", name)[-1] or "attachment"
    numbered = (f"{number}-{base}" for number in count(2))
    return base if base not in taken else next(name for name in numbered if name not in taken)
