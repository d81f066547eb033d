"""Every search request in one schema (agentic-search-in-the-wild): what `leadline logs` analyses.

Rows are kept in memory; `keep_writing` brings them to the disk each minute, or sooner when there are many, as Parquet
files that appear whole. What cannot be written is kept and tried again. Client ids are hashed with a salt per server
start: logs never hold keys or addresses.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
import secrets
import time
from pathlib import Path
from threading import Lock
from typing import Any

from starlette.concurrency import run_in_threadpool

from leadline.errors import StoreError, need
from leadline.files import DISK

SECONDS = 60.0
"""Between two files, when there was a request."""
MOST_FILES = 20
"""Files' worth of rows that are kept while the disk refuses them; then the oldest are lost."""
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

    def flush(self) -> None:
        """Write what is in memory, `rows_per_file` to a file. Raises StoreError; what was not written is kept."""
        while rows := self.rows[: self.rows_per_file]:
            DISK.write(self.folder / f"requests-{self.start}-{self.written:08}.parquet", to_parquet(rows))
            self._drop(len(rows))

    def _drop(self, n: int) -> None:
        with self.lock:
            del self.rows[:n]
            self.written += n

    async def keep_writing(self, seconds: float = SECONDS) -> None:
        """Until cancelled; a disk that refuses is said in the server's own log and tried again."""
        since = time.monotonic()
        while True:
            await asyncio.sleep(min(1.0, seconds))
            if len(self.rows) < self.rows_per_file and time.monotonic() - since < seconds:
                continue
            since = time.monotonic()
            if not await run_in_threadpool(self.tried):
                self._drop(max(0, len(self.rows) - MOST_FILES * self.rows_per_file))

    def tried(self) -> bool:
        """Whether all could be written; if not, that is said in the server's own log."""
        try:
            self.flush()
        except StoreError as error:
            logging.getLogger(__name__).error("The request log waits: %s", error)
            return False
        return True


def to_parquet(rows: list[dict[str, Any]]) -> bytes:
    arrow: Any = need("pyarrow", "serve", "Writing Parquet")
    parquet: Any = need("pyarrow.parquet", "serve", "Writing Parquet")
    buffer = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(rows), buffer)
    return buffer.getvalue()
