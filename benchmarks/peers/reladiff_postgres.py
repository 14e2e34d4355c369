"""reladiff between two databases of PostgreSQL, each with the table ``t``."""

import json
import sys
from collections import Counter

from reladiff import connect_to_table, diff_tables

KEY = ("id", "line_no")
REST = ("amount", "rate", "name", "doc_date", "posted_at", "note")
tables = [connect_to_table(dsn, "t", KEY, extra_columns=REST) for dsn in sys.argv[1:3]]
signs: dict[tuple, set] = {}
# Its own sorting of the result fails on a value beside none.
for sign, row in diff_tables(*tables, skip_sort_results=True):
    signs.setdefault(tuple(row[:2]), set()).add(sign)
kinds = Counter("".join(sorted(found)) for found in signs.values())
print(json.dumps({"changed": kinds["+-"], "only_old": kinds["-"], "only_new": kinds["+"]}))
