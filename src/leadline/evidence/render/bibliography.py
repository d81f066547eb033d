"""The cited sources of a report for reference managers: BibTeX and CSL-JSON.

A local file has no author or publisher that could be known: only what the report states is written.
"""

from __future__ import annotations

import json
import re
from typing import Any

from leadline.evidence.model import Report, Source

_BRACES = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
           "%": r"\%", "&": r"\&", "$": r"\$", "#": r"\#", "_": r"\_"}  # fmt: skip
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def render_bibtex(report: Report) -> str:
    """One @misc entry per source; the key is the document's id."""
    return "\n".join(_entry(source) for source in report.sources)


def render_csl(report: Report) -> str:
    """CSL-JSON (citeproc): a list of items."""
    return json.dumps([_item(source) for source in report.sources], indent=2, ensure_ascii=False) + "\n"


def protect(text: str) -> str:
    """Text that BibTeX sets as it is.

    >>> protect("50 % of {x}_1")
    '50 \\\\% of \\\\{x\\\\}\\\\_1'
    """
    return "".join(_BRACES.get(c, c) for c in " ".join(text.split()))


def _entry(source: Source) -> str:
    date = _DATE.match(source.date)
    rows = [("title", source.title), ("howpublished", source.uri), ("year", date[1] if date else ""),
            ("note", f"sha256 {source.sha256}" if source.sha256 else "")]  # fmt: skip
    fields = "".join(f"  {name} = {{{protect(value)}}},\n" for name, value in rows if value)
    return f"@misc{{{re.sub('[^A-Za-z0-9]', '', source.document)},\n{fields}}}\n"


def _item(source: Source) -> dict[str, Any]:
    item: dict[str, Any] = {"id": source.document, "type": "document", "title": source.title}
    date = _DATE.match(source.date)
    if date:
        item["issued"] = {"date-parts": [[int(part) for part in date.groups() if part]]}
    web = source.uri.startswith(("http://", "https://"))
    item["URL" if web else "archive_location"] = source.uri
    return item
