"""Two real analyses over two tables each, through Leadline's readers and its read-only SQL.

`python -m benchmarks.insight_bench --data FOLDER`, where FOLDER holds flag-14.csv, flag-14-sysuser.csv, flag-18.csv and
flag-18-sysuser.csv of ServiceNow/insight-bench (MIT; data/notebooks/csvs). The expected values were computed without
Leadline; an insight that joins both tables must be out of reach with the first alone.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.record import record, table

from leadline.environments.data import DataEnvironment
from leadline.sources.read import read_sources

DAYS = """
    SELECT assigned_to, avg(date_diff('microsecond', opened_at, CAST(substr(closed_at, 1, 26) AS TIMESTAMP))) / 86400e6
    FROM flag_14 WHERE closed_at IS NOT NULL GROUP BY 1"""
SCHEDULES = "SELECT name, schedule FROM flag_14_sysuser WHERE schedule IS NOT NULL AND schedule <> ''"
JOINED = "FROM flag_18 a JOIN flag_18_sysuser u ON a.assigned_to = u.name"
MATCHES = f"SELECT count(*) {JOINED}"
HIRED = f"SELECT corr(epoch(u.start_date), epoch(a.purchased_on)) {JOINED}"
WARRANTY = (
    "SELECT corr(epoch(purchased_on), date_diff('day', purchased_on, warranty_expiration)) FROM flag_18"
)

RESOLVED = {"Fred Luddy": 17.0856, "Beth Anglin": 4.2587, "Charlie Whitherspoon": 5.2859, "Howard Johnson": 4.8247,
            "Luke Wilson": 4.9772}  # fmt: skip
LEAVE = ("Fred Luddy", "2023-06-01", "2023-06-28")


def environment(files: Sequence[Path]) -> DataEnvironment:
    """The tables of the files, as a user's would be read."""
    return DataEnvironment([d for reading in read_sources(list(files)) for d in reading.documents])


def rows(data: DataEnvironment, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in data.own.query(sql).rows]


def leave(data: DataEnvironment) -> list[tuple[str, ...]]:
    """Who was away from when to when, as far as the tables say; nothing without the table of users."""
    if "flag_14_sysuser" not in data.tables:
        return []
    return [(str(name), *re.findall(r"\d{4}-\d{2}-\d{2}", str(text))) for name, text in rows(data, SCHEDULES)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("LEADLINE_DATA"), help="Folder with the four CSV files."
    )
    folder = parser.parse_args().data
    if folder is None or not (Path(folder) / "flag-14.csv").is_file():
        parser.error(
            "Give the folder with flag-14.csv (ServiceNow/insight-bench, data/notebooks/csvs): --data FOLDER"
        )
    folder = Path(folder)
    one = environment([folder / "flag-14.csv"])
    both = environment([folder / "flag-14.csv", folder / "flag-14-sysuser.csv"])
    assets = environment([folder / "flag-18.csv", folder / "flag-18-sysuser.csv"])
    found = {str(name): float(str(days)) for name, days in rows(both, DAYS)}
    lines = [
        [f"days to resolve, {name}", f"{days:.4f}", f"{found[name]:.4f}"] for name, days in RESOLVED.items()
    ]
    lines += [["assets matched to users", "500", str(rows(assets, MATCHES)[0][0])]]
    for label, value, sql in (
        ("r(hired, purchased)", 0.426186, HIRED),
        ("r(purchased, warranty)", 0.959068, WARRANTY),
    ):
        lines.append([label, f"{value:.6f}", f"{float(str(rows(assets, sql)[0][0])):.6f}"])
    lines += [
        ["leave, both tables", str([LEAVE]), str(leave(both))],
        ["leave, one table", "[]", str(leave(one))],
    ]
    same = [a == b for _, a, b in lines]
    text = f"{sum(same)} of {len(same)} values equal.\n\n" + table(["value", "expected", "measured"], lines)
    figures = {"values": lines, "equal": sum(same), "of": len(same)}
    record("insight_bench", "InsightBench flag-14 and flag-18 through Leadline's tables", text, figures)


if __name__ == "__main__":
    main()
