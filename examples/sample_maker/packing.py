"""DOCX, PPTX and XLSX are zip files; their members get one fixed time so that equal content is equal bytes."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

FIXED = datetime(2024, 6, 3, 9, 0, 0)


def freeze(packed: bytes) -> bytes:
    """The same archive with fixed times on every member and in the modification property."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "docProps/core.xml":
                # openpyxl writes the present moment here, whatever its properties say.
                stamp = FIXED.strftime(r"\g<1>%Y-%m-%dT%H:%M:%SZ\g<2>").encode()
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)", stamp, data)
            out.writestr(zipfile.ZipInfo(info.filename, FIXED.timetuple()[:6]), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()
