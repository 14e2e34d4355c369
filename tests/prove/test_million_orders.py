"""The old system with a million orders: written as they are made, in the memory of a few.

Part of ``make prove``. Writes its dated figures to ``docs/proof/million-orders.json``.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEGABYTE = 1024  # ru_maxrss counts kilobytes


def generate(folder: Path, orders: int) -> dict[str, float]:
    """Generate in a process of its own; return seconds, CPU seconds and its largest memory."""
    words = ["-m", "demo", "generate", "--dir", str(folder), "--orders", str(orders)]
    began = time.monotonic()
    pid = os.posix_spawn(
        sys.executable, [sys.executable, *words], os.environ | {"PYTHONPATH": str(ROOT)}
    )
    _, status, used = os.wait4(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return {
        "orders": orders,
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(_cpu(used), 1),
        "megabytes": round(used.ru_maxrss / MEGABYTE),
        "database_megabytes": round((folder / "old.db").stat().st_size / 1024**2),
    }


def _cpu(used: resource.struct_rusage) -> float:
    return used.ru_utime + used.ru_stime


@pytest.mark.prove
def test_a_million_orders_need_no_more_memory_than_twenty_thousand(tmp_path: Path) -> None:
    few = generate(tmp_path / "few", 20_000)
    many = generate(tmp_path / "many", 1_000_000)
    with sqlite3.connect(tmp_path / "many" / "old.db") as base:
        (orders,) = base.execute("SELECT COUNT(*) FROM ordh").fetchone()
        (unbalanced,) = base.execute(
            "SELECT SUM(CASE dbcr WHEN 'D' THEN amnt ELSE -amnt END) FROM gltrn"
        ).fetchone()
    base.close()
    assert (orders, unbalanced) == (1_000_000, 0)
    assert many["megabytes"] < 3 * few["megabytes"]
    proof = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "claim": "a million orders are generated in a memory that does not grow with them",
        "runs": [few, many],
    }
    path = ROOT / "docs" / "proof" / "million-orders.json"
    path.write_text(json.dumps(proof, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
