"""Every search request in one schema (agentic-search-in-the-wild): what `leadline logs` analyses.

Rows are kept in memory and written as one Parquet file per `rows_per_file` requests or at shutdown, each atomically.
Client ids are hashed with a salt per server start: logs never hold keys or addresses.
"""

from __future__ import annotations

import hashlib
import io
import secrets
import time
from pathlib import Path
from threading import Lock
from typing import Any

from leadline.errors import need
from leadline.files import DISK

FIELDS = ("request_id", "client_id", "ts", "endpoint", "query", "k", "latency_ms", "doc_ids", "evidence")


class RequestLog:
    """`evidence` is the text that the client was shown, so that term adoption can be measured."""

    def __init__(self, folder: Path, *, rows_per_file: int = 5000) -> None:
        need("pyarrow", "serve", "Logging requests to Parquet")
        self.folder, self.rows_per_file = folder, rows_per_file
        self.rows: list[dict[str, Any]] = []
        self.salt, self.written, self.lock = secrets.token_hex(8), 0, Lock()
        self.start = time.strftime("%Y%m%d-%H%M%S") + "-" + secrets.token_hex(3)

    def add(
        self,
        *,
        client: str,
        endpoint: str,
        query: str,
        k: int,
        seconds: float,
        doc_ids: list[str],
        evidence: str,
    ) -> None:
        """Keep one request: the client as a hash under this process's salt, evidence up to 20,000 characters."""
        hashed = hashlib.sha256((self.salt + client).encode()).hexdigest()[:16]
        with self.lock:
            number = self.written + len(self.rows)
            self.rows.append(
                {"request_id": f"{self.start}-{number}", "client_id": hashed, "ts": int(time.time() * 1000),
                 "endpoint": endpoint, "query": query, "k": k, "latency_ms": 1000 * seconds, "doc_ids": doc_ids,
                 "evidence": evidence[:20_000]}
            )  # fmt: skip
            full = len(self.rows) >= self.rows_per_file
        if full:
            self.flush()

    def flush(self) -> None:
        """Write what is in memory; nothing to write is no file."""
        with self.lock:
            rows, self.rows = self.rows, []
            number, self.written = self.written, self.written + len(rows)
        if rows:
            DISK.write(self.folder / f"requests-{self.start}-{number:08}.parquet", to_parquet(rows))


def to_parquet(rows: list[dict[str, Any]]) -> bytes:
    arrow: Any = need("pyarrow", "serve", "Writing Parquet")
    parquet: Any = need("pyarrow.parquet", "serve", "Writing Parquet")
    buffer = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(rows), buffer)
    return buffer.getvalue()
