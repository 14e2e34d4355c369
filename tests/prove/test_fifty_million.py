"""Fifty million rows a side compared at 4 GiB: every planted difference found, none invented.

Part of ``make prove``; needs some 20 GB of disk. The tables are those of the comparison's bench,
the comparison is its whole one: digests, totals, proof, causes and every output. Writes its dated
figures to ``docs/proof/fifty-million.json``. ``GOLIVE_TABLES`` keeps the tables.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ROWS = int(os.environ.get("GOLIVE_ROWS", "50000000"))
GIB = 1024**3
MEMORY = 4 * GIB
#: Each changed row is changed in one of six ways, and each way is to be named as a cause.
WAYS = 6


def compared(old: Path, new: Path) -> dict[str, Any]:
    """Compare in a process of its own; return what it found and what it took."""
    words = [sys.executable, str(ROOT / "benchmarks/peers/golive_compare.py")]
    began = time.monotonic()
    with subprocess.Popen(
        [*words, f"{MEMORY // GIB}GiB", str(old), str(new)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        said = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return {
        **json.loads(said.splitlines()[-1]),
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_bytes": used.ru_maxrss * 1024,
    }


@pytest.mark.prove
def test_fifty_million_rows_a_side_at_four_gib(tmp_path: Path) -> None:
    tables = Path(os.environ.get("GOLIVE_TABLES", tmp_path))
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, 'benchmarks');"
        "import compare_tables as tables; tables.DATA = Path(sys.argv[1]);"
        "tables.generate(int(sys.argv[2]))"
    )
    subprocess.run([sys.executable, "-c", script, str(tables), str(ROWS)], cwd=ROOT, check=True)
    folder = tables / str(ROWS)
    sizes = {name: (folder / f"{name}.parquet").stat().st_size for name in ("old", "new", "same")}
    changed = compared(folder / "old.parquet", folder / "new.parquet")
    identical = compared(folder / "old.parquet", folder / "same.parquet")
    proof = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "cpus": os.cpu_count(),
        "rows a side": ROWS,
        "memory": MEMORY,
        "file_bytes": sizes,
        "0.1 % changed": changed,
        "identical": identical,
    }
    text = json.dumps(proof, indent=1, ensure_ascii=False) + "\n"
    (ROOT / "docs/proof/fifty-million.json").write_text(text, encoding="utf-8")
    planted = {"changed": ROWS // 1000, "only_old": ROWS // 2000, "only_new": ROWS // 1000}
    assert {name: changed[name] for name in planted} == planted
    assert changed["causes"] >= WAYS
    assert {identical[name] for name in planted} == {0}
    assert max(changed["peak_bytes"], identical["peak_bytes"]) <= MEMORY
