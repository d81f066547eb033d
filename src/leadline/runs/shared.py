"""A queue of runs in PostgreSQL, for `leadline worker` on many machines: records, steps, requests and results.

A worker holds a run by an advisory lock of its database session. PostgreSQL frees it when the session ends, so a run
whose worker died is taken up at once, and a worker that lost its connection can keep no further step: they would go
through the session that is gone. The sources must be where the record says on every machine that has a worker.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from os import getpid
from typing import Any, cast

import msgspec

from leadline.errors import Busy, NotFound, StoreError, UsageError, need, said
from leadline.files import DISK
from leadline.runs.control import BECOMES, OVER, Request
from leadline.runs.journal import Entry
from leadline.runs.record import RunRecord, write_record
from leadline.runs.steps import Steps
from leadline.runs.store import Run, runs_folder

_SCHEMA = """
CREATE TABLE IF NOT EXISTS leadline_runs (
    id text PRIMARY KEY, state text NOT NULL, record bytea NOT NULL, request text NOT NULL DEFAULT '',
    worker text NOT NULL DEFAULT '', report bytea, trace bytea);
CREATE INDEX IF NOT EXISTS leadline_runs_due ON leadline_runs (id) WHERE state IN ('waiting', 'running');
CREATE TABLE IF NOT EXISTS leadline_steps (
    n bigint GENERATED ALWAYS AS IDENTITY, run text NOT NULL REFERENCES leadline_runs ON DELETE CASCADE,
    path text NOT NULL, call text NOT NULL, failed boolean NOT NULL, seconds double precision NOT NULL,
    result bytea NOT NULL, kept timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (run, path));
"""
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('leadline run ' || %s, 0))"
_CREATING = 0x1EAD11
"""Advisory lock while tables are made: two workers that start together would collide."""


class PostgresJournal:
    """The journal of one run; its session holds the run's lock."""

    def __init__(self, session: Any, run: str) -> None:
        self.session, self.run = session, run

    def entries(self) -> list[Entry]:
        sql = "SELECT path, call, failed, seconds FROM leadline_steps WHERE run = %s ORDER BY n"
        with _told():
            return [Entry(*row) for row in self.session.execute(sql, (self.run,))]

    def result(self, path: str) -> bytes:
        sql = "SELECT result FROM leadline_steps WHERE run = %s AND path = %s"
        with _told():
            return bytes(self.session.execute(sql, (self.run, path)).fetchone()[0])

    def add(self, entry: Entry, result: bytes, *, flush: bool) -> None:
        sql = "INSERT INTO leadline_steps (run, path, call, failed, seconds, result) VALUES (%s, %s, %s, %s, %s, %s)"
        with (
            _told()
        ):  # PostgreSQL flushes every commit; a call cannot hold a zero byte, which text cannot either
            self.session.execute(sql, (self.run, *entry, result))

    def drop(self, path: str) -> None:
        with _told():
            self.session.execute("DELETE FROM leadline_steps WHERE run = %s AND path = %s", (self.run, path))

    def close(self) -> None:
        pass  # the session stays until the claim has told how the run ended


class SharedClaim:
    """A run of the shared queue that this worker holds. Its folder here is rebuilt from the database.

    How it ended goes through the session that holds the lock: a worker that lost it can change nothing.
    """

    def __init__(self, run: Run, journal: PostgresJournal) -> None:
        self.run, self.steps, self._session = run, Steps(), journal.session
        self.steps.open(journal)

    def requested(self) -> Request | None:
        sql = "SELECT request FROM leadline_runs WHERE id = %s"
        with _told():
            row = self._session.execute(sql, (self.run.record.id,)).fetchone()
        return cast("Request", row[0]) if row is not None and row[0] else None

    def done(self, run: Run) -> None:
        files = [path.read_bytes() if path.exists() else None for path in (run.report_path, run.trace_path)]
        sql = "state = %s, record = %s, report = %s, trace = %s, request = ''"
        self._end(sql, run.record.state, msgspec.json.encode(run.record), *files)

    def put_back(self) -> None:
        self._end("state = 'waiting'")

    def _end(self, what: str, *values: Any) -> None:
        """Write it down and let go of the run."""
        try:
            with _told():
                sql = f"UPDATE leadline_runs SET {what} WHERE id = %s"
                self._session.execute(sql, (*values, self.run.record.id))
        finally:
            self._session.close()


