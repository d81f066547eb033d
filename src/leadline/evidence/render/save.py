"""Writes a report: report.json, report.md and report.html, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from leadline.evidence.model import Document, Report
from leadline.evidence.render.exhibit import Images
from leadline.evidence.render.html import render_html
from leadline.evidence.render.markdown import render_markdown
from leadline.files import DISK, Disk


def render_json(report: Report) -> str:
    """The published format (`leadline schema report`), indented."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def save_report(
    report: Report,
    folder: Path,
    *,
    documents: Mapping[str, Document] | None = None,
    images: Images | None = None,
    more: Mapping[str, bytes] | None = None,
    disk: Disk = DISK,
) -> dict[str, Path]:
    """File name -> path of what was written to `folder`; `more` files (a trace) are written with it."""
    files = {
        "report.json": render_json(report).encode(),
        "report.md": render_markdown(report, documents).encode(),
        "report.html": render_html(report, documents, images).encode(),
        **(more or {}),
    }
    disk.write_together(folder, files)
    return {name: folder / name for name in files}
