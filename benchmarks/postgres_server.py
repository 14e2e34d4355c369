"""A PostgreSQL server of the benchmark's own on 127.0.0.1, and the CPU seconds it took.

Needs Debian's ``postgresql`` or ``initdb`` on the PATH; nothing else of the machine is touched.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

__all__ = ["Server", "server"]

_TICKS = os.sysconf("SC_CLK_TCK")
_SETTINGS = {
    "autovacuum": "off",  # it would be measured with whoever runs just then
    "fsync": "off",
    "listen_addresses": "127.0.0.1",
    "max_wal_size": "8GB",
    "shared_buffers": "1GB",
    "timezone": "UTC",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server that asks for no password."""

    port: int
    process: int  #: number of the postmaster

    def dsn(self, database: str) -> str:
        """Return the DSN of a database of this server."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def load(
        self, database: str, table: str, csv: Path, *, name: str = "t", keyed: bool = True
    ) -> None:
        """Make a table ``name`` from a CSV file with a header; analysed, flushed.

        ``table`` creates it as ``t``, ``keyed`` gives it its primary key. The database is made
        where it is not there yet.
        """
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            there = "SELECT 1 FROM pg_database WHERE datname = %s"
            if not connection.execute(there, [database]).fetchone():
                connection.execute(f"CREATE DATABASE {database}")
        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            connection.execute(table)
            wanted = "COPY t FROM STDIN (FORMAT csv, HEADER true)"
            with connection.cursor().copy(wanted) as copy, csv.open("rb") as source:
                while block := source.read(1 << 20):
                    copy.write(block)
            if keyed:
                connection.execute("ALTER TABLE t ADD PRIMARY KEY (id, line_no)")
            connection.execute("VACUUM ANALYZE t")
            if name != "t":
                connection.execute(f"ALTER TABLE t RENAME TO {name}")
            connection.execute("CHECKPOINT")

    def cpu(self) -> float:
        """Return CPU seconds of the server so far, those of its ended processes with them."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                words = stat.read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if self.process in (int(words[1]), int(stat.parent.name)):
                ticks += sum(map(int, words[11:15]))
        return ticks / _TICKS


@contextmanager
def server() -> Iterator[Server]:
    """Start a server, and end it and remove its data afterwards.

    PostgreSQL never runs as root: then it is run by the account Debian's package made.
    """
    account = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="golive-bench-") as place:
        data = Path(place) / "data"
        data.mkdir()
        if account:
            for path in (Path(place), data):
                shutil.chown(path, account)
        port = _free_port()
        _run(["initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"], account)
        settings = [f"{name} = '{value}'" for name, value in _SETTINGS.items()]
        settings += [f"port = {port}", f"unix_socket_directories = '{data}'"]
        with (data / "postgresql.conf").open("a") as file:
            file.write("\n".join(["", *settings, ""]))
        _run(["pg_ctl", "-D", data, "-w", "-l", data / "log", "start"], account)
        try:
            postmaster = int((data / "postmaster.pid").read_text().splitlines()[0])
            yield Server(port=port, process=postmaster)
        finally:
            _run(["pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], account)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _run(argv: Sequence[str | Path], account: str | None) -> None:
    program = shutil.which(str(argv[0])) or next(
        map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{argv[0]}"), reverse=True)), None
    )
    if program is None:
        raise SystemExit(f"{argv[0]} is not installed: apt-get install postgresql")
    subprocess.run(
        [program, *argv[1:]], check=True, user=account, cwd="/", stdout=subprocess.DEVNULL
    )
