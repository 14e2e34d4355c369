"""golive's whole comparison, with snapshots' digests, proof, causes and outputs."""

import json
import sys
import tempfile
from pathlib import Path

from golive.compare.comparing import compare
from golive.compare.database import Bounds
from golive.compare.reading import read_comparison
from golive.testing import RecordedContext

TYPES = {
    "amount": "decimal(18,2)", "rate": "double", "name": "varchar", "doc_date": "date",
    "posted_at": "timestamp", "note": "varchar",
}  # fmt: skip
with tempfile.TemporaryDirectory() as folder:
    place = Path(folder)
    (place / "work").mkdir()
    sides = {
        side: {"source": "parquet", "path": path}
        for side, path in zip(("old", "new"), sys.argv[2:4], strict=True)
    }
    spec = {
        "schema": "golive/comparison/v1", "id": "bench", "title": "rows", **sides,
        "key": [{"old": name, "new": name, "as": "int"} for name in ("id", "line_no")],
        "columns": [{"old": name, "new": name, "as": kind} for name, kind in TYPES.items()],
        "control_totals": [{"name": "amount", "column": "amount"}],
    }  # fmt: skip
    (place / "c.yaml").write_text(json.dumps(spec))
    result = compare(
        read_comparison(place / "c.yaml"),
        RecordedContext(workspace=Path("/"), workdir=place / "work"),
        bounds=Bounds(memory=sys.argv[1]),
    )
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
