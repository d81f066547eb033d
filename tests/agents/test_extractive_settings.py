"""What an administrator asks of logs and settings: one line of a log is quoted, a setting is known by its section."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline import research
from leadline.evidence.model import Report

FILES = {
    "var/shop.log": (
        "2025-03-14 02:10:01,112 INFO  [scheduler] Nightly export started\n"
        "2025-03-14 02:13:07,412 ERROR [payments] Connection to db01 timed out. Retrying after 30 s\n"
        "2025-03-14 02:13:41,003 INFO  [payments] Connected to db01\n"
        "2025-03-14 06:00:00,051 WARN  [tls] Certificate for shop.example.org expires in 7 days\n"
    ),
    "var/syslog": (
        "Mar 14 03:17:22 web01 kernel: Out of memory: Killed process 4121 (java) total-vm:8123400kB\n"
        "Mar 14 03:40:05 web01 smartd[612]: Device: /dev/sdb, 8 Currently unreadable sectors\n"
        "Mar 14 04:02:11 web02 sshd[2290]: Failed password for root from 203.0.113.77 port 51122 ssh2\n"
    ),
    "etc/backup.ini": "[database]\nretention_days = 30\nmode = new\n\n[files]\nretention_days = 90\nmode = full\n",
    "etc/database.toml": '[primary]\nhost = "a"\nmax_connections = 180\n\n[replica]\nhost = "b"\nmax_connections = 6\n',
    "etc/app.yaml": "server:\n  host: web01\n  port: 8443\nmail:\n  relay: mx2\n  port: 587\n",
    "hosts.csv": "Host,RAM (GB)\nweb01,32\ndb01,128\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path, FILES)


def written(tmp_path: Path, files: dict[str, str]) -> Path:
    """A folder with files, apart from where runs are kept."""
    for name, text in files.items():
        (tmp_path / "sources" / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / "sources" / name).write_text(text, encoding="utf-8")
    return tmp_path / "sources"


def quoted(report: Report) -> str:
    """The evidence of the first claim."""
    return report.claims[0].citations[0].span.quote if report.claims else ""


def test_a_line_of_a_log_is_one_quote(folder: Path):
    report = research("When did the connection to db01 time out?", [folder])
    assert quoted(report) == FILES["var/shop.log"].splitlines()[1]
    report = research("From which address did the failed password for root come?", [folder])
    assert quoted(report) == FILES["var/syslog"].splitlines()[2]
    report = research("Which process was killed because of out of memory?", [folder])
    assert quoted(report) == FILES["var/syslog"].splitlines()[0]


def test_settings_with_the_same_key_are_told_apart_by_their_section(folder: Path):
    report = research("How many max connections does the primary database have?", [folder])
    assert quoted(report) == "max_connections = 180"
    report = research("How many days of retention do database backups have?", [folder])
    assert quoted(report) == "retention_days = 30"
    assert quoted(research("What is the port of the mail relay?", [folder])) in ("port: 587", "relay: mx2")


def test_a_reference_number_that_nothing_has_is_not_answered_by_another(tmp_path: Path):
    text = "Sample,Viscosity (mPa·s)\nS-01,12.4\nS-02,48.2\nS-03,n.d.\n"
    sources = written(tmp_path, {"runs.csv": text})
    assert (
        research("What is the viscosity of sample S-02?", [sources]).claims[0].text.endswith("is 48.2 mPa·s.")
    )
    assert not research("What is the viscosity of sample S-09?", [sources]).claims


def test_titles_alone_answer_nothing(tmp_path: Path):
    text = "Rent ledger of Fern Court\nPrepared by D. Okafor\n\nUnit,Tenant,Rent (GBP)\n1A,Obi,1150\n1B,Marsh,980\n"
    sources = written(tmp_path, {"rent_ledger.csv": text})
    assert not research("What is the mortgage on Fern Court?", [sources]).claims
