"""Collections that are open: opened again only after they changed on the disk; and what people call their files."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from leadline.files import home
from leadline.retrieval.collection import Collection

KEPT = 8
OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES = {
    "application/pdf": "PDF", f"{OFFICE}wordprocessingml.document": "Word", f"{OFFICE}spreadsheetml.sheet": "Excel",
    f"{OFFICE}presentationml.presentation": "PowerPoint", "text/markdown": "Markdown", "text/plain": "text",
    "text/html": "web page", "text/csv": "CSV", "application/json": "JSON", "application/vnd.sqlite3": "SQLite",
    "message/rfc822": "mail", "image/jpeg": "image (JPEG)", "image/png": "image (PNG)", "image/tiff": "image (TIFF)",
}  # fmt: skip
"""Media type -> what people call it; others are shown as they are."""


class Shelf:
    """`take(name)` gives the collection as it is now. Thread-safe."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, tuple[int, Collection]] = OrderedDict()
        self._lock = Lock()

    def take(self, name: str) -> Collection:
        """Raises NotFound, UsageError for an impossible name and StoreError for a damaged one."""
        with self._lock:
            changed, known = self._open.get(name, (0, None))
            now = _changed(name)
            if known is None or changed != now:
                known = Collection.open(name)
            self._open[name] = (now, known)
            self._open.move_to_end(name)
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
            return known


def _changed(name: str) -> int:
    """A number that moves with every commit; 0 for what cannot be looked at (opening it says why)."""
    try:
        return (home() / "collections" / name / "manifest.json").stat().st_mtime_ns
    except (OSError, ValueError):
        return 0
