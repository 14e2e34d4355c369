"""golive's whole comparison: snapshots with digests, totals, proof, causes, every output.

``golive_compare.py MEMORY OLD NEW [ENGINE]``; a side is a Parquet file or the DSN of a database
whose table is ``t``, or the one behind ``#``. Outputs are ``summary.json``, ``differences.parquet``
and the workbook.
"""

import json
import sys
import tempfile
from pathlib import Path

from golive.compare.comparing import compare
from golive.compare.database import Bounds, amount_of
from golive.compare.reading import read_comparison
from golive.compare.sheet import write_sheet
from golive.contracts import Environment, Target
from golive.testing import RecordedContext

TYPES = {
    "amount": "decimal(18,2)", "rate": "double", "name": "varchar", "doc_date": "date",
    "posted_at": "timestamp", "note": "varchar",
}  # fmt: skip
memory, old, new, *engine = sys.argv[1:]
given = (old, new)
sides = {
    side: {"source": "postgres", "target": side, "table": where.partition("#")[2] or "t"}
    if "://" in where
    else {"source": "parquet", "path": where}
    for side, where in zip(("old", "new"), given, strict=True)
}
targets = {
    side: Target(name=side, database=where.partition("#")[0])
    for side, where in zip(("old", "new"), given, strict=True)
    if "://" in where
}
spec = {
    "schema": "golive/comparison/v1", "id": "bench", "title": "rows", **sides,
    "engine": engine[0] if engine else "duckdb",
    "key": [{"old": name, "new": name, "as": "int"} for name in ("id", "line_no")],
    "columns": [{"old": name, "new": name, "as": kind} for name, kind in TYPES.items()],
    "control_totals": [{"name": "amount", "column": "amount"}],
}  # fmt: skip
with tempfile.TemporaryDirectory(prefix="golive-bench-") as folder:
    work = Path(folder) / "work"
    work.mkdir()
    (work / "c.yaml").write_text(json.dumps(spec))
    result = compare(
        read_comparison(work / "c.yaml"),
        RecordedContext(
            workspace=Path("/"),
            workdir=work,
            environment=Environment(name="bench", kind="test", targets=targets, facts={}),
        ),
        bounds=Bounds(memory=amount_of(memory) or 0),
    )
    if result.findings.classes:
        write_sheet(result.differences, work / "differences.xlsx", "en")
found = result.findings.conservation
print(
    json.dumps(
        {
            "changed": found.changed,
            "only_old": found.only_old,
            "only_new": found.only_new,
            "causes": len(result.findings.causes),
        }
    )
)
