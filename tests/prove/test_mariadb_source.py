"""MariaDB on this machine: what DuckDB's reader alone would bend arrives as the server has it.

Needs Debian's ``mariadb-server``; the test starts a server of its own on 127.0.0.1.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import sqlalchemy

from golive.compare.sources.mysql import MysqlSource
from golive.contracts import Environment, Target
from golive.errors import SetupError
from golive.testing import RecordedContext

pytestmark = pytest.mark.prove
ROOT = Path(__file__).resolve().parents[2]
TABLE = """CREATE TABLE odd (
 id INT PRIMARY KEY, tiny TINYINT(1), large BIGINT UNSIGNED, wide DECIMAL(65,30), zero DATE,
 small FLOAT, big DOUBLE, raw VARBINARY(8), padded CHAR(5), name VARCHAR(40), at DATETIME(6),
 instant TIMESTAMP(3) NULL, doc JSON, span TIME(2), y YEAR, flag BIT(1), flags BIT(9),
 word ENUM('a', 'b'), words SET('x', 'y')) DEFAULT CHARSET utf8mb4"""
ROWS = """INSERT INTO odd VALUES
 (1, 2, 18446744073709551615, 1.000000000000000000000000000001, '0000-00-00', 16777216, 0.1,
  x'00ff', 'ab', '深圳 𠮷 ', '2026-11-30 10:00:00.123456', '2026-11-30 10:00:00.5',
  '{"b": 1, "a": [1, 2]}', '-26:00:00.5', 2026, b'1', b'100000011', 'b', 'x,y'),
 (2, NULL, NULL, NULL, '2026-11-30', 0.1, 1e300, NULL, NULL, '', NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, NULL, NULL)"""
PLACES = "CREATE TABLE places (id INT, spot POINT)"
MADE = ("CREATE DATABASE shop CHARACTER SET utf8mb4", "USE shop", TABLE, ROWS, PLACES)
#: As the server has them; its own zone is eight hours ahead.
WANTED = [
    ("1", "2", "18446744073709551615", "1.000000000000000000000000000001", "0000-00-00",
     "16777216.0", "0.1", "00FF", "ab", "深圳 𠮷 ", "2026-11-30 10:00:00.123456",
     "2026-11-30 02:00:00.500", '{"b": 1, "a": [1, 2]}', "-26:00:00.50", "2026", "1", "259", "b",
     "x,y"),
    ("2", None, None, None, "2026-11-30", "0.1", "1e+300", None, None, "", None, None, None, None,
     None, None, None, None, None),
]  # fmt: skip


@pytest.fixture(scope="module")
def dsn(tmp_path_factory) -> Iterator[str]:
    for program in ("mariadb-install-db", "mariadbd"):
        assert shutil.which(program), f"{program} is not installed: apt-get install mariadb-server"
    folder = tmp_path_factory.mktemp("mariadb")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    data = ["--no-defaults", f"--datadir={folder}/data", "--user=root"]
    subprocess.run(
        ["mariadb-install-db", *data, "--auth-root-authentication-method=normal"],
        check=True,
        capture_output=True,
    )
    server = subprocess.Popen(
        ["mariadbd", *data, f"--socket={folder}/s", f"--port={port}", "--bind-address=127.0.0.1",
         "--sql-mode=", "--default-time-zone=+08:00", "--log-bin=log", "--server-id=7",
         f"--pid-file={folder}/pid"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"mysql+pymysql://root@127.0.0.1:{port}/"
        _made(url)
        yield f"{url}shop"
    finally:
        server.terminate()
        server.wait(60)


def _made(url: str) -> None:
    engine = sqlalchemy.create_engine(f"{url}?charset=utf8mb4")
    deadline = time.monotonic() + 120
    while True:
        try:
            with engine.begin() as connection:
                for sql in MADE:
                    connection.exec_driver_sql(sql)
        except sqlalchemy.exc.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            engine.dispose()
            return


@pytest.fixture
def read(dsn, tmp_path):
    context = RecordedContext(
        workspace=tmp_path,
        workdir=tmp_path,
        environment=Environment(
            name="t", kind="test", facts={},
            targets={"old": Target(name="old", database=dsn)},
        ),
    )  # fmt: skip

    def reading(reader, **asked):
        query = {"target": "old", "options": {"reader": reader}} | asked
        return MysqlSource().snapshot(query, tmp_path / reader, context)

    return reading


READERS = ("scanner", "driver")


@pytest.mark.parametrize("reader", READERS)
def test_values_arrive_as_the_server_has_them(read, reader):
    snapshot = read(reader, table="odd", totals={"sum": {"column": "wide", "scale": 3}})
    rows = duckdb.execute(
        f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet('{snapshot.path}') ORDER BY 1"
    ).fetchall()
    assert rows == WANTED
    assert snapshot.totals == {"rows": "2", "sum": "1000"}
    assert snapshot.watermark.startswith("gtid 0-7-")
    proof = ROOT / "docs" / "proof" / "mariadb-source.json"
    known = json.loads(proof.read_text()) if proof.exists() else {}
    known |= {"date": datetime.now(UTC).date().isoformat(), reader: snapshot.reader}
    proof.write_text(json.dumps(known, indent=1) + "\n")


@pytest.mark.parametrize("reader", READERS)
def test_a_column_no_text_keeps_is_refused_unless_the_query_casts_it(read, reader):
    with pytest.raises(SetupError, match="old column 'spot': is geometry, which cannot be read"):
        read(reader, table="places", side="old")
    assert read(reader, query="SELECT id, ST_AsText(spot) AS spot FROM places").rows == 0


@pytest.mark.parametrize("reader", READERS)
def test_where_takes_a_part_and_a_query_that_writes_is_refused(read, reader):
    assert read(reader, table="odd", where="name LIKE '深%'").rows == 1
    writing = ("DELETE FROM odd", "SELECT 1) q; COMMIT; DELETE FROM odd; SELECT * FROM (SELECT 1 a")
    for query in writing:
        with pytest.raises(SetupError):
            read(reader, query=query)
    assert read(reader, table="odd").rows == 2
