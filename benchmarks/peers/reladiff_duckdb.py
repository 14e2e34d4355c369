"""reladiff between two DuckDB files made from the Parquet files first; that is counted too."""

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

import duckdb
from reladiff import connect_to_table, diff_tables

KEY = ("id", "line_no")
REST = ("amount", "rate", "name", "doc_date", "posted_at", "note")
with tempfile.TemporaryDirectory() as folder:
    tables = []
    for name, path in zip(("old", "new"), sys.argv[1:3], strict=True):
        file = Path(folder) / f"{name}.duckdb"
        with duckdb.connect(str(file)) as made:
            made.execute(f"CREATE TABLE t AS SELECT * FROM read_parquet('{path}')")
        table = connect_to_table(
            {"driver": "duckdb", "filepath": str(file)}, "t", KEY, extra_columns=REST
        )
        tables.append(table)
    signs: dict[tuple, set] = {}
    for sign, row in diff_tables(*tables, skip_sort_results=True):
        signs.setdefault(tuple(row[:2]), set()).add(sign)
kinds = Counter("".join(sorted(found)) for found in signs.values())
print(json.dumps({"changed": kinds["+-"], "only_old": kinds["-"], "only_new": kinds["+"]}))
