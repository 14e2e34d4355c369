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
from golive.testing import RecordedContext

pytestmark = pytest.mark.prove
ROOT = Path(__file__).resolve().parents[2]
TABLE = """CREATE TABLE odd (
 id INT PRIMARY KEY, tiny TINYINT(1), wide DECIMAL(65,30), zero DATE, small FLOAT, big DOUBLE,
 raw VARBINARY(8), padded CHAR(5), name VARCHAR(40), at DATETIME(6)) DEFAULT CHARSET utf8mb4"""
ROWS = """INSERT INTO odd VALUES
 (1, 2, 1.000000000000000000000000000001, '0000-00-00', 0.1, 0.1, x'00ff', 'ab', '深圳 𠮷 ',
  '2026-11-30 10:00:00.123456'),
 (2, NULL, NULL, '2026-11-30', NULL, 1e300, NULL, NULL, '', NULL)"""


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
         "--sql-mode=", f"--pid-file={folder}/pid"],
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
                for sql in ("CREATE DATABASE shop CHARACTER SET utf8mb4", "USE shop", TABLE, ROWS):
                    connection.exec_driver_sql(sql)
        except sqlalchemy.exc.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            engine.dispose()
            return


@pytest.mark.parametrize("reader", ["scanner", "driver"])
def test_values_arrive_as_the_server_has_them(dsn, tmp_path, reader):
    context = RecordedContext(
        workspace=tmp_path,
        workdir=tmp_path,
        environment=Environment(
            name="t", kind="test", facts={},
            targets={"old": Target(name="old", database=dsn)},
        ),
    )  # fmt: skip
    columns = "id, tiny, wide, CAST(zero AS CHAR) AS zero, small, big, raw, padded, name, at"
    wanted = "table" if reader == "scanner" else "query"
    query = {"table": "odd"} if wanted == "table" else {"query": f"SELECT {columns} FROM odd"}
    snapshot = MysqlSource().snapshot(
        {
            "target": "old", **query, "options": {"reader": reader},
            "totals": {"sum": {"column": "id", "scale": 0}},
        },
        tmp_path / "s",
        context,
    )  # fmt: skip
    rows = duckdb.execute(
        f'SELECT id, tiny, wide, zero, big, raw, padded, name, "at" '
        f"FROM read_parquet('{snapshot.path}') ORDER BY id"
    ).fetchall()
    assert [tuple(map(str, row)) for row in rows] == [
        ("1", "2", "1.000000000000000000000000000001", "0000-00-00", "0.1", "00FF", "ab",
         "深圳 𠮷 ", "2026-11-30 10:00:00.123456"),
        ("2", "None", "None", "2026-11-30", "1e+300" if reader == "driver" else "1e300", "None",
         "None", "", "None"),
    ]  # fmt: skip
    assert snapshot.totals == {"rows": "2", "sum": "3"}
    proof = ROOT / "docs" / "proof" / "mariadb-source.json"
    known = json.loads(proof.read_text()) if proof.exists() else {}
    known |= {"date": datetime.now(UTC).date().isoformat(), reader: snapshot.reader}
    proof.write_text(json.dumps(known, indent=1) + "\n")
