"""A report in a notebook cell: the page in a frame of its own, so that neither side can touch the other."""

from __future__ import annotations

from leadline.evidence.model import Report
from leadline.evidence.render.html import render_html
from leadline.evidence.render.page import tag

HEIGHT_PX = 640


def frame(report: Report) -> str:
    """An iframe without any permission that holds the whole page."""
    return tag(
        "iframe",
        srcdoc=render_html(report),
        sandbox="",
        title=report.question,
        width="100%",
        height=str(HEIGHT_PX),
        frameborder="0",
    )