class SharedQueue:
    """The queue behind a PostgreSQL URL. Its tables are made when they are not there."""

    def __init__(self, url: str) -> None:
        self._psycopg = need("psycopg", "durable", "A shared queue of runs")
        self.url = url
        self._session = self._connect()
        with _told():
            self._session.execute("SELECT pg_advisory_lock(%s)", (_CREATING,))
            self._session.execute(_SCHEMA)
            self._session.execute("SELECT pg_advisory_unlock(%s)", (_CREATING,))

    def add(self, run: Run) -> None:
        """Put a recorded run in line."""
        record = msgspec.structs.replace(run.record, state="waiting", queued=True)
        with _told():
            self._session.execute(
                "INSERT INTO leadline_runs (id, state, record) VALUES (%s, 'waiting', %s)",
                (record.id, msgspec.json.encode(record)),
            )

    def take(self) -> SharedClaim | None:
        """The oldest run that waits or whose worker died, or None."""
        sql = "SELECT id FROM leadline_runs WHERE state IN ('waiting', 'running') ORDER BY id"
        with _told():
            due = [id for (id,) in self._session.execute(sql).fetchall()]
            session = self._connect() if due else None
        try:
            for id in due:
                record = self._locked(session, id)
                if record is not None:
                    claim = SharedClaim(_folder_of(record), PostgresJournal(session, id))
                    session = None  # the claim's now
                    return claim
        finally:
            if session is not None:
                session.close()
        return None

    def _locked(self, session: Any, id: str) -> RunRecord | None:
        """The record of a run whose lock the session now has, if it is still to be done."""
        with _told():
            if not session.execute(_LOCK, (id,)).fetchone()[0]:
                return None
            row = session.execute(
                "UPDATE leadline_runs SET state = 'running', worker = %s "
                "WHERE id = %s AND state IN ('waiting', 'running') RETURNING record",
                (f"process {getpid()} on {socket.gethostname()}", id),
            ).fetchone()
            if row is None:
                session.execute("SELECT pg_advisory_unlock_all()")
                return None
        record = msgspec.json.decode(row[0], type=RunRecord)
        return msgspec.structs.replace(record, state="running")

    def request(self, name: str, request: Request | None) -> RunRecord:
        """Ask something of a run; None takes a request back and puts it in line. Gives its record as it is then.

        A run that no worker holds changes its state at once. Raises NotFound, and UsageError when it is over.
        """
        record = self.find(name)
        if record.state in OVER:
            raise UsageError(f"Run {record.id} is over ({record.state}).")
        with _told(), self._connect() as session:
            if not session.execute(_LOCK, (record.id,)).fetchone()[0]:
                sql = "UPDATE leadline_runs SET request = %s WHERE id = %s"
                session.execute(sql, (request or "", record.id))
            elif request is None or record.state in ("running", "waiting", "paused"):
                state = "waiting" if request is None else BECOMES[request]
                sql = "UPDATE leadline_runs SET state = %s, request = '' WHERE id = %s"
                session.execute(sql, (state, record.id))
        return self.find(record.id)

    def find(self, name: str) -> RunRecord:
        """The record of the run with this id, or the one id that starts so; `last` is the newest."""
        records = self.records()
        found = records[-1:] if name == "last" else [r for r in records if name and r.id.startswith(name)]
        if len(found) != 1:
            raise NotFound("run", name, [record.id for record in found or records])
        return found[0]

    def records(self) -> list[RunRecord]:
        """All runs, oldest first, with their present state."""
        with _told():
            rows = self._session.execute("SELECT record, state FROM leadline_runs ORDER BY id").fetchall()
        return [
            msgspec.structs.replace(msgspec.json.decode(record, type=RunRecord), state=state)
            for record, state in rows
        ]

    def fetch(self, name: str) -> Run:
        """A run with its report and trace, brought into the folder of runs here."""
        record = self.find(name)
        run = _folder_of(record)
        with _told():
            sql = "SELECT report, trace FROM leadline_runs WHERE id = %s"
            files = self._session.execute(sql, (record.id,)).fetchone()
        for path, data in zip((run.report_path, run.trace_path), files, strict=True):
            if data is not None:
                DISK.write(path, bytes(data))
        return run

    def close(self) -> None:
        self._session.close()

    def _connect(self) -> Any:
        if not self.url.startswith(("postgresql://", "postgres://")) and "=" not in self.url:
            raise UsageError(
                f"{self.url!r} is no address of a queue.",
                remedy="It looks like postgresql://USER@HOST/DATABASE.",
            )
        try:
            # Keepalives, so that the sessions of a machine that lost its network end within half a minute.
            return self._psycopg.connect(
                self.url, autocommit=True, keepalives_idle=10, keepalives_interval=5, keepalives_count=3,
                options="-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
            )  # fmt: skip
        except self._psycopg.Error as error:
            raise StoreError(
                f"Cannot reach the queue ({said(error)}).", remedy="Check the URL and the server."
            ) from error


def _folder_of(record: RunRecord) -> Run:
    """The run's folder on this machine, with its record."""
    run = Run(runs_folder() / record.id, record)
    write_record(run.folder, record)
    return run


@contextmanager
def _told() -> Iterator[None]:
    """PostgreSQL's errors in words."""
    psycopg = need("psycopg", "durable", "A shared queue of runs")
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise Busy("The run is under way in another process.") from error
    except psycopg.Error as error:
        raise StoreError(f"The queue's database says: {str(error).strip()}") from error
