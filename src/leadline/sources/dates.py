"""The date that a document states of itself (ISO 8601): 'Date: ...' near its top, its name, or its first line."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"),
        1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ANY = re.compile(
    r"(?<![\d-])(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?!\d)"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\.? (?P<m2>{_MONTH})\.?,? (?P<y2>\d{{4}})\b"
    rf"|\b(?P<m3>{_MONTH})\.? (?P<d3>\d{{1,2}})(?:st|nd|rd|th)?, ?(?P<y3>\d{{4}})\b"
    r"|\b(?P<d4>\d{1,2})\.(?P<m4>\d{1,2})\.(?P<y4>\d{4})\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\W*(?:date|dated|issued|issue date|effective|in force from|valid from|published|last updated|updated"
    r"|revised|datum)\b[^\n:]{0,20}:[ \t]*(?P<rest>[^\n]{4,60})",
    re.IGNORECASE | re.MULTILINE,
)
TOP = 3000


def stated_date(text: str, name: str = "") -> str:
    """ISO date or ''.

    >>> stated_date("Policy\\nDate: 9 February 2023"), stated_date("no date", "2021-03-18-board.md")
    ('2023-02-09', '2021-03-18')
    """
    label = _LABEL.search(text[:TOP])
    return (
        (label and iso_date(label["rest"])) or iso_date(name) or iso_date(text.lstrip()[:200].split("\n")[0])
    )


def iso_date(text: str) -> str:
    """The first date in the text that names its month without doubt; '' if there is none."""
    for match in _ANY.finditer(text):
        parts = {key[0]: value for key, value in match.groupdict().items() if value}
        month = _MONTHS.get(parts["m"].lower()) or int(parts["m"] if parts["m"].isdigit() else 0)
        try:
            return date(int(parts["y"]), month, int(parts["d"])).isoformat()
        except ValueError:
            continue
    return ""
