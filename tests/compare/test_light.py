"""A small comparison does not pay for what it does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("openpyxl", "sqlalchemy", "ibis", "psycopg", "locust", "playwright")


@pytest.mark.parametrize(
    "module",
    ["golive.engines.compare", "golive.compare.sources.parquet", "golive.compare.comparing"],
)
def test_nothing_heavy_is_loaded_with_the_engine(module):
    code = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == []


def test_a_sqlite_source_reads_without_a_database_driver():
    code = "import sys, golive.compare.sources.sqlite; print('sqlalchemy' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert said.strip() == "False"


def test_help_loads_no_ibis():
    code = (
        "import sys; from golive.cli.main import main\n"
        "try: main(['--help'])\n"
        "finally: print('loaded', 'ibis' in sys.modules, 'golive.compare.pushdown' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "compare" in ended.stdout
    assert ended.stdout.splitlines()[-1] == "loaded False False"
